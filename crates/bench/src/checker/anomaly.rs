//! What can go wrong.

use std::fmt;

use chat::ports::Way;
use protocol::{MemberId, Nonce, RoomId, Sequence, Timestamp};

use super::Entry;

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Anomaly {
    /// The log does not go on with the next sequence.
    Hole {
        /// Where.
        room: RoomId,
        /// The last sequence before it.
        after: Sequence,
    },
    /// An acknowledged message is not in the log at the place that was acknowledged.
    Lost {
        /// Where.
        room: RoomId,
        /// What was acknowledged.
        entry: Entry,
    },
    /// A draft that was not given up is no message.
    Unwritten {
        /// Where.
        room: RoomId,
        /// Which draft.
        nonce: Nonce,
    },
    /// A draft is a message, and all that its sender was told is that it is none.
    Refuted {
        /// Where.
        room: RoomId,
        /// Which draft.
        nonce: Nonce,
    },
    /// One draft is two messages.
    Doubled {
        /// Where.
        room: RoomId,
        /// Which draft.
        nonce: Nonce,
    },
    /// A message that was never edited does not say what its author composed.
    Garbled {
        /// Where.
        room: RoomId,
        /// Which draft.
        nonce: Nonce,
    },
    /// A member's messages do not stand in the order in which they were composed.
    Reordered {
        /// Where.
        room: RoomId,
        /// Whose.
        author: MemberId,
        /// The first that stands before one composed earlier.
        nonce: Nonce,
    },
    /// The changes do not go on with the next sequence.
    ChangesHole {
        /// Where.
        room: RoomId,
        /// The last sequence before it.
        after: Sequence,
    },
    /// One edit or deletion is two changes.
    ChangeDoubled {
        /// Where.
        room: RoomId,
        /// Which edit or deletion.
        nonce: Nonce,
    },
    /// A message is not what its last change has made of it.
    NotAsChanged {
        /// Where.
        room: RoomId,
        /// Which message.
        sequence: Sequence,
    },
    /// An edit or a deletion was acknowledged and does not stand.
    ChangeLost {
        /// Where.
        room: RoomId,
        /// Which message.
        sequence: Sequence,
        /// What the edit or deletion was called.
        nonce: Nonce,
    },
    /// A client does not show what the log has.
    ViewDiffers {
        /// Where.
        room: RoomId,
        /// Whose client.
        member: MemberId,
        /// The first place where they differ.
        at: Sequence,
    },
    /// A client has shown an older version of a message after a newer one.
    WentBack {
        /// Where.
        room: RoomId,
        /// Whose client.
        member: MemberId,
        /// Which message.
        sequence: Sequence,
        /// The older revision.
        to: Sequence,
    },
    /// Memberships ended, and not all of that stands in the room's changes.
    EndMissing {
        /// Where.
        room: RoomId,
        /// Whose.
        member: MemberId,
    },
    /// That a membership begins or ends was acknowledged, and by its time line its member was never there meanwhile.
    TurnLost {
        /// Where.
        room: RoomId,
        /// Whose.
        member: MemberId,
        /// Which way it was to turn.
        way: Way,
        /// When that was acknowledged.
        at: Timestamp,
    },
    /// Somebody who was in a room no longer, or not yet, wrote or changed something there.
    Outsider {
        /// Where.
        room: RoomId,
        /// Who.
        member: MemberId,
        /// When.
        at: Timestamp,
    },
    /// A client has never heard that its member was removed.
    Unaware {
        /// Where.
        room: RoomId,
        /// Whose client.
        member: MemberId,
    },
    /// A client got or shows something of a room after its member was removed.
    Leaked {
        /// Where.
        room: RoomId,
        /// Whose client.
        member: MemberId,
        /// What.
        what: String,
    },
    /// A client never got on.
    Stuck {
        /// Whose client.
        member: MemberId,
        /// What it could not get done.
        at: String,
    },
}

impl fmt::Display for Anomaly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hole { room, after } => write!(f, "hole in `{room}` after {after}"),
            Self::Lost { room, entry } => {
                write!(f, "lost in `{room}`: {} acknowledged at {}", entry.nonce, entry.sequence)
            }
            Self::Unwritten { room, nonce } => write!(f, "unwritten in `{room}`: {nonce}"),
            Self::Refuted { room, nonce } => write!(f, "refused, and written in `{room}`: {nonce}"),
            Self::Doubled { room, nonce } => write!(f, "doubled in `{room}`: {nonce}"),
            Self::Garbled { room, nonce } => write!(f, "garbled in `{room}`: {nonce}"),
            Self::Reordered { room, author, nonce } => {
                write!(f, "reordered in `{room}`: {nonce} of {author} stands before an earlier one")
            }
            Self::ChangesHole { room, after } => write!(f, "hole in the changes of `{room}` after {after}"),
            Self::ChangeDoubled { room, nonce } => write!(f, "doubled in the changes of `{room}`: {nonce}"),
            Self::NotAsChanged { room, sequence } => {
                write!(f, "message {sequence} of `{room}` is not as its last change has left it")
            }
            Self::ChangeLost { room, sequence, nonce } => {
                write!(f, "lost in the changes of `{room}`: {nonce}, acknowledged for message {sequence}")
            }
            Self::ViewDiffers { room, member, at } => {
                write!(f, "view of `{room}` by {member} differs from the log at {at}")
            }
            Self::WentBack { room, member, sequence, to } => {
                write!(f, "view of `{room}` by {member} went back to revision {to} of message {sequence}")
            }
            Self::EndMissing { room, member } => {
                write!(f, "not all ends of {member}'s memberships stand in the changes of `{room}`")
            }
            Self::TurnLost { room, member, way, at } => {
                let way = match way {
                    Way::Joined => "in",
                    Way::Left | Way::Removed => "out",
                };
                write!(f, "lost in the memberships of `{room}`: {member} is {way}, acknowledged at {}", at.0)
            }
            Self::Outsider { room, member, at } => {
                write!(f, "{member} wrote or changed something in `{room}` at {}, as an outsider", at.0)
            }
            Self::Unaware { room, member } => write!(f, "{member} never heard of the end in `{room}`"),
            Self::Leaked { room, member, what } => {
                write!(f, "{member}, removed from `{room}`, still got {what}")
            }
            Self::Stuck { member, at } => write!(f, "{member} is stuck: {at}"),
        }
    }
}
