//! What the log says to SQLite. Each function is one statement.

use rusqlite::{Connection, OptionalExtension, Row, params};

use chat::ports::{Change, Changed, LogError, Revision};
use protocol::{Heads, MemberId, Message, Nonce, RoomId, Sequence, Timestamp};

use crate::{
    database::Failed,
    feed,
    rows::{
        limit, sequence, sequence_or_none, stored, text, text_or_none, timestamp, timestamp_or_none, unknown,
    },
};

/// What a message is made of, for [`to_message`]. When it was revised, its change tells.
macro_rules! message_columns {
    () => {
        "sequence, revision, at, author, nonce, text, CASE WHEN revision > 0 THEN
             (SELECT at FROM changes WHERE changes.room_no = messages.room_no AND changes.sequence = revision) END"
    };
}

/// A room's number in the file.
#[derive(Clone, Copy)]
pub(super) struct RoomNo(i64);

/// Which change: its author and their client's name for it.
pub(super) type Named<'a> = (&'a MemberId, &'a Nonce);

pub(super) fn room_no(connection: &Connection, room: &RoomId) -> Result<RoomNo, Failed<LogError>> {
    let mut statement =
        connection.prepare_cached("SELECT no FROM rooms WHERE id = ?1 AND deleted IS NULL")?;
    let no = statement.query_row([room.as_str()], |row| row.get(0)).optional()?;
    no.map(RoomNo).ok_or_else(|| Failed::Refused(LogError::NoSuchRoom { room: room.clone() }))
}

/// How far a room is.
pub(super) fn heads(connection: &Connection, room: RoomNo) -> rusqlite::Result<Heads> {
    Ok(Heads { messages: messages_head(connection, room)?, changes: changes_head(connection, room)? })
}

pub(super) fn messages_head(connection: &Connection, room: RoomNo) -> rusqlite::Result<Sequence> {
    let sql = "SELECT coalesce(max(sequence), 0) FROM messages WHERE room_no = ?1";
    connection.prepare_cached(sql)?.query_row([room.0], |row| sequence(row, 0))
}

pub(super) fn changes_head(connection: &Connection, room: RoomNo) -> rusqlite::Result<Sequence> {
    let sql = "SELECT coalesce(max(sequence), 0) FROM changes WHERE room_no = ?1";
    connection.prepare_cached(sql)?.query_row([room.0], |row| sequence(row, 0))
}

pub(super) fn insert_messages(
    connection: &Connection,
    room: RoomNo,
    messages: &[Message],
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO messages (room_no, sequence, revision, at, author, nonce, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for message in messages {
        statement.execute(params![
            room.0,
            stored(message.sequence.0),
            stored(message.revision.0),
            stored(message.at.0),
            message.author.as_str(),
            message.nonce.as_str(),
            message.text.as_ref().map(protocol::MessageText::as_str),
        ])?;
    }
    match messages {
        [first, .., last] => feed::note(connection, room.0, (first.sequence, last.sequence)),
        [one] => feed::note(connection, room.0, (one.sequence, one.sequence)),
        [] => Ok(()),
    }
}

pub(super) fn messages(
    connection: &Connection,
    room: RoomNo,
    first: Sequence,
    n: usize,
) -> rusqlite::Result<Vec<Message>> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages WHERE room_no = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3"
    ))?;
    statement.query_map((room.0, stored(first.0), limit(n)), to_message)?.collect()
}

pub(super) fn message(
    connection: &Connection,
    room: RoomNo,
    sequence: Sequence,
) -> rusqlite::Result<Option<Message>> {
    let mut statement = connection.prepare_cached(concat!(
        "SELECT ",
        message_columns!(),
        " FROM messages WHERE room_no = ?1 AND sequence = ?2"
    ))?;
    statement.query_row((room.0, stored(sequence.0)), to_message).optional()
}

pub(super) fn rewrite_message(
    connection: &Connection,
    room: RoomNo,
    message: &Message,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "UPDATE messages SET revision = ?3, text = ?4 WHERE room_no = ?1 AND sequence = ?2",
    )?;
    let text = message.text.as_ref().map(protocol::MessageText::as_str);
    statement.execute((room.0, stored(message.sequence.0), stored(message.revision.0), text))?;
    feed::note(connection, room.0, (message.sequence, message.sequence))
}

pub(super) fn insert_change(
    connection: &Connection,
    room: RoomNo,
    number: Sequence,
    revision: &Revision,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO changes (room_no, sequence, at, author, nonce, kind, message)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let kind = match revision.text {
        Some(_) => EDITED,
        None => DELETED,
    };
    statement.execute(params![
        room.0,
        stored(number.0),
        stored(revision.at.0),
        revision.by.as_str(),
        revision.nonce.as_str(),
        kind,
        stored(revision.message.0),
    ])?;
    Ok(())
}

