//! Why Redis could not do it.

use fred::error::{Error, ErrorKind};

/// What is told of Redis. The library's own texts have no address and no password.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum Fault {
    /// It wants another user or password.
    #[error("redis refuses the user or the password")]
    Refused(#[source] Error),
    /// It cannot be reached, or says that it cannot do it.
    #[error("redis does not do it")]
    Failed(#[source] Error),
    /// Nothing was heard of it yet.
    #[error("redis has not answered yet")]
    Silent,
    /// A connection was lost, and with it whatever was under way.
    #[error("a connection to redis was lost")]
    Lost,
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Auth => Self::Refused(error),
            _ => Self::Failed(error),
        }
    }
}
