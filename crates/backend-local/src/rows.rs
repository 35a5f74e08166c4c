//! Stored values, from and to those of the domain.

use rusqlite::{
    Row,
    types::{Type, ValueRef},
};

use protocol::{
    MemberId, MemberName, MessageText, Nonce, Refusal, RoomId, RoomName, Sequence, Timestamp, Topic,
};

/// A value that is stored as text, and checked when it is read: what does not pass was not written by us.
pub(crate) trait Parsed: Sized {
    fn parsed(text: &str) -> Result<Self, Refusal>;
}

macro_rules! parsed {
    ($($name:ident),*) => {
        $(impl Parsed for $name {
            fn parsed(text: &str) -> Result<Self, Refusal> {
                Self::parse(text)
            }
        })*
    };
}

parsed!(MemberId, MemberName, MessageText, Nonce, RoomId, RoomName, Topic);

/// Reads a text.
pub(crate) fn text<T: Parsed>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    T::parsed(text).map_err(|refusal| damaged(column, refusal))
}

/// Reads a text that may be missing.
pub(crate) fn text_or_none<T: Parsed>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let Some(text) = row.get_ref(column)?.as_str_or_null()? else { return Ok(None) };
    T::parsed(text).map(Some).map_err(|refusal| damaged(column, refusal))
}

/// Reads a place in a log.
pub(crate) fn sequence(row: &Row<'_>, column: usize) -> rusqlite::Result<Sequence> {
    Ok(Sequence(unsigned(row, column)?))
}

/// Reads a place in a log that may be missing.
pub(crate) fn sequence_or_none(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Sequence>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => sequence(row, column).map(Some),
    }
}

/// Reads a moment.
pub(crate) fn timestamp(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Ok(Timestamp(unsigned(row, column)?))
}

/// Reads a moment that may be missing.
pub(crate) fn timestamp_or_none(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    match row.get_ref(column)? {
        ValueRef::Null => Ok(None),
        _ => timestamp(row, column).map(Some),
    }
}

/// A number as SQLite keeps it, which has one bit less: what is beyond counts as its end.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// [`stored`], for a number of rows.
pub(crate) fn limit(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(column, number))
}

/// A word that we never wrote.
pub(crate) fn unknown(column: usize, word: &str) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, format!("unknown word `{word}`").into())
}

fn damaged(column: usize, refusal: Refusal) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(refusal))
}