/// Puts a lost membership among a room's changes.
pub(super) fn insert_lost(
    connection: &Connection,
    room: RoomNo,
    number: Sequence,
    (member, by, at): (&MemberId, &MemberId, Timestamp),
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO changes (room_no, sequence, at, author, kind, member) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let (number, at) = (stored(number.0), stored(at.0));
    statement.execute((room.0, number, at, by.as_str(), LOST, member.as_str()))?;
    Ok(())
}

/// Whether a member's membership ended after a change.
pub(super) fn is_lost_since(
    connection: &Connection,
    room: RoomNo,
    member: &MemberId,
    since: Sequence,
) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM changes WHERE room_no = ?1 AND sequence > ?2 AND kind = ?3 AND member = ?4)",
    )?;
    statement.query_row((room.0, stored(since.0), LOST, member.as_str()), |row| row.get(0))
}

/// Whether anything is left of a deleted room's log after some of it was erased.
pub(super) fn erase(connection: &Connection, room: &RoomId, n: usize) -> rusqlite::Result<bool> {
    let no = "SELECT no FROM rooms WHERE id = ?1 AND deleted IS NOT NULL";
    let no = connection.prepare_cached(no)?.query_row([room.as_str()], |row| row.get(0)).optional()?;
    let Some(no): Option<i64> = no else { return Ok(false) };
    if let Some(erased) = erase_first(connection, "messages", (no, n))? {
        feed::note(connection, no, erased)?;
    }
    erase_first(connection, "changes", (no, n))?;
    let rest = "SELECT EXISTS (SELECT 1 FROM messages WHERE room_no = ?1)
                    OR EXISTS (SELECT 1 FROM changes WHERE room_no = ?1)";
    connection.prepare_cached(rest)?.query_row([no], |row| row.get(0))
}

/// Erases the first rows of a room in a table, and returns from where to where they may have been; none where there is none.
fn erase_first(
    connection: &Connection,
    table: &str,
    (no, n): (i64, usize),
) -> rusqlite::Result<Option<(Sequence, Sequence)>> {
    let first = format!("SELECT min(sequence) FROM {table} WHERE room_no = ?1");
    let first = connection.prepare_cached(&first)?.query_row([no], |row| sequence_or_none(row, 0))?;
    let Some(first) = first else { return Ok(None) };
    let last = first.plus((n as u64).max(1) - 1);
    let delete = format!("DELETE FROM {table} WHERE room_no = ?1 AND sequence <= ?2");
    connection.prepare_cached(&delete)?.execute((no, stored(last.0)))?;
    Ok(Some((first, last)))
}

/// The number of a change, and the message that it changed.
pub(super) fn find_change(
    connection: &Connection,
    room: RoomNo,
    (author, nonce): Named<'_>,
) -> rusqlite::Result<Option<(Sequence, Sequence)>> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence, message FROM changes WHERE room_no = ?1 AND author = ?2 AND nonce = ?3",
    )?;
    let params = (room.0, author.as_str(), nonce.as_str());
    statement.query_row(params, |row| Ok((sequence(row, 0)?, sequence(row, 1)?))).optional()
}

pub(super) fn changes(
    connection: &Connection,
    room: RoomNo,
    first: Sequence,
    n: usize,
) -> rusqlite::Result<Vec<Change>> {
    let mut statement = connection.prepare_cached(
        "SELECT sequence, at, author, nonce, kind, message, member FROM changes
         WHERE room_no = ?1 AND sequence >= ?2 ORDER BY sequence LIMIT ?3",
    )?;
    statement.query_map((room.0, stored(first.0), limit(n)), to_change)?.collect()
}

const EDITED: &str = "edited";
const DELETED: &str = "deleted";
const LOST: &str = "lost";

fn to_message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        sequence: sequence(row, 0)?,
        revision: sequence(row, 1)?,
        at: timestamp(row, 2)?,
        author: text(row, 3)?,
        nonce: text(row, 4)?,
        text: text_or_none(row, 5)?,
        revised: timestamp_or_none(row, 6)?,
    })
}

fn to_change(row: &Row<'_>) -> rusqlite::Result<Change> {
    let what = match row.get_ref(4)?.as_str()? {
        EDITED => Changed::Edited(sequence(row, 5)?),
        DELETED => Changed::Deleted(sequence(row, 5)?),
        LOST => Changed::Lost(text(row, 6)?),
        other => return Err(unknown(4, other)),
    };
    Ok(Change {
        sequence: sequence(row, 0)?,
        at: timestamp(row, 1)?,
        by: text(row, 2)?,
        nonce: text_or_none(row, 3)?,
        what,
    })
}
