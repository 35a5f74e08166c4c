//! What tests measure. In a whole run they do it alone, so that no other test's load is measured with it.

use std::time::Duration;

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::cluster::sized;

static MACHINE: RwLock<()> = RwLock::const_new(());

/// A test's place on the machine.
pub(crate) enum Place {
    /// It has it alone.
    Alone { _held: RwLockWriteGuard<'static, ()> },
    /// Others run beside it.
    Shared { _held: RwLockReadGuard<'static, ()> },
}

/// For a test that measures. A quick run is beside others all the same, and judges by less.
pub(crate) async fn alone() -> Place {
    match sized(false, true) {
        true => Place::Alone { _held: MACHINE.write().await },
        false => beside_others().await,
    }
}

/// For a test that waits for the most part.
pub(crate) async fn beside_others() -> Place {
    Place::Shared { _held: MACHINE.read().await }
}

/// How long things took.
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The time that so many of a hundred did not exceed.
    pub(crate) fn percentile(&self, n: usize) -> Duration {
        self.0[(self.0.len() * n / 100).min(self.0.len() - 1)]
    }

    /// Prints them, for whoever keeps results.
    #[expect(clippy::print_stdout, reason = "figures are what the test is for")]
    pub(crate) fn tell(&self, what: &str) {
        let [p50, p99] = [50, 99].map(|n| self.percentile(n).as_secs_f64() * 1e3);
        println!("result: {what}: p50 {p50:.1} ms, p99 {p99:.1} ms ({} times)", self.0.len());
    }
}
