//! What is said where the domain did not do what was asked.

use chat::{access::AccessError, ports::Unavailable};
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
    tracing::error!(error = &error as &dyn std::error::Error, "The store did not answer a page");
    Refusal::Unavailable
}
