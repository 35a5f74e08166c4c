//! A membership ends: its item stays, and its end stands in the time line and in the room's changes.

use chat::ports::{Actor, Deed, Done, MembershipsError, Role, Turn, Unavailable, Way};
use protocol::{Heads, MemberId, RoomId, Sequence, Timestamp};

use super::{
    super::{
        Dynamo, Table, invites, log,
        records::{recorded, turned},
        requests::{bool, n, s},
        rooms,
        writes::{Conflict, Write, Written},
    },
    rows::{MemberRow, PresentRow, count_place, find, place, word},
};

/// Which of the writes the condition on the room stands with.
const ROOM: usize = 1;

/// Ends a membership, and returns the place of that among the room's changes; none where none holds.
pub(in super::super) async fn end(
    dynamo: &Dynamo,
    what: &'static str,
    (room, member): (&RoomId, &MemberId),
    deed: &Deed,
) -> Result<Option<Sequence>, MembershipsError> {
    let way = match &deed.by {
        Actor::Member(by) if by == member => Way::Left,
        Actor::Member(_) | Actor::Operator => Way::Removed,
    };
    let mut conflict = Conflict::new(what);
    loop {
        let Some(row) = find(dynamo, what, room, member).await?.filter(|row| row.inside) else {
            return Ok(None);
        };
        let Some(heads) = log::heads(dynamo, what, room).await? else { return Ok(None) };
        if way == Way::Removed {
            // The links are theirs. Before: who was interrupted after this removes them again.
            invites::withdraw_all_of(dynamo, room, member).await?;
        }
        match dynamo.transact(what, writes(&row, (deed, way), heads)).await? {
            Written::Yes => {
                if way == Way::Removed {
                    // And after: one may have been made meanwhile.
                    invites::withdraw_all_of(dynamo, room, member).await?;
                }
                return Ok(Some(heads.changes.next()));
            }
            Written::No(places) if places.contains(&ROOM) => {
                let room = rooms::find(dynamo, what, room).await?;
                match room.filter(|room| room.deleted.is_none()) {
                    None => return Ok(None),
                    Some(room) if row.role() == Role::Admin && room.admins <= 1 => {
                        return Err(MembershipsError::LastAdmin);
                    }
                    Some(_) => conflict.wait().await?,
                }
            }
            Written::No(_) => conflict.wait().await?,
        }
    }
}

/// Ends all memberships of a deleted room, whose log has no changes any more.
pub(in super::super) async fn end_all(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
    (head, at): (Sequence, Timestamp),
) -> Result<(), Unavailable> {
    for present in PresentRow::of(dynamo, what, room, None).await? {
        let mut conflict = Conflict::new(what);
        while let Some(row) = find(dynamo, what, room, &present.member).await?.filter(|row| row.inside) {
            let ended = common(&row, Turn { at, head, way: Way::Removed });
            if let Written::Yes = dynamo.transact(what, ended).await? {
                break;
            }
            conflict.wait().await?;
        }
    }
    Ok(())
}

/// Makes an admin a member, where another admin stays.
pub(in super::super) fn demotion(row: &MemberRow) -> [Write; 2] {
    [role_set(row, Role::Member), demoted(&row.entry)]
}

/// Gives a membership another role, if it is still as it was.
pub(super) fn role_set(row: &MemberRow, role: Role) -> Write {
    Write::update(Table::Memberships, place(&row.entry, row.member()), "SET #role = :role")
        .when("#inside = :yes AND #turn = :turn AND #role = :before")
        .value(":yes", bool(true))
        .value(":turn", n(row.turn))
        .value(":before", s(word(row.role())))
        .value(":role", s(word(role)))
}

/// Takes an admin of a room from the count, where another stays.
pub(super) fn demoted(room: &RoomId) -> Write {
    Write::update(Table::Rooms, rooms::address(room), "SET #admins = #admins - :one")
        .when("attribute_not_exists(#deleted) AND #admins > :one")
        .value(":one", n(1))
}

fn writes(row: &MemberRow, (deed, way): (&Deed, Way), heads: Heads) -> Vec<Write> {
    let (room, member) = (&row.entry, row.member());
    let counted = match row.role() {
        Role::Member => Write::update(Table::Rooms, rooms::address(room), "SET #members = #members - :one")
            .when("attribute_not_exists(#deleted)"),
        Role::Admin => Write::update(
            Table::Rooms,
            rooms::address(room),
            "SET #members = #members - :one, #admins = #admins - :one",
        )
        .when("attribute_not_exists(#deleted) AND #admins > :one"),
    };
    // A change has an author: an operator's is the member's own.
    let by = match &deed.by {
        Actor::Member(by) => by,
        Actor::Operator => member,
    };
    let mut writes = common(row, Turn { at: deed.at, head: heads.messages, way });
    writes.insert(ROOM, counted.value(":one", n(1)));
    writes.push(log::lost(room, heads.changes.next(), (member, by, deed.at)));
    if way == Way::Removed {
        writes.push(recorded(room, deed, &Done::Removed(member.clone())));
    }
    writes
}

/// What ends a membership, but for the room.
fn common(row: &MemberRow, turn: Turn) -> Vec<Write> {
    let (room, member) = (&row.entry, row.member());
    vec![
        Write::update(Table::Memberships, place(room, member), "SET #inside = :no, #turn = :next")
            .when("#inside = :yes AND #turn = :turn AND #role = :role")
            .value(":yes", bool(true))
            .value(":no", bool(false))
            .value(":turn", n(row.turn))
            .value(":next", n(row.turn + 1))
            .value(":role", s(word(row.role()))),
        Write::count_down(Table::Memberships, count_place(member)),
        Write::delete(Table::Memberships, row.place_in_list()),
        turned((room, member), row.turn + 1, turn),
    ]
}
