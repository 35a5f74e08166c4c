//! How long to wait for something.

use std::{
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use anyhow::Result;

/// How long to wait for something that must happen.
#[derive(Clone, Debug)]
pub struct Patience {
    limit: Duration,
    /// Since when nothing goes wrong any more; before that nothing need happen.
    calm: Option<Arc<OnceLock<Instant>>>,
}

impl From<Duration> for Patience {
    fn from(limit: Duration) -> Self {
        Self { limit, calm: None }
    }
}

impl From<&Patience> for Patience {
    fn from(patience: &Patience) -> Self {
        patience.clone()
    }
}

impl Patience {
    /// Without end until `calm` is known, from then on up to `limit`.
    pub fn after(calm: Arc<OnceLock<Instant>>, limit: Duration) -> Self {
        Self { limit, calm: Some(calm) }
    }

    /// Goes on waiting, for something that was begun to be waited for at this time.
    ///
    /// # Errors
    /// When that was too long ago.
    pub fn check(&self, began: Instant, what: &str) -> Result<()> {
        let since = match &self.calm {
            None => began,
            Some(calm) => match calm.get() {
                None => return Ok(()),
                Some(calm) => began.max(*calm),
            },
        };
        anyhow::ensure!(since.elapsed() < self.limit, "{what} took more than {:?}", self.limit);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_calm_waits_without_end_until_it_comes() {
        let (calm, began) = (Arc::default(), Instant::now());
        let patience = Patience::after(Arc::clone(&calm), Duration::ZERO);
        assert!(patience.check(began, "sending").is_ok());

        calm.set(Instant::now()).unwrap();

        let error = patience.check(began, "sending").unwrap_err();
        assert_eq!(error.to_string(), "sending took more than 0ns");
    }
}
