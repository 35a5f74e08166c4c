//! A room's two chains: how they begin, how far they are, how they end, and what lies where.

use futures::future::try_join;

use chat::ports::{GROUP_MAX, Unavailable};
use protocol::{Heads, Message, RoomId, Sequence};

use super::{
    super::{
        Dynamo, Table,
        requests::{Query, n, s},
        rows::{Group, GroupEnd},
        writes::{Conflict, Write},
    },
    changes::{ChangeRow, end_of_changes},
};

/// What begins the chains of a new room: an item at 0 each, so that what is not there can be told from what is empty.
pub(in super::super) fn begun(room: &RoomId) -> [Write; 2] {
    let messages = Group { room: room.to_string(), first: 0, n: 1, messages: Vec::new(), sealed: false };
    [
        Write::put(Table::Messages, &messages).when("attribute_not_exists(#room)"),
        Write::put(Table::Changes, &ChangeRow::first(room)).when("attribute_not_exists(#room)"),
    ]
}

/// Seals the chains of a room that is found by nobody any more: whoever appends late meets the seals.
///
/// Who looked up their right before may still be faster, but not for long.
pub(in super::super) async fn seal(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
) -> Result<(), Unavailable> {
    // Boxed: the SDK's futures are large, and this is seldom.
    let (messages, changes) =
        (Box::pin(seal_messages(dynamo, what, room)), Box::pin(seal_changes(dynamo, what, room)));
    try_join(messages, changes).await.map(drop)
}

async fn seal_messages(dynamo: &Dynamo, what: &'static str, room: &RoomId) -> Result<(), Unavailable> {
    let mut conflict = Conflict::new(what);
    while let Some(head) = end_of_messages(dynamo, what, room).await? {
        let (room, first) = (room.to_string(), head.next().0);
        let seal = Group { room, first, n: 1, messages: Vec::new(), sealed: true };
        if put_at_end(dynamo, what, Write::put(Table::Messages, &seal)).await? {
            break;
        }
        conflict.wait().await?;
    }
    Ok(())
}

async fn seal_changes(dynamo: &Dynamo, what: &'static str, room: &RoomId) -> Result<(), Unavailable> {
    let mut conflict = Conflict::new(what);
    while let Some(head) = end_of_changes(dynamo, what, room).await? {
        let seal = ChangeRow::seal(room, head.next());
        if put_at_end(dynamo, what, Write::put(Table::Changes, &seal)).await? {
            break;
        }
        conflict.wait().await?;
    }
    Ok(())
}

/// Whether nobody was faster.
async fn put_at_end(dynamo: &Dynamo, what: &'static str, seal: Write) -> Result<bool, Unavailable> {
    Ok(dynamo.put(what, seal.when("attribute_not_exists(#room)")).await?.is_ok())
}

/// How far a room is; none where there is no such room. One read from the end of each chain.
pub(in super::super) async fn heads(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
) -> Result<Option<Heads>, Unavailable> {
    let (messages, changes) =
        try_join(end_of_messages(dynamo, what, room), end_of_changes(dynamo, what, room)).await?;
    Ok(messages.zip(changes).map(|(messages, changes)| Heads { messages, changes }))
}

/// The last group of a room's messages, sealed or not.
pub(super) async fn last_group(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
) -> Result<Option<GroupEnd>, Unavailable> {
    let last = Query {
        what,
        table: Table::Messages,
        condition: "#room = :room",
        values: vec![(":room", s(room.as_str()))],
        is_reverse: true,
        most: Some(1),
        only: Some("#first, #n, #sealed"),
    };
    Ok(dynamo.query::<GroupEnd>(last).await?.pop())
}

async fn end_of_messages(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
) -> Result<Option<Sequence>, Unavailable> {
    let last = last_group(dynamo, what, room).await?;
    Ok(last.filter(|last| !last.sealed).map(|last| last.head()))
}

/// Up to `n` messages from `first` on; none where there is no such room.
pub(super) async fn read(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
    (first, n_messages): (Sequence, usize),
) -> Result<Option<Vec<Message>>, Unavailable> {
    let first = first.max(Sequence(1));
    let past = first.plus(n_messages as u64);
    // The group that `first` is in begins before it, by less than a group.
    let from = first.minus(GROUP_MAX as u64 - 1);
    let groups = Query {
        what,
        table: Table::Messages,
        condition: "#room = :room AND #first BETWEEN :from AND :upto",
        values: vec![
            (":room", s(room.as_str())),
            (":from", n(from.0)),
            (":upto", n(past.minus(1).max(from).0)),
        ],
        is_reverse: false,
        most: None,
        only: None,
    };
    let groups: Vec<Group> = dynamo.query(groups).await?;
    if groups.iter().any(|group| group.sealed) {
        return Ok(None);
    }
    let messages = groups.into_iter().flat_map(Group::messages);
    let messages: Vec<Message> =
        messages.filter(|message| (first..past).contains(&message.sequence)).collect();
    // Past the end of a room is nothing, as in one that is not there.
    if messages.is_empty() && end_of_messages(dynamo, what, room).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(messages))
}
