//! How often: token buckets.

use std::time::Duration;

/// How much at once, and how fast it comes back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Most at once.
    pub burst: u32,
    /// How often after that, per second.
    pub per_second: f64,
}

/// What is left of a rate. `now` is the time since any fixed moment.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    tokens: f64,
    at: Duration,
}

impl Bucket {
    /// A full bucket.
    pub fn full(rate: Rate, now: Duration) -> Self {
        Self { tokens: f64::from(rate.burst), at: now }
    }

    /// Takes one, or says how long to wait for one.
    ///
    /// # Errors
    /// The time until one is there.
    pub fn take(&mut self, rate: Rate, now: Duration) -> Result<(), Duration> {
        let gained = now.saturating_sub(self.at).as_secs_f64() * rate.per_second;
        self.tokens = (self.tokens + gained).min(f64::from(rate.burst));
        self.at = self.at.max(now);
        if self.tokens < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - self.tokens) / rate.per_second));
        }
        self.tokens -= 1.0;
        Ok(())
    }

    /// Whether the bucket is full again, so that it need not be kept.
    pub fn is_full(&self, rate: Rate, now: Duration) -> bool {
        let gained = now.saturating_sub(self.at).as_secs_f64() * rate.per_second;
        self.tokens + gained >= f64::from(rate.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, per_second: 2.0 };

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let mut bucket = Bucket::full(RATE, Duration::ZERO);

        for _ in 0..3 {
            bucket.take(RATE, Duration::ZERO).unwrap();
        }
        let wait = bucket.take(RATE, Duration::ZERO).unwrap_err();

        assert_eq!(wait, Duration::from_millis(500));
        assert!(bucket.take(RATE, wait).is_ok());
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut bucket = Bucket::full(RATE, Duration::from_secs(10));

        for _ in 0..3 {
            bucket.take(RATE, Duration::from_secs(10)).unwrap();
        }

        assert!(bucket.take(RATE, Duration::ZERO).is_err());
        assert!(!bucket.is_full(RATE, Duration::from_secs(10)));
        assert!(bucket.is_full(RATE, Duration::from_secs(12)));
    }
}
