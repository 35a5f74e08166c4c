//! The log of every room: one item for each group that was committed.

mod chain;
mod changes;
mod erasing;
mod revising;
mod seed;

use chat::ports::{Change, Draft, LogError, Revision, RoomLog};
use protocol::{Heads, Message, RoomId, Sequence, Timestamp};

pub(super) use self::{
    chain::{begun, heads, seal},
    changes::lost,
};
use super::{
    Dynamo, Table,
    requests::{key, n, row, s},
    rows::{Group, StoredMessage},
    writes::{Write, Written},
};

/// The log of every room: a handle, cheap to clone.
///
/// A group is put where no item is, after the head. So of two that append at once one is told, and nobody sees half a
/// group.
#[derive(Clone)]
pub struct DynamoLog {
    dynamo: Dynamo,
}

impl DynamoLog {
    /// The log kept in the tables.
    pub fn new(dynamo: &Dynamo) -> Self {
        Self { dynamo: dynamo.clone() }
    }
}

impl RoomLog for DynamoLog {
    async fn heads(&self, room: &RoomId) -> Result<Heads, LogError> {
        let heads = heads(&self.dynamo, "log while reading heads", room).await?;
        heads.ok_or_else(|| no_such_room(room))
    }

    async fn append(
        &self,
        room: &RoomId,
        head: Sequence,
        at: Timestamp,
        drafts: &[Draft],
    ) -> Result<Vec<Message>, LogError> {
        let what = "log while appending";
        let first = head.next().0;
        let messages: Vec<StoredMessage> = drafts.iter().map(|draft| stored(at, draft)).collect();
        let group =
            Group { room: room.to_string(), first, n: messages.len() as u64, messages, sealed: false };
        let put = Write::put(Table::Messages, &group).when("attribute_not_exists(#room)");
        let is_in = match head {
            // The first group alone cannot tell a room that is not there.
            Sequence::ZERO => {
                let begun = Write::check(Table::Messages, place(room, 0), "attribute_exists(#room)");
                matches!(self.dynamo.transact(what, vec![begun, put]).await?, Written::Yes)
            }
            _ => match self.dynamo.put(what, put).await? {
                Ok(()) => true,
                Err(there) => {
                    let there: Option<Group> = there.map(|item| row(what, item)).transpose()?;
                    match there.filter(|there| !there.sealed && !there.messages.is_empty()) {
                        // One that was sent again after its answer was lost meets itself.
                        Some(there) if there.messages == group.messages => true,
                        Some(there) => {
                            let head = head.plus(there.n);
                            return Err(LogError::Overtaken { head, between: there.messages().collect() });
                        }
                        None => false,
                    }
                }
            },
        };
        if is_in {
            return Ok(group.messages().collect());
        }
        let heads = heads(&self.dynamo, what, room).await?.ok_or_else(|| no_such_room(room))?;
        Err(LogError::Overtaken { head: heads.messages, between: Vec::new() })
    }

    async fn read(&self, room: &RoomId, first: Sequence, n: usize) -> Result<Vec<Message>, LogError> {
        let what = "log while reading messages";
        chain::read(&self.dynamo, what, room, (first, n)).await?.ok_or_else(|| no_such_room(room))
    }

    async fn revise(&self, room: &RoomId, revision: &Revision) -> Result<Message, LogError> {
        revising::revise(&self.dynamo, room, revision).await
    }

    async fn changes(&self, room: &RoomId, first: Sequence, n: usize) -> Result<Vec<Change>, LogError> {
        let what = "log while reading changes";
        changes::read(&self.dynamo, what, room, (first, n)).await?.ok_or_else(|| no_such_room(room))
    }

    async fn erase(&self, room: &RoomId, n: usize) -> Result<bool, LogError> {
        Ok(erasing::erase(&self.dynamo, room, n).await?)
    }
}

fn stored(at: Timestamp, draft: &Draft) -> StoredMessage {
    let Draft { author, nonce, text } = draft.clone();
    StoredMessage { author, nonce, at, text: Some(text), revision: Sequence::ZERO, revised: None }
}

/// Where a group of a room's messages lies.
fn place(room: &RoomId, first: u64) -> super::requests::Item {
    key([("room", s(room.as_str())), ("first", n(first))])
}

fn no_such_room(room: &RoomId) -> LogError {
    LogError::NoSuchRoom { room: room.clone() }
}
