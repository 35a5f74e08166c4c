//! What a client is told where something was not done; where the store did not answer that is logged.

use chat::{
    access::AccessError,
    ports::{LogError, Unavailable},
};
use process::tell_seldom;
use protocol::{Refusal, RequestId, RoomId, ServerMessage};

/// Of what the domain refused.
pub(crate) fn access_refusal(error: AccessError) -> Refusal {
    match error {
        AccessError::Refused(refusal) => refusal,
        AccessError::Unavailable(error) => unavailable(error),
    }
}

/// Of what the log did not do.
pub(crate) fn log_refusal(error: LogError) -> Refusal {
    match error {
        LogError::NoSuchRoom { room } => Refusal::NoSuchRoom { room },
        LogError::NotInRoom { room } => Refusal::NotInRoom { room },
        LogError::NoSuchMessage { .. } | LogError::Overtaken { .. } | LogError::Revised { .. } => {
            Refusal::Unavailable
        }
        LogError::Unavailable(error) => unavailable(error),
    }
}

/// Whether it says that who asked is not in the room, or that there is none.
pub(crate) fn is_outside(refusal: &Refusal) -> bool {
    matches!(refusal, Refusal::NotInRoom { .. } | Refusal::NoSuchRoom { .. })
}

/// The answer to who asked for something of a room that they are not in any more.
pub(crate) fn not_in_room(room: &RoomId, request: RequestId) -> ServerMessage {
    ServerMessage::Refused { request: Some(request), refusal: Refusal::NotInRoom { room: room.clone() } }
}

/// Too much waits: whoever asks again soon is answered.
pub(crate) const BUSY: Refusal = Refusal::Busy { retry_ms: 500 };

/// The store did not answer.
pub(crate) fn unavailable(error: Unavailable) -> Refusal {
    tell_seldom("The store did not answer a connection", &error);
    Refusal::Unavailable
}
