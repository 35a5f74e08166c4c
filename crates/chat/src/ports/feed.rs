//! What becomes of messages, for whoever keeps an index of them.

use protocol::{MemberId, Message, MessageText, RoomId, Sequence, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Letter, Unavailable};

/// What becomes of messages, in the order in which it became durable.
pub trait Feed: Send + Sync {
    /// What was written, changed or erased after a position, up to about `n` messages, each as it is now. What changes again
    /// meanwhile comes once more.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn after(&self, position: Position, n: usize) -> impl Future<Output = Result<Fed, Unavailable>> + Send;

    /// Which feed this is, and its last position.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn head(&self) -> impl Future<Output = Result<(FeedId, Position), Unavailable>> + Send;

    /// Forgets what is up to a position: nobody asks for it again.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn forget(&self, upto: Position) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// Every message that there is, for an index that is made anew.
pub trait Archive: Send + Sync {
    /// Reads on after a place, up to about `n` messages; nothing more when it names no place to go on from.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn scan(
        &self,
        after: Option<&Place>,
        n: usize,
    ) -> impl Future<Output = Result<Scanned, Unavailable>> + Send;
}

/// Which feed it is: that of another store has another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedId(pub String);

/// A place in a feed. They grow; the first is before all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position(pub u64);

/// What came of a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fed {
    /// What became of messages.
    pub entries: Vec<Entry>,
    /// How far that is.
    pub upto: Position,
}

/// A place in an archive, in an adapter's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place(pub String);

/// What came of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// Messages.
    pub entries: Vec<Entry>,
    /// What is there and cannot be read.
    pub unread: Vec<Letter>,
    /// Where it goes on; none at the end.
    pub next: Option<Place>,
}

/// What an index is to know of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its room.
    pub room: RoomId,
    /// Its place there.
    pub sequence: Sequence,
    /// Which state of it this is. One that is known at the same or a later one stays as it is.
    pub revision: Sequence,
    /// What it says; none where it says nothing any more, for good.
    pub said: Option<Said>,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who wrote it.
    pub author: MemberId,
    /// When.
    pub at: Timestamp,
    /// The text.
    pub text: MessageText,
    /// Whether it is for those inside its room alone.
    pub private: bool,
}

impl Entry {
    /// A message as it is now.
    pub fn of(room: &RoomId, private: bool, message: Message) -> Self {
        let Message { sequence, revision, author, at, text, .. } = message;
        let said = text.map(|text| Said { author, at, text, private });
        Self { room: room.clone(), sequence, revision, said }
    }

    /// A message that is not there any more.
    pub fn erased(room: &RoomId, sequence: Sequence) -> Self {
        Self { room: room.clone(), sequence, revision: LAST, said: None }
    }
}

/// After every other revision. A store's integers, which have a sign, hold it.
const LAST: Sequence = Sequence(i64::MAX.unsigned_abs());
