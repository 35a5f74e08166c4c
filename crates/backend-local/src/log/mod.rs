//! The log of every room, as rows.

mod seed;
mod statements;

use chat::ports::{Change, Deed, Done, Draft, GROUP_MAX, LogError, Revision, RoomLog};
use protocol::{Heads, MemberId, Message, RoomId, Sequence, Timestamp};

use crate::{
    database::{Database, Failed},
    log::statements::{self as sql, RoomNo},
    records::record,
};

/// The log of every room: a handle, cheap to clone.
///
/// A head is the greatest sequence there is, read in the transaction that appends; the key forbids a second message in
/// a place, and an append only ever writes at the head. So there are no holes, whoever else writes to the file.
#[derive(Clone)]
pub struct SqliteLog {
    database: Database,
}

impl SqliteLog {
    /// The log kept in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl RoomLog for SqliteLog {
    async fn heads(&self, room: &RoomId) -> Result<Heads, LogError> {
        let room = room.clone();
        let heads = self.database.read("log while reading heads", move |connection| {
            let no = sql::room_no(connection, &room)?;
            Ok(sql::heads(connection, no)?)
        });
        heads.await
    }

    async fn append(
        &self,
        room: &RoomId,
        head: Sequence,
        at: Timestamp,
        drafts: &[Draft],
    ) -> Result<Vec<Message>, LogError> {
        let messages: Vec<Message> =
            (1..).zip(drafts).map(|(n, draft)| message(head.plus(n), at, draft.clone())).collect();
        let room = room.clone();
        let appended = self.database.write("log while appending", move |connection| {
            let no = sql::room_no(connection, &room)?;
            let now = sql::messages_head(connection, no)?;
            if now != head {
                let between = sql::messages(connection, no, head.next(), GROUP_MAX)?;
                let head = between.last().map_or(now, |last| last.sequence);
                return Err(Failed::Refused(LogError::Overtaken { head, between }));
            }
            sql::insert_messages(connection, no, &messages)?;
            Ok(messages)
        });
        appended.await
    }

    async fn read(&self, room: &RoomId, first: Sequence, n: usize) -> Result<Vec<Message>, LogError> {
        let room = room.clone();
        let messages = self.database.read("log while reading messages", move |connection| {
            let no = sql::room_no(connection, &room)?;
            Ok(sql::messages(connection, no, first, n)?)
        });
        messages.await
    }

    async fn revise(&self, room: &RoomId, revision: &Revision) -> Result<Message, LogError> {
        let (room, revision) = (room.clone(), revision.clone());
        let revised = self.database.write("log while revising", move |connection| {
            let no = sql::room_no(connection, &room)?;
            match sql::find_change(connection, no, (&revision.by, &revision.nonce))? {
                Some((number, sequence)) => {
                    let message = sql::message(connection, no, sequence)?;
                    let message = message.ok_or_else(|| missing(&room, sequence))?;
                    Ok(Message { revision: number, revised: Some(revision.at), ..message })
                }
                None => revise(connection, (&room, no), revision),
            }
        });
        self.database.forget_soon();
        revised.await
    }

    async fn changes(&self, room: &RoomId, first: Sequence, n: usize) -> Result<Vec<Change>, LogError> {
        let room = room.clone();
        let changes = self.database.read("log while reading changes", move |connection| {
            let no = sql::room_no(connection, &room)?;
            Ok(sql::changes(connection, no, first, n)?)
        });
        changes.await
    }

    async fn erase(&self, room: &RoomId, n: usize) -> Result<bool, LogError> {
        let room = room.clone();
        let erased =
            self.database.write("log while erasing", move |connection| Ok(sql::erase(connection, &room, n)?));
        self.database.forget_soon();
        erased.await
    }
}

/// How far a room is; none where there is no such room.
pub(crate) fn heads(connection: &rusqlite::Connection, room: &RoomId) -> rusqlite::Result<Option<Heads>> {
    match sql::room_no(connection, room) {
        Ok(no) => sql::heads(connection, no).map(Some),
        Err(Failed::Refused(_)) => Ok(None),
        Err(Failed::Engine(error)) => Err(error),
    }
}

/// Puts a lost membership among a room's changes, in the transaction that ends it, and returns its place.
pub(crate) fn lose(
    connection: &rusqlite::Connection,
    room: &RoomId,
    (member, by, at): (&MemberId, &MemberId, Timestamp),
) -> rusqlite::Result<Option<Sequence>> {
    match sql::room_no(connection, room) {
        Ok(no) => {
            let number = sql::changes_head(connection, no)?.next();
            sql::insert_lost(connection, no, number, (member, by, at))?;
            Ok(Some(number))
        }
        Err(Failed::Refused(_)) => Ok(None),
        Err(Failed::Engine(error)) => Err(error),
    }
}

fn message(sequence: Sequence, at: Timestamp, draft: Draft) -> Message {
    let Draft { author, nonce, text } = draft;
    Message { sequence, author, nonce, at, text: Some(text), revision: Sequence::ZERO, revised: None }
}

fn revise(
    connection: &rusqlite::Connection,
    (room, no): (&RoomId, RoomNo),
    revision: Revision,
) -> Result<Message, Failed<LogError>> {
    // First: what the message says now is for those inside.
    if sql::is_lost_since(connection, no, &revision.by, revision.since)? {
        return Err(Failed::Refused(LogError::NotInRoom { room: room.clone() }));
    }
    let message =
        sql::message(connection, no, revision.message)?.ok_or_else(|| missing(room, revision.message))?;
    if message.revision != revision.seen {
        return Err(Failed::Refused(LogError::Revised { now: Box::new(message) }));
    }
    if revision.by != message.author {
        let deed = Deed::of(&revision.by, revision.at);
        record(connection, room, &deed, &Done::DeletedMessage(message.sequence))?;
    }
    let number = sql::changes_head(connection, no)?.next();
    sql::insert_change(connection, no, number, &revision)?;
    let message = Message { text: revision.text, revision: number, revised: Some(revision.at), ..message };
    sql::rewrite_message(connection, no, &message)?;
    Ok(message)
}

fn missing(room: &RoomId, sequence: Sequence) -> Failed<LogError> {
    Failed::Refused(LogError::NoSuchMessage { room: room.clone(), sequence })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_in_flight_is_small() {
        let log = SqliteLog::new(&Database::in_memory());
        let room = RoomId::parse("lobby").unwrap();

        let in_flight = log.append(&room, Sequence::ZERO, Timestamp(0), &[]);

        assert!(size_of_val(&in_flight) <= 512, "{} bytes", size_of_val(&in_flight));
    }
}
