//! What a connection has decided is to be done.

use std::{ops::RangeInclusive, time::Duration};

use chat::ports::Draft;
use protocol::{Anchor, Heads, Nonce, Refusal, RequestId, RoomId, RoomName, Sequence, Topic};

use crate::hub::Wanted;

/// Something for the shell to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Show a room.
    Open { request: RequestId, room: RoomId, have: Option<Heads> },
    /// Show it no longer.
    Close { room: RoomId },
    /// Send a page.
    Page { request: RequestId, room: RoomId, anchor: Anchor, limit: usize },
    /// Make a draft durable.
    Append { room: RoomId, since: Sequence, draft: Draft },
    /// Edit or delete a message.
    Revise { request: RequestId, room: RoomId, sequence: Sequence, nonce: Nonce, wanted: Wanted },
    /// Move the read cursor.
    Read { room: RoomId, upto: Sequence },
    /// Write down now how far the member has read.
    WriteCursors,
    /// Tell those who look.
    ShowTyping { room: RoomId },
    /// Make the member one of a room.
    Join { request: RequestId, room: RoomId },
    /// End the membership.
    Leave { request: RequestId, room: RoomId },
    /// Make a room.
    CreateRoom { request: RequestId, name: RoomName, topic: Topic, private: bool },
    /// List rooms.
    Browse { request: RequestId, after: Option<RoomId> },
    /// Tell all heads.
    TellHeads,
    /// Say no.
    Refuse { request: Option<RequestId>, refusal: Refusal },
    /// Say no to a draft.
    RefuseDraft { room: RoomId, nonce: Nonce, refusal: Refusal },
    /// Nothing.
    Ignore,
}

/// A connection that does more than it may is not read for a while: for as long as it is told to wait, within these.
pub(crate) const PAUSE: RangeInclusive<Duration> = Duration::from_millis(20)..=Duration::from_millis(250);

impl Effect {
    /// For how long nothing is read from the connection afterwards.
    pub(crate) fn pause(&self) -> Option<Duration> {
        match self {
            Self::Refuse { refusal: Refusal::TooFast { retry_ms, .. }, .. }
            | Self::RefuseDraft { refusal: Refusal::TooFast { retry_ms, .. }, .. } => {
                Some(pause(Duration::from_millis(*retry_ms)))
            }
            _ => None,
        }
    }
}

/// A wait that is neither too short nor too long.
pub(crate) fn pause(wait: Duration) -> Duration {
    wait.clamp(*PAUSE.start(), *PAUSE.end())
}
