//! Rates as this process was configured with.

use std::time::Duration;

#[cfg(feature = "aws")]
use backend_aws::RedisRates;
use backend_local::LocalRates;
use chat::{ports::Rates as _, rate::Rate};

/// What is left of shared rates, where this process was configured to keep it: a handle, cheap to clone.
#[derive(Clone)]
pub enum RateStore {
    /// Within the process.
    Local(LocalRates),
    /// In Redis, and within the process while that is away.
    #[cfg(feature = "aws")]
    Redis(RedisRates, LocalRates),
}

impl RateStore {
    /// Takes one of what a key has left, or says how long to wait for one. Where others cannot be asked, this process
    /// decides by itself.
    ///
    /// # Errors
    /// The time until one is there.
    pub async fn take(&self, key: &str, rate: Rate) -> Result<(), Duration> {
        match self {
            Self::Local(it) => it.take(key, rate).await.unwrap_or(Ok(())), // It always answers.
            #[cfg(feature = "aws")]
            Self::Redis(it, meanwhile) => match Box::pin(it.take(key, rate)).await {
                Ok(taken) => taken,
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::debug!(error, "Rates are not shared now");
                    meanwhile.take_now(key, rate)
                }
            },
        }
    }
}
