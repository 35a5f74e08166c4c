//! What is put into the index, and taken out.

use rusqlite::{Connection, OptionalExtension, Row};

use chat::{
    ports::{Entry, Said},
    search::{has_link, tokens},
};
use protocol::{MessageText, Timestamp};

use crate::rows::{stored, text_or_none};

/// What tells messages of one millisecond apart, in a message's number.
const TIE_BITS: u32 = 20;

/// Something in a public room.
pub(super) const PUBLIC: &str = "p";
/// Something with a link.
pub(super) const LINK: &str = "l";

/// Something of a room.
pub(super) fn room_mark(no: i64) -> String {
    format!("r{no}")
}

/// Something by an author.
pub(super) fn author_mark(no: i64) -> String {
    format!("a{no}")
}

/// The least number of a message from then on.
pub(super) fn first_at(at: Timestamp) -> i64 {
    stored(at.0).saturating_mul(1 << TIE_BITS)
}

/// Puts in what is news. In the order of their times, which FTS5 takes best.
pub(super) fn put(connection: &Connection, entries: &[Entry]) -> rusqlite::Result<()> {
    let mut entries: Vec<&Entry> = entries.iter().collect();
    // Of two states of one message the later one stays: it comes last, since their time is the same.
    entries.sort_by_key(|entry| (entry.said.as_ref().map(|said| said.at), entry.revision));
    entries.into_iter().try_for_each(|entry| put_one(connection, entry))
}

fn put_one(connection: &Connection, entry: &Entry) -> rusqlite::Result<()> {
    let room = number(connection, entry.room.as_str())?;
    let known = find(connection, (room, entry))?;
    if known.as_ref().is_some_and(|known| known.revision >= stored(entry.revision.0)) {
        return Ok(());
    }
    if let Some(Known { no, row: Some(row), .. }) = &known {
        index(connection, Way::Out, *no, row)?;
    }
    let row = match &entry.said {
        Some(said) => Some(Indexed::of(room, number(connection, said.author.as_str())?, said)),
        None => None,
    };
    let no = match (known, &entry.said) {
        (Some(known), _) => known.no,
        (None, Some(said)) => free_number(connection, said.at)?,
        (None, None) => number_of_nothing(connection)?,
    };
    if let Some(row) = &row {
        index(connection, Way::In, no, row)?;
    }
    let mut statement = connection.prepare_cached(
        "INSERT INTO messages (no, room, sequence, revision, author, private, text)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (no) DO UPDATE
         SET revision = excluded.revision, author = excluded.author, private = excluded.private, text = excluded.text",
    )?;
    let (sequence, revision) = (stored(entry.sequence.0), stored(entry.revision.0));
    let author = row.as_ref().map(|row| row.author);
    let private = row.as_ref().map(|row| row.private);
    let text = row.as_ref().map(|row| row.text.as_str());
    statement.execute((no, room, sequence, revision, author, private, text))?;
    Ok(())
}

/// A message that is known already.
struct Known {
    no: i64,
    revision: i64,
    /// As it was indexed; none where it says nothing.
    row: Option<Indexed>,
}

/// What a message is found by.
struct Indexed {
    room: i64,
    author: i64,
    private: bool,
    text: MessageText,
}

impl Indexed {
    fn of(room: i64, author: i64, said: &Said) -> Self {
        Self { room, author, private: said.private, text: said.text.clone() }
    }

    fn marks(&self) -> String {
        let mut marks = vec![room_mark(self.room), author_mark(self.author)];
        marks.extend((!self.private).then(|| PUBLIC.to_owned()));
        marks.extend(has_link(self.text.as_str()).then(|| LINK.to_owned()));
        marks.join(" ")
    }
}

/// Whether something is put into the words or taken out of them.
enum Way {
    In,
    Out,
}

/// To take it out, FTS5 is told what it was, since it keeps no texts.
fn index(connection: &Connection, way: Way, no: i64, row: &Indexed) -> rusqlite::Result<()> {
    let tokens = tokens(row.text.as_str());
    let joined = |of: fn(&chat::search::Token) -> &str| tokens.iter().map(of).collect::<Vec<_>>().join(" ");
    let (words, stems) = (joined(|token| &token.word), joined(|token| &token.stem));
    let sql = match way {
        Way::In => "INSERT INTO words (rowid, word, stem, mark) VALUES (?1, ?2, ?3, ?4)",
        Way::Out => "INSERT INTO words (words, rowid, word, stem, mark) VALUES ('delete', ?1, ?2, ?3, ?4)",
    };
    connection.prepare_cached(sql)?.execute((no, words, stems, row.marks()))?;
    Ok(())
}

fn find(connection: &Connection, (room, entry): (i64, &Entry)) -> rusqlite::Result<Option<Known>> {
    let mut statement = connection.prepare_cached(
        "SELECT no, revision, author, private, text FROM messages WHERE room = ?1 AND sequence = ?2",
    )?;
    let to_known = |row: &Row<'_>| {
        let indexed = match text_or_none(row, 4)? {
            Some(text) => Some(Indexed { room, author: row.get(2)?, private: row.get(3)?, text }),
            None => None,
        };
        Ok(Known { no: row.get(0)?, revision: row.get(1)?, row: indexed })
    };
    statement.query_row((room, stored(entry.sequence.0)), to_known).optional()
}

/// A number that begins with a time, and that no message has.
fn free_number(connection: &Connection, at: Timestamp) -> rusqlite::Result<i64> {
    let first = first_at(at);
    let last = first.saturating_add((1 << TIE_BITS) - 1);
    let sql = "SELECT coalesce(max(no) + 1, ?1) FROM messages WHERE no BETWEEN ?1 AND ?2";
    connection.prepare_cached(sql)?.query_row((first, last), |row| row.get(0))
}

/// A number for a message that says nothing and of which no time is known: before all others.
fn number_of_nothing(connection: &Connection) -> rusqlite::Result<i64> {
    let sql = "SELECT min(coalesce(min(no), 0), 0) - 1 FROM messages";
    connection.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// The number of a room or an author, which gets one where it has none.
fn number(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    if let Some(no) = known_number(connection, name)? {
        return Ok(no);
    }
    connection.prepare_cached("INSERT INTO names (name) VALUES (?1)")?.execute([name])?;
    Ok(connection.last_insert_rowid())
}

/// The number of a room or an author, if anything of it was ever put in.
pub(super) fn known_number(connection: &Connection, name: &str) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached("SELECT no FROM names WHERE name = ?1")?;
    statement.query_row([name], |row| row.get(0)).optional()
}
