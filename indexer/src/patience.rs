//! For how long who makes an index anew, or puts in what was set aside, waits for those that do not answer.

use std::time::Duration;

use chat::ports::Unavailable;
use process::tell_seldom;
use tokio::time::{Instant, sleep};

/// What did not work is tried again after this time.
pub(crate) const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// What still does not work then is given up: a collection wakes in half a minute.
pub(crate) const PATIENCE: Duration = Duration::from_mins(5);

/// Asks until there is an answer, or patience ends. Each failure is told as `what`.
pub(crate) async fn patiently<T>(
    what: &'static str,
    mut ask: impl AsyncFnMut() -> Result<T, Unavailable>,
) -> Result<T, Unavailable> {
    let until = Instant::now() + PATIENCE;
    loop {
        match ask().await {
            Err(error) if Instant::now() <= until => tell_seldom(what, &error),
            answered => return answered,
        }
        sleep(AGAIN_AFTER).await;
    }
}
