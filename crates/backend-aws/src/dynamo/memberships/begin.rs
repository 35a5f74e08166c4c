//! A membership begins: with its item, in the room's list, counted for member and room, and in its time line.

use chat::ports::{Membership, Role, Start, Turn, Unavailable, Way};
use protocol::{Heads, MemberId, RoomId, RoomInfo};

use super::{
    super::{
        Dynamo, Table, log,
        records::turned,
        requests::{bool, n},
        rooms,
        rows::order,
        writes::Write,
    },
    rows::{MemberRow, count_place},
};

/// Why a membership did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Refused {
    /// The member is in as many rooms as allowed.
    TooMany,
    /// The room is there no longer.
    NoSuchRoom,
}

/// Which of the writes the condition on the number of rooms stands with.
const COUNT: usize = 0;
/// And that on the member's own.
const MEMBER: usize = 1;
/// And that on the room.
const ROOM: usize = 4;

/// Why a transaction that begins with [`begin`]'s or [`founded`]'s writes did not begin a membership, by the places of the
/// conditions that failed; none where somebody was faster.
pub(in super::super) fn refused(places: &[usize]) -> Option<Refused> {
    match places {
        // The same member, in another place: who is in it already is not refused.
        places if places.contains(&MEMBER) => None,
        places if places.contains(&COUNT) => Some(Refused::TooMany),
        places if places.contains(&ROOM) => Some(Refused::NoSuchRoom),
        _ => None,
    }
}

/// What begins a membership after what was before; none where there is no such room.
pub(in super::super) async fn begin(
    dynamo: &Dynamo,
    what: &'static str,
    ((room, member), before, start): ((&RoomId, &MemberId), Option<MemberRow>, &Start),
) -> Result<Option<(Membership, Vec<Write>)>, Unavailable> {
    // After `before` was read, as ended: so no end of an earlier membership is after these heads.
    let Some(heads) = log::heads(dynamo, what, room).await? else { return Ok(None) };
    let turn = before.map_or(0, |before| before.turn);
    let (membership, mut writes) = writes((room, member), (Role::Member, turn), (heads, start));
    writes.push(
        Write::update(Table::Rooms, rooms::address(room), "SET #members = #members + :one")
            .when("attribute_exists(#part) AND attribute_not_exists(#deleted)")
            .value(":one", n(1)),
    );
    debug_assert_eq!(writes.len(), ROOM + 1);
    Ok(Some((membership, writes)))
}

/// What makes the founder of a new room its admin; the room is made with them counted.
pub(in super::super) fn founded(
    room: &RoomInfo,
    founder: &MemberId,
    start: &Start,
) -> (Membership, Vec<Write>) {
    writes((&room.id, founder), (Role::Admin, 0), (Heads::default(), start))
}

fn writes(
    (room, member): (&RoomId, &MemberId),
    (role, turn): (Role, u64),
    (heads, start): (Heads, &Start),
) -> (Membership, Vec<Write>) {
    let membership = Membership {
        room: room.clone(),
        member: member.clone(),
        role,
        joined: start.at,
        since: heads.changes,
        read: start.head,
    };
    let row = MemberRow::new(&membership, (order(), turn + 1));
    let began = Turn { at: start.at, head: heads.messages, way: Way::Joined };
    let writes = vec![
        Write::count_up(Table::Memberships, count_place(member), start.rooms_max),
        Write::put(Table::Memberships, &row)
            .when("attribute_not_exists(#part) OR (#inside = :no AND #turn = :turn)")
            .value(":no", bool(false))
            .value(":turn", n(turn)),
        Write::put(Table::Memberships, &row.present()),
        turned((room, member), turn + 1, began),
    ];
    (membership, writes)
}
