//! By which messages are found.

use protocol::{RoomId, Sequence};

use crate::{
    ports::{Entry, Unavailable},
    search::Criteria,
};

/// By which messages are found. It may be behind the store, and what it answers is looked up there and checked again.
pub trait MessageIndex: Send + Sync {
    /// Takes entries, each if nothing as new is known of its message; tells of each what became of it, in their order.
    ///
    /// # Errors
    /// [`Unavailable`] when any may or may not have been taken: giving them again is safe.
    fn put(&self, entries: &[Entry]) -> impl Future<Output = Result<Vec<Put>, Unavailable>> + Send;

    /// Finds what somebody asks for among what they may read.
    ///
    /// # Errors
    /// [`FindError`].
    fn find(&self, search: &Search) -> impl Future<Output = Result<Found, FindError>> + Send;
}

/// An index that keeps how far it is, and follows a feed from there.
pub trait FollowingIndex: MessageIndex {
    /// What was kept last.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn progress(&self) -> impl Future<Output = Result<Option<String>, Unavailable>> + Send;

    /// Keeps how far it is.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn keep(&self, progress: &str) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Empties it; nothing is kept then.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn clear(&self) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there, or something as new was.
    Taken,
    /// Not now: the same may be taken later.
    Later,
    /// Never, in the index's words, which hold nothing of the text.
    Never(String),
}

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What a message must meet.
    pub criteria: Criteria,
    /// The private rooms that they are inside: of others nothing is found. Public ones are for everybody.
    pub inside: Vec<RoomId>,
    /// What comes first.
    pub order: Order,
    /// Where it goes on; none at the beginning.
    pub after: Option<Mark>,
    /// Most hits.
    pub n: usize,
}

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// What fits best, perhaps only of so many of the newest, and then of so many of the next.
    Best,
    /// What was written last.
    Newest,
}

/// Where a search goes on, in an adapter's own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark(pub String);

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it stands.
    pub hits: Vec<(RoomId, Sequence)>,
    /// Where more may be; none at the end.
    pub next: Option<Mark>,
}

/// Why nothing was looked for.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
    /// The mark is none that was given out.
    #[error("the mark is not one of this index")]
    BadMark,
    /// The index does not answer now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
