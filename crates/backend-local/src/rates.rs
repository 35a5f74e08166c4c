//! Rates within one process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use chat::{
    ports::{Rates, Unavailable},
    rate::{Bucket, Rate},
};

/// Most buckets kept; beyond it those that are full are let go.
const BUCKETS_MAX: usize = 100_000;

/// What is left of this process's rates: a handle, cheap to clone. Its clock is tokio's, which tests can stop.
#[derive(Clone)]
pub struct LocalRates {
    began: Instant,
    buckets: Arc<Mutex<HashMap<String, (Rate, Bucket)>>>,
}

impl Default for LocalRates {
    fn default() -> Self {
        Self { began: Instant::now(), buckets: Arc::default() }
    }
}

impl LocalRates {
    /// Takes one of what a key has left, or says how long to wait for one.
    ///
    /// # Errors
    /// The time until one is there.
    pub fn take_now(&self, key: &str, rate: Rate) -> Result<(), Duration> {
        let now = self.began.elapsed();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, (rate, bucket)| !bucket.is_full(*rate, now));
        }
        let (_, bucket) = buckets.entry(key.to_owned()).or_insert_with(|| (rate, Bucket::full(rate, now)));
        bucket.take(rate, now)
    }
}

impl Rates for LocalRates {
    async fn take(&self, key: &str, rate: Rate) -> Result<Result<(), Duration>, Unavailable> {
        Ok(self.take_now(key, rate))
    }
}
