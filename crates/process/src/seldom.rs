//! What fails with every request while something is away is logged once in a while, with how often it has failed.

use std::{
    collections::BTreeMap,
    error::Error,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The same is told once in this time.
const EVERY: Duration = Duration::from_secs(10);

static FAILURES: Mutex<Failures> = Mutex::new(Failures(BTreeMap::new()));

/// By what failed.
struct Failures(BTreeMap<&'static str, Failure>);

struct Failure {
    told_at: Instant,
    /// How often since.
    times: u64,
}

/// Logs that something failed and why, unless that was told just now.
pub fn tell_seldom(what: &'static str, why: &(dyn Error + 'static)) {
    let due = FAILURES.lock().unwrap_or_else(PoisonError::into_inner).add(what, Instant::now());
    if let Some(times) = due {
        tracing::error!(error = why, times, "{what}");
    }
}

impl Failures {
    /// Counts one more. Where it is to be told now: how many there are since it was told last.
    fn add(&mut self, what: &'static str, now: Instant) -> Option<u64> {
        let Some(failure) = self.0.get_mut(what) else {
            self.0.insert(what, Failure { told_at: now, times: 0 });
            return Some(1);
        };
        failure.times += 1;
        if now < failure.told_at + EVERY {
            return None;
        }
        failure.told_at = now;
        Some(std::mem::take(&mut failure.times))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_at_once_and_then_seldom_with_how_often_it_was() {
        let (mut failures, began) = (Failures(BTreeMap::new()), Instant::now());

        assert_eq!(failures.add("this", began), Some(1));
        for _ in 0..7 {
            assert_eq!(failures.add("this", began + EVERY / 2), None);
        }
        assert_eq!(failures.add("that", began + EVERY / 2), Some(1));
        assert_eq!(failures.add("this", began + EVERY), Some(8));
        assert_eq!(failures.add("this", began + EVERY), None);
    }
}
