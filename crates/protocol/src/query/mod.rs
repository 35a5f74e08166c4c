//! What somebody looks for, as it is typed into one line: words, phrases and conditions.

mod operator;
mod period;
mod pieces;
mod typing;

use std::{
    fmt::{self, Write as _},
    ops::Range,
};

use self::pieces::{Piece, is_space, pieces};
pub use self::{
    operator::Operator,
    period::Period,
    typing::{Typing, typing},
};
use crate::{Timestamp, limits};

/// What somebody looks for. Any input is one, and what is written by [`fmt::Display`] is the same one again:
///
/// - Words, each of which must be found. The last is only begun as long as no space follows it.
/// - `"Phrases"`, whose words stand one after another. One without its end goes to the end of the input.
/// - [Operators](Operator): `from:ada`, `in:"the lobby"`, `before:2026-11`, `has:link`. In any case. What has no valid
///   value (`before:yesterday`) is words.
/// - `-` before any of them: that must not be.
///
/// Control characters are spaces, and quotes may be curly. An input is read up to [`limits::QUERY_MAX`] scalars and
/// [`limits::QUERY_TERMS_MAX`] terms; the rest of it is dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What a message must have: sorted, each once. Of several authors or rooms it need have only one.
    pub wanted: Vec<Term>,
    /// What it must not have, none of it: sorted, each once. Nothing here is only begun.
    pub unwanted: Vec<Term>,
}

/// A part of a query. Texts hold neither quotes nor control characters, and no space but single ones between words.
///
/// They are sorted as they are written: first what could go on, so that something follows it, and last what does go on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Term {
    /// A word.
    Word(String),
    /// Words that stand one after another.
    Phrase(String),
    /// Written by a member of this name.
    From(String),
    /// Written in a room of this name or address.
    In(String),
    /// Written before this began.
    Before(Period),
    /// Written after this ended.
    After(Period),
    /// Written in this.
    On(Period),
    /// With a link in it.
    HasLink,
    /// The beginning of a word.
    BegunWord(String),
    /// Words that stand one after another, of the last the beginning.
    BegunPhrase(String),
}

impl Query {
    /// Takes what was typed.
    pub fn parse(input: &str) -> Self {
        let mut query = Self::default();
        for piece in pieces(beginning(input, limits::QUERY_MAX)) {
            query.add(&piece);
        }
        // The normal form puts spaces where quotes did without; it must be read whole, too.
        while query.to_string().chars().count() > limits::QUERY_MAX {
            query.wanted.pop().or_else(|| query.unwanted.pop());
        }
        query
    }

    /// When a message must have been written to be within all wanted dates, by a clock that is `offset_minutes` ahead
    /// of UTC. Unwanted dates are each their term's own: see [`Term::times`].
    pub fn times(&self, offset_minutes: i32) -> Range<Timestamp> {
        let times = self.wanted.iter().filter_map(|term| term.times(offset_minutes));
        times.fold(Timestamp(0)..END, |all, one| all.start.max(one.start)..all.end.min(one.end))
    }

    fn add(&mut self, piece: &Piece<'_>) {
        let term = piece.operator.and_then(|operator| operator.term(&tidy(piece.value)));
        if let Some(term) = term {
            self.put(piece.negated, term);
            return;
        }
        // Only what is wanted is looked for before it is whole: `-no` would hide what `-november` does not.
        let begun = piece.begun && !piece.negated;
        if !piece.bare.is_empty() {
            let term = if begun && piece.quoted.is_none() { Term::BegunWord } else { Term::Word };
            self.put(piece.negated, term(piece.bare.to_owned()));
        }
        let phrase = tidy(piece.quoted.unwrap_or_default());
        if !phrase.is_empty() {
            let term = if begun { Term::BegunPhrase } else { Term::Phrase };
            self.put(piece.negated, term(phrase));
        }
    }

    fn put(&mut self, negated: bool, term: Term) {
        if self.wanted.len() + self.unwanted.len() == limits::QUERY_TERMS_MAX {
            return;
        }
        let terms = if negated { &mut self.unwanted } else { &mut self.wanted };
        if let Err(at) = terms.binary_search(&term) {
            terms.insert(at, term);
        }
    }
}

impl Term {
    /// When a message must have been written for this, if it is a date, by a clock that is `offset_minutes` ahead of
    /// UTC.
    pub fn times(&self, offset_minutes: i32) -> Option<Range<Timestamp>> {
        match self {
            Self::Before(period) => Some(Timestamp(0)..period.times(offset_minutes).start),
            Self::After(period) => Some(period.times(offset_minutes).end..END),
            Self::On(period) => Some(period.times(offset_minutes)),
            _ => None,
        }
    }
}

/// After any message. A store's integers, which have a sign, hold it.
const END: Timestamp = Timestamp(i64::MAX.unsigned_abs());

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unwanted = self.unwanted.iter().map(|term| ("-", term));
        let wanted = self.wanted.iter().map(|term| ("", term));
        for (n, (sign, term)) in unwanted.chain(wanted).enumerate() {
            let space = if n == 0 { "" } else { " " };
            write!(f, "{space}{sign}{term}")?;
        }
        match self.wanted.last() {
            Some(Term::Word(_)) => f.write_char(' '),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (operator, value): (_, &dyn fmt::Display) = match self {
            Self::Word(word) | Self::BegunWord(word) => return f.write_str(word),
            Self::Phrase(words) => return write!(f, "\"{words}\""),
            Self::BegunPhrase(words) => return write!(f, "\"{words}"),
            Self::From(name) => (Operator::From, &Value(name)),
            Self::In(name) => (Operator::In, &Value(name)),
            Self::Before(period) => (Operator::Before, period),
            Self::After(period) => (Operator::After, period),
            Self::On(period) => (Operator::On, period),
            Self::HasLink => (Operator::Has, &operator::LINK),
        };
        write!(f, "{}:{value}", operator.name())
    }
}

/// A name, in quotes where it has spaces.
struct Value<'a>(&'a str);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.contains(' ') {
            true => write!(f, "\"{}\"", self.0),
            false => f.write_str(self.0),
        }
    }
}

/// The first `n` scalars of a text.
fn beginning(text: &str, n: usize) -> &str {
    match text.char_indices().nth(n) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}

/// Words with one space between them.
fn tidy(text: &str) -> String {
    let words: Vec<&str> = text.split(is_space).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
