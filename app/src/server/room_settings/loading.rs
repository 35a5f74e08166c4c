//! What the page of a room's settings is rendered from.

use std::collections::{HashMap, HashSet};

use http::request::Parts;

use chat::{
    access::{self, Insider},
    ports::{
        Act, Actor, Done, Invite, Invites as _, Members as _, Membership, Memberships as _, Records as _,
        Role, Unavailable,
    },
};
use protocol::{MemberId, Refusal, RoomId, limits};

use super::{
    super::{
        Site, identity,
        refusals::{refusal, unavailable},
    },
    INVITE_COOKIE,
    landing::token_for,
};
use crate::settings::{Administration, Listed, RoomSettings};

/// Loads a room's settings for who is in it.
///
/// # Errors
/// [`Refusal::NotSignedIn`], [`Refusal::NoSuchRoom`], [`Refusal::NotInRoom`], [`Refusal::Unavailable`].
pub(in crate::server) async fn load(site: &Site, parts: &Parts, room: &str) -> Result<RoomSettings, Refusal> {
    let session = identity::session(site, &parts.headers).await.map_err(unavailable)?;
    let Some((_, me)) = session else { return Err(Refusal::NotSignedIn) };
    let room = RoomId::parse(room)?;
    let backend = &site.backend;
    let insider = access::insider(&backend.rooms, &backend.memberships, &me.person.id, &room).await;
    load_for(site, parts, insider.map_err(refusal)?).await.map_err(unavailable)
}

async fn load_for(site: &Site, parts: &Parts, insider: Insider) -> Result<RoomSettings, Unavailable> {
    let backend = &site.backend;
    let room = insider.room();
    let (n_members, memberships) = backend.memberships.of_room(&room.id, limits::PEOPLE_SHOWN).await?;
    let (mut invites, mut acts) = (Vec::new(), Vec::new());
    if insider.is_admin() {
        invites = backend.invites.list(&room.id).await?;
        acts = backend.records.acts(&room.id, before(parts), limits::ACTS_LISTED + 1).await?;
    }
    let has_older = acts.len() > limits::ACTS_LISTED;
    acts.truncate(limits::ACTS_LISTED);
    let ids = mentioned(&memberships, &invites, &acts);
    let people = backend.members.people(&ids).await?;
    let people: HashMap<_, _> = people.into_iter().map(|person| (person.id.clone(), person)).collect();
    let members = memberships.into_iter().filter_map(|it| {
        let person = people.get(&it.member).cloned()?; // Deleted in between.
        Some(Listed { person, is_admin: it.role == Role::Admin, joined: it.joined })
    });
    let members = members.collect();
    let administration = insider.is_admin().then(|| Administration {
        invites,
        link: link(site, parts, &room.id),
        older: acts.last().filter(|_| has_older).map(|act| act.number),
        is_first_page: before(parts).is_none(),
        acts,
    });
    Ok(RoomSettings {
        room: room.clone(),
        me: insider.membership().member.clone(),
        n_members,
        members,
        people,
        administration,
        now: identity::now(),
        zone: identity::zone(&parts.headers),
    })
}

/// Before which act the page begins, if not with the newest.
fn before(parts: &Parts) -> Option<u64> {
    identity::said(parts, "before")?.parse().ok()
}

/// The link of an invitation that was made just now.
fn link(site: &Site, parts: &Parts, room: &RoomId) -> Option<String> {
    let cookie = identity::cookie(&parts.headers, INVITE_COOKIE)?;
    Some(format!("{}/join/{}", site.edge.origin, token_for(room, &cookie)?.reveal()))
}

/// Everybody whom the page names, each once.
fn mentioned(memberships: &[Membership], invites: &[Invite], acts: &[Act]) -> Vec<MemberId> {
    let members = memberships.iter().map(|it| &it.member);
    let makers = invites.iter().map(|it| &it.by);
    let doers = acts.iter().filter_map(|act| match &act.deed.by {
        Actor::Member(member) => Some(member),
        Actor::Operator => None,
    });
    let whom = acts.iter().filter_map(|act| match &act.what {
        Done::Added(member) | Done::Removed(member) | Done::Promoted(member) | Done::Demoted(member) => {
            Some(member)
        }
        Done::Created
        | Done::Deleted
        | Done::Renamed(_)
        | Done::Retopiced(_)
        | Done::Invited
        | Done::Withdrew
        | Done::DeletedMessage(_) => None,
    });
    let ids: HashSet<_> = members.chain(makers).chain(doers).chain(whom).collect();
    ids.into_iter().cloned().collect()
}
