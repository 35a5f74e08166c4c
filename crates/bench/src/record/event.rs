//! What can be written down of a run.

use chat::ports::{Change, Turn};
use protocol::{MemberId, Message, MessageText, Nonce, Refusal, RoomId, Sequence, Timestamp};
use serde::{Deserialize, Serialize};

use crate::checker::{Bounds, Entry, Removed};

/// One line of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When, in milliseconds since the run began.
    pub at_ms: u64,
    /// The number of the client that it is about, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<u32>,
    /// What happened.
    pub event: Event,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The run begins.
    Run(Run),
    /// There is a client of this member's.
    Client(MemberId),
    /// The member wrote something.
    Composed {
        /// For which room.
        room: RoomId,
        /// What it is called.
        nonce: Nonce,
        /// What it says.
        text: MessageText,
    },
    /// Something was asked for: of the server, or of the store where it is no client's.
    Invoke(Act),
    /// It was answered: it is done.
    Ok(Act),
    /// It was answered: it was refused.
    Fail {
        /// What.
        act: Act,
        /// Why.
        refusal: Refusal,
    },
    /// It will not be answered: it may or may not have been done.
    Unknown(Act),
    /// A refused draft goes out again: it stands where it comes to stand.
    SentAgain(Nonce),
    /// A refused draft is given up: it may be in no log.
    GivenUp(Nonce),
    /// Messages are on screen, or on screen in another version.
    Saw {
        /// Of which room.
        room: RoomId,
        /// Whether the room is shown from somewhere else than before.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        anew: bool,
        /// The messages: those at the end in order, then others.
        shown: Vec<Shown>,
    },
    /// Nothing of a room is on screen any longer, nor kept.
    Forgot {
        /// Which room.
        room: RoomId,
    },
    /// The client heard that its member is in a room no longer.
    Left {
        /// Which room.
        room: RoomId,
        /// The last message on screen then.
        at: Sequence,
    },
    /// Something was made to go wrong.
    Fault(Fault),
    /// What the client shows of a room at the end, from top to bottom.
    View {
        /// Which room.
        room: RoomId,
        /// The messages.
        messages: Vec<Message>,
    },
    /// What came of somebody who was removed for good.
    Removed(Removed),
    /// The client never got on.
    Stuck {
        /// At what.
        at: String,
    },
    /// A message as the store has it at the end: each room's in the order in which they were read.
    Message {
        /// Of which room.
        room: RoomId,
        /// The message.
        message: Message,
    },
    /// A change as the store has it at the end, likewise.
    Change {
        /// Of which room.
        room: RoomId,
        /// The change.
        change: Change,
    },
    /// The time line of a membership as the store has it at the end.
    Turns {
        /// Of which room.
        room: RoomId,
        /// Whose.
        member: MemberId,
        /// Beginnings and ends, in order.
        turns: Vec<Turn>,
    },
}

/// What run it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// When it began, by the wall clock, as the store's times are.
    pub began: Timestamp,
    /// What decided who did what.
    pub seed: u64,
    /// How many clients there are.
    pub n_clients: usize,
    /// How many rooms.
    pub n_rooms: usize,
    /// How soon the end of a membership was to be noticed.
    pub bounds: Bounds,
}

/// What is asked for in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// In which.
    pub room: RoomId,
    /// What.
    pub what: What,
}

/// What can be asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// That a draft becomes a message.
    Send {
        /// Which.
        nonce: Nonce,
        /// Where it stands, once that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sequence: Option<Sequence>,
    },
    /// That a message says something else, or nothing.
    Revise {
        /// What the edit or deletion is called.
        nonce: Nonce,
        /// Which message.
        sequence: Sequence,
        /// What it is to say; none deletes it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<MessageText>,
    },
    /// To be let in.
    Join,
    /// To be let out.
    Leave,
    /// That somebody is put out.
    Remove(MemberId),
    /// That somebody is let in.
    Add(MemberId),
}

/// A message on screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// Which.
    #[serde(flatten)]
    pub entry: Entry,
    /// In which version.
    pub revision: Sequence,
}

impl Shown {
    /// A message as it is.
    pub fn of(message: &Message) -> Self {
        Self { entry: Entry::of(message), revision: message.revision }
    }
}

/// Something that was made to go wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// When, by the clock of whoever did it; none where that is the record's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// What.
    pub what: String,
    /// And where, or for how long.
    pub detail: String,
}
