//! Time that passes when everything that can happen has happened, and then quickly.

use std::time::Duration;

/// One step of the simulated clock.
const STEP: Duration = Duration::from_millis(1);
/// What a step takes at least: the database works on a thread of its own, in real time.
const STEP_TAKES: Duration = Duration::from_micros(40);
/// So often everything gets its turn in a step, at least.
const TURNS: usize = 4;

/// Lets time pass, for ever. The clock must be paused; since this is never idle, it moves by this alone.
pub(crate) async fn run() {
    loop {
        let began = std::time::Instant::now();
        let mut n = 0;
        while n < TURNS || began.elapsed() < STEP_TAKES {
            tokio::task::yield_now().await;
            n += 1;
        }
        tokio::time::advance(STEP).await;
    }
}
