//! A draft, and how far it is.

use std::time::Duration;

use protocol::{MemberId, MessageText, Nonce, Refusal, RoomId, Sequence};

/// Text not yet durable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Which room.
    pub room: RoomId,
    /// Who wrote it; nobody else's client sends it.
    pub author: MemberId,
    /// Its name, the same however often it is sent.
    pub nonce: Nonce,
    /// The room's head known when it was written: its nonce stands nowhere up to there.
    pub since: Sequence,
    /// What it says.
    pub text: MessageText,
}

/// A draft as it outlives its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptDraft {
    /// The draft.
    pub draft: Draft,
    /// Why the server did not take it, if that was its answer: it goes out again only by its member's will.
    pub refusal: Option<Refusal>,
}

/// How far a draft is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftState {
    /// It is being put into the outbox; the composer still has the text.
    Saving,
    /// It waits for the connection or for those before it.
    Waiting,
    /// It was sent at this time, and not answered yet.
    Sending {
        /// When, on the clock that the driver passes.
        at: Duration,
    },
    /// It is durable at this place, and not yet in what is loaded of the room.
    Sent {
        /// Its place.
        sequence: Sequence,
    },
    /// The server did not take it. The member tries again or discards it.
    Refused(Refusal),
}

/// A draft and how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The draft.
    pub draft: Draft,
    /// How far it is.
    pub state: DraftState,
}
