//! An edit or a deletion: one transaction over the message, the changes and the change's name.

use chat::ports::{Changed, Deed, Done, LogError, Revision, Unavailable};
use protocol::{Message, RoomId, Sequence, Timestamp};

use super::{
    super::{
        Dynamo, Table,
        records::recorded,
        requests::{Query, n, s},
        rows::Group,
        writes::{Conflict, Write, Written},
    },
    chain::{heads, read},
    changes::{self, NamedChange},
    no_such_room, place,
};

const WHAT: &str = "log while revising";

pub(super) async fn revise(dynamo: &Dynamo, room: &RoomId, revision: &Revision) -> Result<Message, LogError> {
    let mut conflict = Conflict::new(WHAT);
    loop {
        if let Some(message) = repeated(dynamo, room, revision).await? {
            return Ok(message);
        }
        match try_once(dynamo, room, revision).await {
            Ok(Some(message)) => return Ok(message),
            // Another change was faster: of this message, or of any.
            Ok(None) => conflict.wait().await?,
            // What stands in the way may be this very revision, which another node was asked for, too.
            Err(error) => return repeated(dynamo, room, revision).await?.ok_or(error),
        }
    }
}

/// What a revision that was made before came to.
async fn repeated(dynamo: &Dynamo, room: &RoomId, revision: &Revision) -> Result<Option<Message>, LogError> {
    let name = changes::name(room, &revision.by, &revision.nonce);
    let named: Option<NamedChange> = dynamo.get(WHAT, Table::Changes, name).await?;
    let Some(NamedChange { change, message, .. }) = named else { return Ok(None) };
    heads(dynamo, WHAT, room).await?.ok_or_else(|| no_such_room(room))?;
    let found = read(dynamo, WHAT, room, (message, 1)).await?.and_then(|mut messages| messages.pop());
    let found = found.ok_or_else(|| no_such_message(room, message))?;
    Ok(Some(Message { revision: change, revised: Some(revision.at), ..found }))
}

/// None when somebody was faster.
async fn try_once(dynamo: &Dynamo, room: &RoomId, revision: &Revision) -> Result<Option<Message>, LogError> {
    let since = changes::since(dynamo, WHAT, room, revision.since).await?;
    let Some((head, changed)) = since else {
        // Either no room, or no such change, which nobody can have known of.
        let heads = heads(dynamo, WHAT, room).await?.ok_or_else(|| no_such_room(room))?;
        let cause = format!("change {} is after the last, {}", revision.since, heads.changes);
        return Err(Unavailable::new(WHAT, cause).into());
    };
    // First: what the message says now is for those inside.
    if changed.iter().any(|change| matches!(change, Changed::Lost(member) if *member == revision.by)) {
        return Err(LogError::NotInRoom { room: room.clone() });
    }
    let (first, message) = group_of(dynamo, room, revision.message).await?;
    if message.revision != revision.seen {
        return Err(LogError::Revised { now: Box::new(message) });
    }
    let change = head.next();
    match dynamo.transact(WHAT, revised(room, (first, &message), (revision, change))).await? {
        Written::No(_) => Ok(None),
        Written::Yes => {
            let (text, revised) = (revision.text.clone(), Some(revision.at));
            Ok(Some(Message { text, revision: change, revised, ..message }))
        }
    }
}

/// What a revision writes. Each item costs twice what it would alone.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html>, Capacity management for
/// transactions
fn revised(
    room: &RoomId,
    (first, message): (u64, &Message),
    (revision, change): (&Revision, Sequence),
) -> Vec<Write> {
    let mut writes = Vec::from(changes::revised(room, change, revision));
    writes.push(rewrite(room, first, (revision, change)));
    if revision.by != message.author {
        let deed = Deed::of(&revision.by, revision.at);
        writes.push(recorded(room, &deed, &Done::DeletedMessage(message.sequence)));
    }
    writes
}

/// The message, and the first of the group that it is in.
async fn group_of(dynamo: &Dynamo, room: &RoomId, sequence: Sequence) -> Result<(u64, Message), LogError> {
    let group = Query {
        what: WHAT,
        table: Table::Messages,
        condition: "#room = :room AND #first <= :sequence",
        values: vec![(":room", s(room.as_str())), (":sequence", n(sequence.0))],
        is_reverse: true,
        most: Some(1),
        only: None,
    };
    let group = dynamo.query::<Group>(group).await?.pop();
    let group = group.ok_or_else(|| no_such_message(room, sequence))?;
    let first = group.first;
    let message = group.messages().find(|message| message.sequence == sequence);
    Ok((first, message.ok_or_else(|| no_such_message(room, sequence))?))
}

/// Rewrites one message and none of its neighbours, if it is still at the revision that the editor saw.
fn rewrite(room: &RoomId, first: u64, (revision, change): (&Revision, Sequence)) -> Write {
    let it = format!("#messages[{}]", revision.message.0 - first);
    let Timestamp(at) = revision.at;
    let set = format!("SET {it}.#revision = :change, {it}.#revised = :at");
    let update = match &revision.text {
        Some(_) => format!("{set}, {it}.#text = :text"),
        None => format!("{set} REMOVE {it}.#text"),
    };
    let write = Write::update(Table::Messages, place(room, first), update)
        .when(format!("{it}.#revision = :seen"))
        .value(":seen", n(revision.seen.0))
        .value(":change", n(change.0))
        .value(":at", n(at));
    match &revision.text {
        Some(text) => write.value(":text", s(text.as_str())),
        None => write,
    }
}

fn no_such_message(room: &RoomId, sequence: Sequence) -> LogError {
    LogError::NoSuchMessage { room: room.clone(), sequence }
}

#[cfg(test)]
mod tests {
    use protocol::{MemberId, Nonce};

    use super::*;

    #[test]
    fn a_revision_writes_three_items_and_of_somebody_elses_message_a_fourth() {
        assert_eq!(n_written_by("ada"), 3);
        assert_eq!(n_written_by("bo"), 4);
    }

    /// How many items are written where somebody deletes a message of Ada's.
    fn n_written_by(by: &str) -> usize {
        let [author, by] = ["ada", by].map(|id| MemberId::parse(id).unwrap());
        let (at, nonce) = (Timestamp(1_762_175_109_000), Nonce::parse("n").unwrap());
        let message = Message {
            sequence: Sequence(2),
            author,
            nonce: nonce.clone(),
            at,
            text: None,
            revision: Sequence::ZERO,
            revised: None,
        };
        let (seen, since) = (Sequence::ZERO, Sequence::ZERO);
        let revision = Revision { message: message.sequence, seen, by, since, nonce, at, text: None };

        revised(&RoomId::parse("lobby").unwrap(), (1, &message), (&revision, Sequence(1))).len()
    }
}
