//! What a refusal is in HTTP.

use http::StatusCode;

use protocol::Refusal;

/// The status of a refusal.
pub fn status(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::BadFrame { .. }
        | Refusal::TooShort { .. }
        | Refusal::TooLong { .. }
        | Refusal::Invalid { .. }
        | Refusal::SinceAhead => StatusCode::BAD_REQUEST,
        Refusal::NotSignedIn | Refusal::WrongCredentials | Refusal::WrongRecovery => StatusCode::UNAUTHORIZED,
        Refusal::NotInRoom { .. }
        | Refusal::NotAdmin { .. }
        | Refusal::Banned
        | Refusal::SwitchedOff { .. }
        | Refusal::NotAGuest
        | Refusal::NotYours { .. } => StatusCode::FORBIDDEN,
        Refusal::NoSuchRoom { .. }
        | Refusal::NoSuchMessage { .. }
        | Refusal::NoSuchMember
        | Refusal::NoSuchInvite => StatusCode::NOT_FOUND,
        Refusal::InviteExpired | Refusal::InviteUsedUp => StatusCode::GONE,
        Refusal::RoomNotOpen { .. }
        | Refusal::RoomExists { .. }
        | Refusal::TooMany { .. }
        | Refusal::Stale { .. }
        | Refusal::Overtaken { .. }
        | Refusal::LastAdmin { .. }
        | Refusal::NotConfirmed { .. }
        | Refusal::NameTaken => StatusCode::CONFLICT,
        Refusal::TooFast { .. } => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Busy { .. } | Refusal::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_can_mend_it_is_told_by_the_hundreds() {
        let check =
            |refusal: Refusal, expected: u16| assert_eq!(status(&refusal).as_u16(), expected, "{refusal:?}");

        check(Refusal::NameTaken, 409);
        check(Refusal::WrongCredentials, 401);
        check(Refusal::TooFast { action: protocol::Action::SignIn, retry_ms: 1 }, 429);
        check(Refusal::Busy { retry_ms: 1 }, 503);
        check(Refusal::Unavailable, 503);
    }
}
