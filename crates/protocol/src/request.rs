//! What a client says.

use serde::{Deserialize, Serialize};

use crate::{Heads, MessageText, Nonce, RequestId, RoomId, RoomName, Sequence, Topic};

/// What a client says, as one JSON object with its `type`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Shows a room from now on. Answered by `opened`, then what happens there follows.
    Open {
        /// The client's number for it.
        request: RequestId,
        /// Which room.
        room: RoomId,
        /// How far the client has received the room's two chains; none if it has nothing of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        have: Option<Heads>,
    },
    /// Shows a room no longer. Not answered.
    Close {
        /// Which room.
        room: RoomId,
    },
    /// Asks for some of a room's history. Answered by `page`.
    Page {
        /// The client's number for it.
        request: RequestId,
        /// Which room.
        room: RoomId,
        /// Where the page lies.
        anchor: Anchor,
        /// Most messages to send, 1 to [`PAGE_MAX`](crate::limits::PAGE_MAX). Of long ones there are fewer, of as many bytes as
        /// [`PAGE_MAX_BYTES`](crate::limits::PAGE_MAX_BYTES): where a page ends is said by its sequences.
        limit: usize,
    },
    /// Makes a text a message. Answered by `sent` once it is durable, or by `not_sent`. Sending it again is safe.
    Send {
        /// Which room.
        room: RoomId,
        /// The client's name for the draft: the same whenever it is sent again.
        nonce: Nonce,
        /// Up to where the client has looked for that nonce itself: the room's head known before the first try.
        since: Sequence,
        /// What it says.
        text: MessageText,
    },
    /// Gives one's own message another text. Answered by `revised` once that is durable. Asking again is safe.
    Edit {
        /// The client's number for it.
        request: RequestId,
        /// Which room.
        room: RoomId,
        /// Which message.
        sequence: Sequence,
        /// The revision that its editor saw: of two edits of the same text the first stands.
        seen: Sequence,
        /// The client's name for the edit: the same whenever it is asked for again.
        nonce: Nonce,
        /// What it says from now on.
        text: MessageText,
    },
    /// Takes a message's text away, for good and from everybody. Answered by `revised`. Asking again is safe.
    Delete {
        /// The client's number for it.
        request: RequestId,
        /// Which room.
        room: RoomId,
        /// Which message, whatever it says by now.
        sequence: Sequence,
        /// The client's name for the deletion: the same whenever it is asked for again.
        nonce: Nonce,
    },
    /// Moves the member's read cursor forward. Not answered; the member's other connections hear `read`. It is written
    /// down within a minute.
    Read {
        /// Which room.
        room: RoomId,
        /// The last message read.
        upto: Sequence,
    },
    /// Says that the page is hidden, and may be gone at any moment: cursors are written down now. Not answered.
    Hidden,
    /// Says that the member types in a room that is open. Not answered.
    Typing {
        /// Which room.
        room: RoomId,
    },
    /// Makes the member one of a public room. Answered by `joined`.
    Join {
        /// The client's number for it.
        request: RequestId,
        /// Which room.
        room: RoomId,
    },
    /// Ends the membership. Answered by `left`.
    Leave {
        /// The client's number for it.
        request: RequestId,
        /// Which room.
        room: RoomId,
    },
    /// Makes a room with the member as its admin. Answered by `joined`.
    CreateRoom {
        /// The client's number for it.
        request: RequestId,
        /// What it is called.
        name: RoomName,
        /// What it is about.
        topic: Topic,
        /// Whether it exists for its members only.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        private: bool,
    },
    /// Asks which public rooms there are, by address. Answered by `rooms`.
    Browse {
        /// The client's number for it.
        request: RequestId,
        /// The last address of the listing before, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<RoomId>,
    },
    /// Asks how far the member's rooms are, and whether anybody is there. Answered by `heads`.
    Heads,
}

/// Where a page of history lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// The last messages of the room.
    End,
    /// The messages before this one.
    Before(Sequence),
    /// The messages after this one.
    After(Sequence),
    /// This message, with as many on either side as fit.
    Around(Sequence),
}
