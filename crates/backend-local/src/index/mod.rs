//! The index of messages: FTS5, in a file of its own.

mod asked;
mod finding;
mod putting;

use rusqlite::{Connection, OptionalExtension};

use chat::ports::{Entry, FindError, FollowingIndex, Found, MessageIndex, Order, Put, Search, Unavailable};
use protocol::Sequence;

use crate::database::{Database, Failed};

/// The index of messages: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqliteIndex {
    database: Database,
}

impl SqliteIndex {
    /// The index in a database that was opened for it.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl FollowingIndex for SqliteIndex {
    async fn progress(&self) -> Result<Option<String>, Unavailable> {
        let progress = self.database.read("index while reading its progress", move |connection| {
            let mut statement = connection.prepare_cached("SELECT value FROM progress")?;
            Ok::<_, Failed<Unavailable>>(statement.query_row([], |row| row.get(0)).optional()?)
        });
        progress.await
    }

    async fn keep(&self, progress: &str) -> Result<(), Unavailable> {
        let progress = progress.to_owned();
        let kept = self.database.write("index while keeping its progress", move |connection| {
            connection.prepare_cached("DELETE FROM progress")?.execute([])?;
            connection.prepare_cached("INSERT INTO progress (value) VALUES (?1)")?.execute([progress])?;
            Ok::<_, Failed<Unavailable>>(())
        });
        kept.await
    }

    async fn clear(&self) -> Result<(), Unavailable> {
        let cleared = self.database.write("index while emptying it", move |connection| {
            connection.execute_batch(
                "DELETE FROM progress; DELETE FROM messages; DELETE FROM names;
                 INSERT INTO words (words) VALUES ('delete-all');",
            )?;
            Ok::<_, Failed<Unavailable>>(())
        });
        cleared.await
    }
}

impl MessageIndex for SqliteIndex {
    async fn put(&self, entries: &[Entry]) -> Result<Vec<Put>, Unavailable> {
        let entries = entries.to_vec();
        let is_any_revised = entries.iter().any(|entry| entry.revision > Sequence::ZERO);
        let put = self.database.write("index while taking entries", move |connection| {
            putting::put(connection, &entries)?;
            Ok::<_, Failed<Unavailable>>(vec![Put::Taken; entries.len()])
        });
        if is_any_revised {
            self.database.forget_soon();
        }
        put.await
    }

    async fn find(&self, search: &Search) -> Result<Found, FindError> {
        let search = search.clone();
        self.database.read("index while finding", move |connection| find(connection, &search)).await
    }
}

fn find(connection: &Connection, search: &Search) -> Result<Found, Failed<FindError>> {
    let after = search.after.as_ref().map(|mark| mark.0.as_str());
    let bad = |_| Failed::Refused(FindError::BadMark);
    let after = match search.order {
        Order::Newest => After::Newest(after.map(str::parse).transpose().map_err(bad)?),
        Order::Best => {
            let after = after.map(|mark| mark.split_once(' ').unwrap_or_default());
            let after =
                after.map(|(before, n)| Ok((before.parse()?, n.parse()?))).transpose().map_err(bad)?;
            After::Best(after)
        }
    };
    let Some(asked) = asked::asked(connection, search)? else {
        return Ok(Found { hits: Vec::new(), next: None });
    };
    Ok(match after {
        After::Newest(after) => finding::newest(connection, &asked, after, search.n)?,
        After::Best(after) => finding::best(connection, (&asked, &search.criteria), after, search.n)?,
    })
}

/// Where a search goes on.
enum After {
    /// After the message of that number.
    Newest(Option<i64>),
    /// Among those before that number, after so many.
    Best(Option<(i64, usize)>),
}
