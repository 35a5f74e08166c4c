//! What an index can never take, set aside.

use protocol::Sequence;
use serde::{Deserialize, Serialize};

use crate::ports::Unavailable;

/// Where it is set aside what an index can never take, until whoever runs the chat has mended why.
pub trait DeadLetters: Send + Sync {
    /// Keeps a letter. One that is sent again may be there twice.
    ///
    /// # Errors
    /// [`Unavailable`] when it may or may not be kept.
    fn send(&self, letter: &Letter) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Takes some of those that are there, which nobody else gets for a while. None when there are no more.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn open(&self) -> impl Future<Output = Result<Vec<Opened>, Unavailable>> + Send;

    /// Throws away one that was taken.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn discard(&self, opened: &Opened) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Puts back one that was taken, for whoever looks next.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn put_back(&self, opened: &Opened) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// What an index can never take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The room, as the store has it, which may be no room's id.
    pub room: String,
    /// The message there, or the first of those that the store keeps together.
    pub sequence: Sequence,
    /// Why, in words that hold nothing of a text.
    pub why: String,
}

/// A letter that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What it says; none where it is none of ours.
    pub letter: Option<Letter>,
    /// By which its keeper knows it.
    pub receipt: String,
}
