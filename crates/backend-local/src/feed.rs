//! What becomes of messages, as rows, and all that there are.

use rusqlite::{Connection, Row};

use chat::ports::{Archive, Entry, Fed, Feed, FeedId, Place, Position, Said, Scanned, Unavailable};
use protocol::{RoomId, Sequence};

use crate::{
    database::{Database, Failed},
    rows::{limit, sequence, stored, text, text_or_none, timestamp},
};

/// What an entry is made of, for [`to_entry`].
macro_rules! entry_columns {
    () => {
        "sequence, revision, at, author, text, private"
    };
}
/// What becomes of messages: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqliteFeed {
    database: Database,
}

impl SqliteFeed {
    /// The feed kept in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl Feed for SqliteFeed {
    async fn after(&self, position: Position, n: usize) -> Result<Fed, Unavailable> {
        let fed = self.database.read("feed while reading on", move |connection| {
            let mut fed = Fed { entries: Vec::new(), upto: position };
            let mut statement = connection.prepare_cached(
                "SELECT feed.no, room_no, rooms.id, first, last FROM feed JOIN rooms ON rooms.no = room_no
                 WHERE feed.no > ?1 ORDER BY feed.no LIMIT ?2",
            )?;
            let mut rows = statement.query((stored(position.0), limit(n)))?;
            while fed.entries.len() < n
                && let Some(row) = rows.next()?
            {
                fed.upto = Position(sequence(row, 0)?.0);
                fed.entries.extend(noted(connection, row)?);
            }
            Ok::<_, Failed<Unavailable>>(fed)
        });
        fed.await
    }

    async fn head(&self) -> Result<(FeedId, Position), Unavailable> {
        let head = self.database.read("feed while reading its head", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'feed'), 0) FROM identity",
            )?;
            let head = |row: &Row<'_>| Ok((FeedId(row.get(0)?), Position(sequence(row, 1)?.0)));
            Ok::<_, Failed<Unavailable>>(statement.query_row([], head)?)
        });
        head.await
    }

    async fn forget(&self, upto: Position) -> Result<(), Unavailable> {
        let forgotten = self.database.write("feed while forgetting", move |connection| {
            connection.prepare_cached("DELETE FROM feed WHERE no <= ?1")?.execute([stored(upto.0)])?;
            Ok::<_, Failed<Unavailable>>(())
        });
        forgotten.await
    }
}

impl Archive for SqliteFeed {
    async fn scan(&self, after: Option<&Place>, n: usize) -> Result<Scanned, Unavailable> {
        let after = after.map_or((0, 0), |place| numbers(&place.0));
        let scanned = self.database.read("archive while scanning", move |connection| {
            let mut statement = connection.prepare_cached(concat!(
                "SELECT room_no, rooms.id, ",
                entry_columns!(),
                " FROM messages JOIN rooms ON rooms.no = room_no
                  WHERE deleted IS NULL AND (room_no, sequence) > (?1, ?2) ORDER BY room_no, sequence LIMIT ?3"
            ))?;
            let mut rows = statement.query((after.0, after.1, limit(n)))?;
            let (mut entries, mut last) = (Vec::new(), None);
            while let Some(row) = rows.next()? {
                let (no, room): (i64, RoomId) = (row.get(0)?, text(row, 1)?);
                let entry = to_entry(&room, row, 2)?;
                last = Some(Place(format!("{no} {}", entry.sequence)));
                entries.push(entry);
            }
            Ok::<_, Failed<Unavailable>>(Scanned {
                next: last.filter(|_| entries.len() >= n),
                entries,
                unread: Vec::new(),
            })
        });
        scanned.await
    }
}

/// Notes that some of a room's messages were written, changed or erased, in the transaction that does it.
pub(crate) fn note(
    connection: &Connection,
    room_no: i64,
    (first, last): (Sequence, Sequence),
) -> rusqlite::Result<()> {
    let mut statement =
        connection.prepare_cached("INSERT INTO feed (room_no, first, last) VALUES (?1, ?2, ?3)")?;
    statement.execute((room_no, stored(first.0), stored(last.0)))?;
    Ok(())
}

/// What became of the messages that a row of the feed is about. What is not there was erased.
fn noted(connection: &Connection, row: &Row<'_>) -> rusqlite::Result<Vec<Entry>> {
    let (room_no, room): (i64, RoomId) = (row.get(1)?, text(row, 2)?);
    let (first, last) = (sequence(row, 3)?, sequence(row, 4)?);
    let mut statement = connection.prepare_cached(concat!(
        "SELECT ",
        entry_columns!(),
        " FROM messages JOIN rooms ON rooms.no = room_no
          WHERE room_no = ?1 AND sequence BETWEEN ?2 AND ?3 ORDER BY sequence"
    ))?;
    let found =
        statement.query_map((room_no, stored(first.0), stored(last.0)), |row| to_entry(&room, row, 0))?;
    let mut found = found.collect::<rusqlite::Result<Vec<Entry>>>()?.into_iter().peekable();
    let entry = |at| found.next_if(|entry| entry.sequence == at).unwrap_or_else(|| Entry::erased(&room, at));
    Ok((first.0..=last.0).map(Sequence).map(entry).collect())
}

fn to_entry(room: &RoomId, row: &Row<'_>, from: usize) -> rusqlite::Result<Entry> {
    let said = match text_or_none(row, from + 4)? {
        Some(wording) => Some(Said {
            at: timestamp(row, from + 2)?,
            author: text(row, from + 3)?,
            text: wording,
            private: row.get(from + 5)?,
        }),
        None => None,
    };
    Ok(Entry { room: room.clone(), sequence: sequence(row, from)?, revision: sequence(row, from + 1)?, said })
}

/// The two numbers in a place; the beginning where it is none of ours.
fn numbers(place: &str) -> (i64, i64) {
    let numbers = place.split_once(' ').map(|(no, sequence)| (no.parse(), sequence.parse()));
    match numbers {
        Some((Ok(no), Ok(sequence))) => (no, sequence),
        _ => (0, 0),
    }
}
