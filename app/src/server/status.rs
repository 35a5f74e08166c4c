//! What a refusal is in HTTP.

use http::StatusCode;

use protocol::Refusal;

/// The status of a refusal.
pub(crate) fn of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::BadFrame { .. }
        | Refusal::TooShort { .. }
        | Refusal::TooLong { .. }
        | Refusal::Invalid { .. }
        | Refusal::SinceAhead => StatusCode::BAD_REQUEST,
        Refusal::NotSignedIn | Refusal::WrongCredentials | Refusal::WrongRecovery => StatusCode::UNAUTHORIZED,
        Refusal::NotInRoom { .. } | Refusal::SwitchedOff { .. } | Refusal::NotAGuest => StatusCode::FORBIDDEN,
        Refusal::NoSuchRoom { .. } => StatusCode::NOT_FOUND,
        Refusal::RoomNotOpen { .. }
        | Refusal::RoomExists { .. }
        | Refusal::TooMany { .. }
        | Refusal::Stale { .. }
        | Refusal::NameTaken => StatusCode::CONFLICT,
        Refusal::TooFast { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Busy { .. } | Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}
