//! The log of every room.

use protocol::{Heads, MemberId, Message, MessageText, Nonce, RoomId, Sequence, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::Unavailable;

/// Most messages made durable as one group. Source: 24 texts of [`TEXT_MAX`](protocol::limits::TEXT_MAX) scalars of 4
/// bytes are 384,000 bytes, which fits DynamoDB's item of 409,600 with their names and times.
pub const GROUP_MAX: usize = 24;

/// The log of every room: the one place that gives out sequences.
///
/// Each room has two chains, both 1, 2, 3, … without holes: its messages and its changes. What is written is durable
/// when the call returns, and what is read is at least as new as any write that had returned before.
pub trait RoomLog: Send + Sync {
    /// How far the room is.
    ///
    /// # Errors
    /// [`LogError::NoSuchRoom`], [`LogError::Unavailable`].
    fn heads(&self, room: &RoomId) -> impl Future<Output = Result<Heads, LogError>> + Send;

    /// Makes `drafts`, 1 to [`GROUP_MAX`], durable as the messages after `head`, all or none, and returns them. `head` is one
    /// that the room has or had, so the end of a group.
    ///
    /// # Errors
    /// [`LogError::Overtaken`] when the room is past `head`: look at what came between, then try again.
    /// [`LogError::Unavailable`] when they may or may not be written: look for their nonces before trying again.
    fn append(
        &self,
        room: &RoomId,
        head: Sequence,
        at: Timestamp,
        drafts: &[Draft],
    ) -> impl Future<Output = Result<Vec<Message>, LogError>> + Send;

    /// Reads up to `n` messages from `first` on, in order; fewer only at the room's end.
    ///
    /// # Errors
    /// [`LogError::NoSuchRoom`], [`LogError::Unavailable`].
    fn read(
        &self,
        room: &RoomId,
        first: Sequence,
        n: usize,
    ) -> impl Future<Output = Result<Vec<Message>, LogError>> + Send;

    /// Gives a message another text, or none, if its revision is still the one that the editor saw and the editor's
    /// membership has not ended since, and appends to the room's changes, all or nothing. The same change again, by author
    /// and nonce, changes nothing and returns the message as it then was numbered. Who changes somebody else's message is
    /// recorded.
    ///
    /// # Errors
    /// [`LogError::NotInRoom`], before anything is said of the message; [`LogError::NoSuchMessage`];
    /// [`LogError::Revised`] when somebody was faster; and as above.
    fn revise(
        &self,
        room: &RoomId,
        revision: &Revision,
    ) -> impl Future<Output = Result<Message, LogError>> + Send;

    /// Reads up to `n` changes from `first` on, in order; fewer only at the end.
    ///
    /// # Errors
    /// [`LogError::NoSuchRoom`], [`LogError::Unavailable`].
    fn changes(
        &self,
        room: &RoomId,
        first: Sequence,
        n: usize,
    ) -> impl Future<Output = Result<Vec<Change>, LogError>> + Send;

    /// Erases some of the messages and changes of a deleted room, up to `n` each; false when none is left.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    fn erase(&self, room: &RoomId, n: usize) -> impl Future<Output = Result<bool, LogError>> + Send;
}

/// Text not yet durable, with its author and nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Who wrote it.
    pub author: MemberId,
    /// What its author's client calls it.
    pub nonce: Nonce,
    /// What it says.
    pub text: MessageText,
}

/// Another text for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Which message.
    pub message: Sequence,
    /// The revision that the editor saw.
    pub seen: Sequence,
    /// Who edits.
    pub by: MemberId,
    /// The room's last change when it was known that they may.
    pub since: Sequence,
    /// What the editor's client calls this edit.
    pub nonce: Nonce,
    /// When.
    pub at: Timestamp,
    /// What the message says from now on; none deletes it.
    pub text: Option<MessageText>,
}

/// An entry of a room's second chain. It holds no text: that is the message's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its place among the room's changes.
    pub sequence: Sequence,
    /// Who did it.
    pub by: MemberId,
    /// What their client calls it; none where no client names it.
    pub nonce: Option<Nonce>,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub what: Changed,
}

/// What a change did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// A message got another text.
    Edited(Sequence),
    /// A message lost its text.
    Deleted(Sequence),
    /// A member was in the room no longer.
    Lost(MemberId),
}

/// Why the log did not do it.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// No such room.
    #[error("room `{room}` does not exist")]
    NoSuchRoom {
        /// Which.
        room: RoomId,
    },
    /// No message there.
    #[error("no message {sequence} in room `{room}`")]
    NoSuchMessage {
        /// Which room.
        room: RoomId,
        /// Which message.
        sequence: Sequence,
    },
    /// The room is past the head that was given.
    #[error("the room is at {head} already")]
    Overtaken {
        /// Where it is, or was a moment ago.
        head: Sequence,
        /// The messages from the one right behind the given head up to there, as they are now, where the store has met them;
        /// none where they are to be read.
        between: Vec<Message>,
    },
    /// The message's revision is not the one that the editor saw.
    #[error("the message is at revision {} already", now.revision)]
    Revised {
        /// What the message is now.
        now: Box<Message>,
    },
    /// The editor is not in the room any longer.
    #[error("not in room `{room}` any longer")]
    NotInRoom {
        /// Which room.
        room: RoomId,
    },
    /// It may or may not have been done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
