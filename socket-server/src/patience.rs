//! Waiting: for a store or the bus, but not for ever; and for what may not be.

use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::Instant;

use chat::ports::Unavailable;

/// A store or the bus answers within this time, or counts as away. Longer than SQLite waits for another process.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// What can be done without answers within this time: the bus, or presence.
pub(crate) const BUS_WITHIN: Duration = Duration::from_secs(2);

/// Waits for an answer, but not for ever. What was asked may still be done. `what` names it for [`Unavailable`].
pub(crate) async fn in_time<T, E: From<Unavailable>>(
    what: &'static str,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    within(ANSWER_WITHIN, what, asked).await
}

/// As [`in_time`], for another time.
pub(crate) async fn within<T, E: From<Unavailable>>(
    limit: Duration,
    what: &'static str,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    match tokio::time::timeout(limit, asked).await {
        Ok(answered) => answered,
        Err(elapsed) => Err(Unavailable::new(what, elapsed).into()),
    }
}

/// What comes of a future, if there is one: else nothing, ever.
pub(crate) async fn pending_or<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

/// Ends at a time, if there is one.
pub(crate) async fn pending_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_never_answers_counts_as_away() {
        let began = Instant::now();

        let answer = in_time("the store", pending::<Result<(), Unavailable>>()).await;

        assert!(answer.unwrap_err().to_string().contains("the store"));
        assert_eq!(began.elapsed(), ANSWER_WITHIN);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_is_taken_as_it_is() {
        assert_eq!(in_time("the store", ready(Ok::<_, Unavailable>(7))).await.unwrap(), 7);
    }
}
