//! How often things may be done, wherever they are done.

use std::time::Duration;

use crate::{ports::Unavailable, rate::Rate};

/// What is left of rates that all processes of an installation share.
pub trait Rates: Send + Sync {
    /// Takes one of what a key has left, or says how long to wait for one. A key is always asked with the same rate.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn take(
        &self,
        key: &str,
        rate: Rate,
    ) -> impl Future<Output = Result<Result<(), Duration>, Unavailable>> + Send;
}
