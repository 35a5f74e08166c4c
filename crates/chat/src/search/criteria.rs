//! What a query asks of a message, in tokens, ids and times.

use std::ops::Range;

use linkify::{LinkFinder, LinkKind};
use protocol::{
    MemberId, Message, RoomId, Timestamp,
    query::{Query, Term},
};

use super::tokens::{Token, sought, tokens};

/// What a message must meet to be a hit. It says nothing of what the one who asks may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criteria {
    /// The text has each of them.
    pub all: Vec<Clause>,
    /// The text has none of them.
    pub none: Vec<Clause>,
    /// One of them wrote it; anybody, if there is no list.
    pub authors: Option<Vec<MemberId>>,
    /// None of them wrote it.
    pub not_authors: Vec<MemberId>,
    /// It is in one of them; anywhere, if there is no list.
    pub rooms: Option<Vec<RoomId>>,
    /// It is in none of them.
    pub not_rooms: Vec<RoomId>,
    /// It was written within; any time, if there is no range.
    pub times: Option<Range<Timestamp>>,
    /// It was written within none of them.
    pub not_times: Vec<Range<Timestamp>>,
    /// It has a link.
    pub link: bool,
    /// It has no link.
    pub no_link: bool,
}

/// What a text has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clause {
    /// A word of this stem.
    Stem(String),
    /// A word that begins with `word` or is of this stem.
    Prefix {
        /// As it is so far.
        word: String,
        /// That of `word`.
        stem: String,
    },
    /// These words one after another, whatever their stems.
    Phrase {
        /// At least one.
        words: Vec<String>,
        /// Whether the last is only the beginning of a word.
        begun: bool,
    },
}

impl Criteria {
    /// Puts a query in tokens; its dates by a clock that is `offset_minutes` ahead of UTC; and its names as the caller
    /// knows them: `member` and `rooms` are asked for each name after `from:` and `in:`. A name that nobody has is
    /// nobody's message, and hides none.
    pub fn of(
        query: &Query,
        offset_minutes: i32,
        member: impl Fn(&str) -> Option<MemberId>,
        rooms: impl Fn(&str) -> Vec<RoomId>,
    ) -> Self {
        let side = |terms: &[Term]| Side {
            clauses: terms.iter().filter_map(clause).collect(),
            authors: of_each(terms, |term| match term {
                Term::From(name) => Some(member(name).into_iter().collect()),
                _ => None,
            }),
            rooms: of_each(terms, |term| match term {
                Term::In(name) => Some(rooms(name)),
                _ => None,
            }),
            times: terms.iter().filter_map(|term| term.times(offset_minutes)).collect(),
            link: terms.contains(&Term::HasLink),
        };
        let [wanted, unwanted] = [side(&query.wanted), side(&query.unwanted)];
        Self {
            all: wanted.clauses,
            none: unwanted.clauses,
            authors: wanted.authors,
            not_authors: unwanted.authors.unwrap_or_default(),
            rooms: wanted.rooms,
            not_rooms: unwanted.rooms.unwrap_or_default(),
            times: (!wanted.times.is_empty()).then(|| query.times(offset_minutes)),
            not_times: unwanted.times,
            link: wanted.link,
            no_link: unwanted.link,
        }
    }

    /// Whether no message can be a hit: nothing is asked for, or what cannot be. What must not be alone asks for nothing.
    pub fn match_nothing(&self) -> bool {
        let asks = !self.all.is_empty()
            || self.authors.is_some()
            || self.rooms.is_some()
            || self.times.is_some()
            || self.link;
        !asks
            || self.authors.as_ref().is_some_and(Vec::is_empty)
            || self.rooms.as_ref().is_some_and(Vec::is_empty)
            || self.times.as_ref().is_some_and(Range::is_empty)
            || (self.link && self.no_link)
    }

