//! What is said where the domain did not do what was asked.

use chat::{access::AccessError, ports::Unavailable};
use process::tell_seldom;
use protocol::Refusal;

/// What the asker is told; where the store did not answer that is logged.
pub(super) fn refusal(error: AccessError) -> Refusal {
    match error {
        AccessError::Refused(refusal) => refusal,
        AccessError::Unavailable(error) => unavailable(error),
    }
}

/// The store did not answer.
pub(super) fn unavailable(error: Unavailable) -> Refusal {
    tell_seldom("The store did not answer a page", &error);
    Refusal::Unavailable
}
