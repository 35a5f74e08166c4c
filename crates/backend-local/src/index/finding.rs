//! What is found, the newest or the best first.

use std::{cmp::Reverse, fmt::Write as _};

use rusqlite::{Connection, Row};

use chat::ports::{Found, Mark, RANKED_MAX};
use protocol::{RoomId, Sequence};

use super::asked::Asked;
use crate::rows::{limit, sequence, text};

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

/// A page of the best among the newest, after one that ended so: the first number that was not looked at any more, since it
/// came after the search began, and how many were told.
pub(super) fn best(
    connection: &Connection,
    asked: &Asked,
    after: Option<(i64, usize)>,
    n: usize,
) -> rusqlite::Result<Found> {
    let (before, n_told) = after.map_or((None, 0), |(before, n_told)| (Some(before), n_told));
    let candidates = numbers_of_newest(connection, asked, before, RANKED_MAX)?;
    let Some(newest) = candidates.first() else { return Ok(Found { hits: Vec::new(), next: None }) };
    let before = before.unwrap_or_else(|| newest.saturating_add(1));
    let ranked = match &asked.words {
        Some(words) => weighed(connection, words, &candidates)?,
        None => candidates,
    };
    let page: Vec<i64> = ranked.iter().skip(n_told).take(n).copied().collect();
    let n_told = n_told + page.len();
    let next = (n_told < ranked.len()).then(|| Mark(format!("{before} {n_told}")));
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

/// The best first, of equal ones the newest. What it is found by besides words weighs nothing.
fn weighed(connection: &Connection, words: &str, candidates: &[i64]) -> rusqlite::Result<Vec<i64>> {
    let (Some(last), Some(first)) = (candidates.first(), candidates.last()) else { return Ok(Vec::new()) };
    // The sign keeps SQLite from looking each number up by itself.
    let mut statement = connection.prepare_cached(
        "SELECT rowid, bm25(words, 1, 1, 0) FROM words WHERE words MATCH ?1 AND rowid BETWEEN ?2 AND ?3
         AND +rowid IN (SELECT value FROM json_each(?4))",
    )?;
    let listed = format!("{candidates:?}");
    let to_weighed = |row: &Row<'_>| Ok((row.get::<_, f64>(1)?, row.get::<_, i64>(0)?));
    let weighed = statement.query_map((words, first, last, listed), to_weighed)?;
    let mut weighed = weighed.collect::<rusqlite::Result<Vec<(f64, i64)>>>()?;
    weighed.sort_by(|(a, a_no), (b, b_no)| a.total_cmp(b).then_with(|| Reverse(a_no).cmp(&Reverse(b_no))));
    Ok(weighed.into_iter().map(|(_, no)| no).collect())
}

fn places(connection: &Connection, numbers: &[i64]) -> rusqlite::Result<Vec<(RoomId, Sequence)>> {
    let mut statement = connection.prepare_cached(
        "SELECT name, sequence FROM messages JOIN names ON names.no = messages.room WHERE messages.no = ?1",
    )?;
    let place = |no: &i64| statement.query_row([no], |row| Ok((text(row, 0)?, sequence(row, 1)?)));
    numbers.iter().map(place).collect()
}
