//! What is found, the newest or the best first.

use std::fmt::Write as _;

use rusqlite::Connection;

use chat::{
    ports::{Found, Mark},
    search::Criteria,
};
use protocol::{RoomId, Sequence};

use super::asked::Asked;
use crate::rows::{limit, sequence, text};

/// Of so many of the newest the best are told, then of so many of the next. Not by FTS5's own `bm25`: before the first
/// weight that counts every message that has one of the words, which among a million takes some tenths of a second.
const WEIGHED_MAX: usize = 1_000;

/// A page of the newest, after the one of that number.
pub(super) fn newest(
    connection: &Connection,
    asked: &Asked,
    after: Option<i64>,
    n: usize,
) -> rusqlite::Result<Found> {
    let numbers = numbers_of_newest(connection, asked, after, n)?;
    let next = numbers.last().filter(|_| numbers.len() == n).map(|last| Mark(last.to_string()));
    Ok(Found { hits: places(connection, &numbers)?, next })
}

/// A page of the best of so many of the newest that have not been told, after one that ended so: the first number that was
/// not looked at, and how many of those before it were told.
pub(super) fn best(
    connection: &Connection,
    (asked, criteria): (&Asked, &Criteria),
    after: Option<(i64, usize)>,
    n: usize,
) -> rusqlite::Result<Found> {
    let (before, n_told) = after.map_or((None, 0), |(before, n_told)| (Some(before), n_told));
    let newest = numbers_of_newest(connection, asked, before, WEIGHED_MAX)?;
    let (Some(first), Some(last)) = (newest.first().copied(), newest.last().copied()) else {
        return Ok(Found { hits: Vec::new(), next: None });
    };
    // What comes meanwhile is not among them.
    let before = before.unwrap_or_else(|| first.saturating_add(1));
    let n_newest = newest.len();
    let ranked = if criteria.all.is_empty() { newest } else { ranked(connection, criteria, newest)? };
    let page: Vec<i64> = ranked.into_iter().skip(n_told).take(n).collect();
    let n_told = n_told + page.len();
    let next = match n_told < n_newest {
        true => Some((before, n_told)),
        false => (n_newest == WEIGHED_MAX).then_some((last, 0)),
    };
    let next = next.map(|(before, n_told)| Mark(format!("{before} {n_told}")));
    Ok(Found { hits: places(connection, &page)?, next })
}

fn numbers_of_newest(
    connection: &Connection,
    asked: &Asked,
    before: Option<i64>,
    n: usize,
) -> rusqlite::Result<Vec<i64>> {
    let mut not = String::new();
    for times in &asked.not_numbers {
        write!(not, " AND NOT (rowid >= {} AND rowid < {})", times.start, times.end)
            .expect("a string takes all");
    }
    let sql = format!(
        "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid >= ?2 AND rowid < ?3{not} ORDER BY rowid DESC LIMIT ?4"
    );
    let end = before.unwrap_or(i64::MAX).min(asked.numbers.end);
    let mut statement = connection.prepare_cached(&sql)?;
    statement.query_map((&asked.expression, asked.numbers.start, end, limit(n)), |row| row.get(0))?.collect()
}

/// The best first, of equal ones the newest.
fn ranked(connection: &Connection, criteria: &Criteria, newest: Vec<i64>) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT text FROM messages WHERE no = ?1")?;
    let weighed = newest.into_iter().map(|no| {
        let text: String = statement.query_row([no], |row| row.get(0))?;
        Ok((criteria.weight(&text), no))
    });
    let mut weighed = weighed.collect::<rusqlite::Result<Vec<(f64, i64)>>>()?;
    weighed.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    Ok(weighed.into_iter().map(|(_, no)| no).collect())
}

fn places(connection: &Connection, numbers: &[i64]) -> rusqlite::Result<Vec<(RoomId, Sequence)>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, sequence FROM messages JOIN names ON names.no = messages.room WHERE messages.no = ?1",
    )?;
    let place = |no: &i64| statement.query_row([no], |row| Ok((text(row, 0)?, sequence(row, 1)?)));
    numbers.iter().map(place).collect()
}
