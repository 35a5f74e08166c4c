//! Passwords cost a core for a while, so only a few are hashed at once.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use chat::secrets::PasswordHash;
use protocol::{Password, Refusal};

/// Passwords hashed at once.
const AT_ONCE: usize = 2;
/// Passwords that wait for their turn; whoever comes later hears *busy*.
const WAITING_MAX: usize = 32;
/// How long one waits for a turn.
const WAIT_MAX: Duration = Duration::from_secs(5);

pub(super) struct Hashing {
    turns: Arc<Semaphore>,
    places: Semaphore,
}

impl Default for Hashing {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_ONCE)), places: Semaphore::new(AT_ONCE + WAITING_MAX) }
    }
}

impl Hashing {
    /// Hashes a new password.
    ///
    /// # Errors
    /// [`Refusal::Busy`].
    pub(super) async fn hash(&self, password: Password, salt: [u8; 16]) -> Result<PasswordHash, Refusal> {
        self.work(move || PasswordHash::of(&password, salt)).await
    }

    /// Whether a password fits a hash. Where there is none, a hash is made all the same: the answer takes as long for a
    /// name that nobody has.
    ///
    /// # Errors
    /// [`Refusal::Busy`].
    pub(super) async fn fits(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, Refusal> {
        self.work(move || {
            let Some(hash) = hash else {
                PasswordHash::of(&password, [0; 16]);
                return false;
            };
            hash.is_of(&password)
        })
        .await
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
        let busy = || Refusal::Busy { retry_ms: u64::try_from(WAIT_MAX.as_millis()).expect("seconds") };
        let _place = self.places.try_acquire().map_err(|_| busy())?;
        let turn = tokio::time::timeout(WAIT_MAX, Arc::clone(&self.turns).acquire_owned());
        let turn = turn.await.map_err(|_| busy())?.expect("the semaphore is never closed");
        let worked = tokio::task::spawn_blocking(move || {
            let _turn = turn; // Kept until the work is done, also when nobody waits for it any longer.
            work()
        });
        worked.await.map_err(|_| busy())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_crowd_hears_busy_and_the_rest_is_served() {
        let hashing = Hashing::default();
        let password = || Password::parse("correct horse").unwrap();

        let tries = (0..AT_ONCE + WAITING_MAX + 5).map(|_| hashing.fits(password(), None));
        let answers = futures::future::join_all(tries).await;

        let n_busy = answers.iter().filter(|answer| matches!(answer, Err(Refusal::Busy { .. }))).count();
        assert!(n_busy >= 5, "{n_busy}");
        assert!(answers.contains(&Ok(false)));
    }
}
