//! Who of a room's members is here.

use std::collections::BTreeMap;

use protocol::{Here, MemberId, Person, RoomId, limits};

use crate::ports::{Members, Memberships, NodeId, Roster, Unavailable};

/// Lists a room's members, those here first, out of the people who have a connection somewhere.
///
/// # Errors
/// [`Unavailable`].
pub async fn among(
    members: &impl Members,
    memberships: &impl Memberships,
    room: &RoomId,
    present: &BTreeMap<MemberId, Person>,
) -> Result<Here, Unavailable> {
    let (n_members, of_room) = memberships.of_room(room, limits::PEOPLE_SHOWN).await?;
    let here: Vec<Person> = present.values().take(limits::PEOPLE_SHOWN).cloned().collect();
    let ids = of_room.into_iter().map(|membership| membership.member);
    let away: Vec<MemberId> = ids.filter(|id| !present.contains_key(id)).collect();
    let mut away = match away.is_empty() {
        true => Vec::new(),
        false => members.people(&away).await?,
    };
    away.truncate(limits::PEOPLE_SHOWN - here.len());
    let mut res = Here { n_here: present.len(), n_members, here, away };
    res.here.sort_by_cached_key(|person| person.name.key());
    res.away.sort_by_cached_key(|person| person.name.key());
    Ok(res)
}

/// The people in a room by what the nodes have announced.
pub fn announced(rosters: &BTreeMap<NodeId, Roster>, room: &RoomId) -> BTreeMap<MemberId, Person> {
    let people = rosters.values().filter_map(|roster| roster.rooms.get(room)).flat_map(|(_, people)| people);
    people.map(|person| (person.id.clone(), person.clone())).collect()
}