    /// Whether a message of a room is a hit. Reads all of it: this is what an index must answer, not how.
    pub fn matches(&self, room: &RoomId, message: &Message) -> bool {
        let Some(text) = &message.text else { return false };
        if self.match_nothing() {
            return false;
        }
        let tokens = tokens(text.as_str());
        let has_link = has_link(text.as_str());
        self.all.iter().all(|clause| clause.is_in(&tokens))
            && !self.none.iter().any(|clause| clause.is_in(&tokens))
            && self.authors.as_ref().is_none_or(|authors| authors.contains(&message.author))
            && !self.not_authors.contains(&message.author)
            && self.rooms.as_ref().is_none_or(|rooms| rooms.contains(room))
            && !self.not_rooms.contains(room)
            && self.times.as_ref().is_none_or(|times| times.contains(&message.at))
            && !self.not_times.iter().any(|times| times.contains(&message.at))
            && (!self.link || has_link)
            && (!self.no_link || !has_link)
    }
}

impl Clause {
    /// Whether a text of these tokens has it.
    pub fn is_in(&self, tokens: &[Token]) -> bool {
        self.places(tokens).next().is_some()
    }

    /// Where it stands, in places of the list.
    pub(super) fn places(&self, tokens: &[Token]) -> impl Iterator<Item = Range<usize>> {
        let len = match self {
            Self::Stem(_) | Self::Prefix { .. } => 1,
            Self::Phrase { words, .. } => words.len(),
        };
        let places = tokens.windows(len).enumerate();
        places.filter(|(_, tokens)| self.is_all(tokens)).map(move |(at, _)| at..at + len)
    }

    /// The beginning of a word that it ends with, if it does.
    pub(super) fn begun(&self) -> Option<&str> {
        match self {
            Self::Prefix { word, .. } => Some(word),
            Self::Phrase { words, begun: true } => words.last().map(String::as_str),
            Self::Stem(_) | Self::Phrase { .. } => None,
        }
    }

    /// Whether it is these tokens, of which there are as many as it has words.
    fn is_all(&self, tokens: &[Token]) -> bool {
        match self {
            Self::Stem(stem) => tokens[0].stem == *stem,
            Self::Prefix { word, stem } => tokens[0].word.starts_with(word) || tokens[0].stem == *stem,
            Self::Phrase { words, begun } => {
                let last = words.len() - 1;
                tokens.iter().zip(words).enumerate().all(|(n, (token, word))| match *begun && n == last {
                    true => token.word.starts_with(word),
                    false => token.word == *word,
                })
            }
        }
    }
}

/// Whether a text has a link by the page's rule: to the web, or to a mailbox.
pub fn has_link(text: &str) -> bool {
    LinkFinder::new().links(text).any(|link| match link.kind() {
        LinkKind::Url => {
            let scheme = link.as_str().split(':').next().unwrap_or_default();
            ["http", "https", "mailto"].iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed))
        }
        LinkKind::Email => true,
        _ => false,
    })
}

/// What is wanted, or what is unwanted.
struct Side {
    clauses: Vec<Clause>,
    authors: Option<Vec<MemberId>>,
    rooms: Option<Vec<RoomId>>,
    times: Vec<Range<Timestamp>>,
    link: bool,
}

/// What some terms name, if there are such terms.
fn of_each<T>(terms: &[Term], named: impl Fn(&Term) -> Option<Vec<T>>) -> Option<Vec<T>> {
    let lists: Vec<Vec<T>> = terms.iter().filter_map(named).collect();
    (!lists.is_empty()).then(|| lists.into_iter().flatten().collect())
}

/// What a term asks of the text. None for conditions, and for what has no token, such as `???`.
fn clause(term: &Term) -> Option<Clause> {
    let (text, begun, phrase) = match term {
        Term::Word(text) => (text, false, false),
        Term::BegunWord(text) => (text, true, false),
        Term::Phrase(text) => (text, false, true),
        Term::BegunPhrase(text) => (text, true, true),
        _ => return None,
    };
    let (mut tokens, goes_on) = sought(text);
    let begun = begun || goes_on;
    match (tokens.len(), phrase) {
        (0, _) => None,
        (1, false) => {
            let Token { word, stem, .. } = tokens.remove(0);
            Some(if begun { Clause::Prefix { word, stem } } else { Clause::Stem(stem) })
        }
        _ => Some(Clause::Phrase { words: tokens.into_iter().map(|token| token.word).collect(), begun }),
    }
}
