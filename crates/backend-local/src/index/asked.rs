//! What is looked for, as FTS5 reads it. Tokens hold nothing that would have to be escaped.

use std::ops::Range;

use rusqlite::Connection;

use chat::{ports::Search, search::Clause};
use protocol::{MemberId, RoomId, Timestamp};

use super::putting::{LINK, PUBLIC, author_mark, first_at, known_number, room_mark};

/// What is looked for.
pub(super) struct Asked {
    /// All of it but times.
    pub(super) expression: String,
    /// In which numbers.
    pub(super) numbers: Range<i64>,
    /// And in which not.
    pub(super) not_numbers: Vec<Range<i64>>,
}

/// Puts a search into FTS5's words; none where nothing can be found.
pub(super) fn asked(connection: &Connection, search: &Search) -> rusqlite::Result<Option<Asked>> {
    let criteria = &search.criteria;
    if criteria.match_nothing() {
        return Ok(None);
    }
    let mut wanted: Vec<String> = criteria.all.iter().map(expression).collect();
    let mut readable = vec![PUBLIC.to_owned()];
    readable.extend(marks_of_rooms(connection, &search.inside)?);
    wanted.extend(any(readable));
    for marks in [
        criteria.rooms.as_ref().map(|rooms| marks_of_rooms(connection, rooms)),
        criteria.authors.as_ref().map(|authors| marks_of_authors(connection, authors)),
        criteria.link.then(|| Ok(vec![LINK.to_owned()])),
    ] {
        let Some(marks) = marks.transpose()? else { continue };
        let Some(any) = any(marks) else { return Ok(None) };
        wanted.push(any);
    }
    let mut unwanted: Vec<String> = criteria.none.iter().map(expression).collect();
    unwanted.extend(any(marks_of_rooms(connection, &criteria.not_rooms)?));
    unwanted.extend(any(marks_of_authors(connection, &criteria.not_authors)?));
    unwanted.extend(criteria.no_link.then(|| any(vec![LINK.to_owned()])).flatten());
    let mut expression = wanted.join(" AND ");
    if !unwanted.is_empty() {
        expression = format!("({expression}) NOT ({})", unwanted.join(" OR "));
    }
    Ok(Some(Asked {
        expression,
        numbers: criteria.times.as_ref().map_or(0..i64::MAX, numbers),
        not_numbers: criteria.not_times.iter().map(numbers).collect(),
    }))
}

fn expression(clause: &Clause) -> String {
    match clause {
        Clause::Stem(stem) => format!(r#"stem : "{stem}""#),
        Clause::Prefix { word, stem } => format!(r#"(word : "{word}" * OR stem : "{stem}")"#),
        Clause::Phrase { words, begun } => {
            let star = if *begun { " *" } else { "" };
            format!(r#"word : "{}"{star}"#, words.join(" "))
        }
    }
}

/// Any of these marks; nothing where there is none.
fn any(marks: Vec<String>) -> Option<String> {
    let marks: Vec<String> = marks.into_iter().map(|mark| format!(r#""{mark}""#)).collect();
    (!marks.is_empty()).then(|| format!("mark : ({})", marks.join(" OR ")))
}

fn marks_of_rooms(connection: &Connection, rooms: &[RoomId]) -> rusqlite::Result<Vec<String>> {
    marks(connection, rooms.iter().map(RoomId::as_str), room_mark)
}

fn marks_of_authors(connection: &Connection, authors: &[MemberId]) -> rusqlite::Result<Vec<String>> {
    marks(connection, authors.iter().map(MemberId::as_str), author_mark)
}

/// The marks of those of which anything is here.
fn marks<'a>(
    connection: &Connection,
    names: impl Iterator<Item = &'a str>,
    mark: fn(i64) -> String,
) -> rusqlite::Result<Vec<String>> {
    let marks = names.filter_map(|name| known_number(connection, name).transpose());
    marks.map(|no| no.map(mark)).collect()
}

fn numbers(times: &Range<Timestamp>) -> Range<i64> {
    first_at(times.start)..first_at(times.end)
}
