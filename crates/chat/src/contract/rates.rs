//! What shared rates are. Behaviours take them, and a function that lets a time pass on their clock.

use std::time::Duration;

use futures::future::join_all;

use super::unique;
use crate::{ports::Rates, rate::Rate};

/// Stamps one test per behaviour; `$fresh` makes rates and an async function that lets a time pass.
#[macro_export]
macro_rules! rates_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(rates, $fresh;
            a_burst_passes_and_then_nothing,
            keys_have_rates_of_their_own,
            what_was_taken_comes_back_with_time,
            no_more_than_a_burst_comes_back,
            of_fifty_at_once_a_burst_passes,
        );
    };
}

/// Three at once, then two a second.
const RATE: Rate = Rate { burst: 3, per_second: 2.0 };

pub async fn a_burst_passes_and_then_nothing((rates, _): (impl Rates, impl AsyncFn(Duration))) {
    let key = unique_key();

    for _ in 0..RATE.burst {
        assert_eq!(rates.take(&key, RATE).await.unwrap(), Ok(()));
    }

    let wait = rates.take(&key, RATE).await.unwrap().unwrap_err();
    assert!(wait > Duration::ZERO && wait <= Duration::from_millis(500), "{wait:?}");
}

pub async fn keys_have_rates_of_their_own((rates, _): (impl Rates, impl AsyncFn(Duration))) {
    let (ada, bo) = (unique_key(), unique_key());
    exhaust(&rates, &ada).await;

    assert_eq!(rates.take(&bo, RATE).await.unwrap(), Ok(()));
    assert!(rates.take(&ada, RATE).await.unwrap().is_err());
}

pub async fn what_was_taken_comes_back_with_time((rates, pass): (impl Rates, impl AsyncFn(Duration))) {
    let key = unique_key();
    exhaust(&rates, &key).await;

    let wait = rates.take(&key, RATE).await.unwrap().unwrap_err();
    pass(wait + Duration::from_millis(1)).await;

    assert_eq!(rates.take(&key, RATE).await.unwrap(), Ok(()));
    assert!(rates.take(&key, RATE).await.unwrap().is_err());
}

pub async fn no_more_than_a_burst_comes_back((rates, pass): (impl Rates, impl AsyncFn(Duration))) {
    let key = unique_key();
    exhaust(&rates, &key).await;

    pass(Duration::from_secs(3)).await;

    for _ in 0..RATE.burst {
        assert_eq!(rates.take(&key, RATE).await.unwrap(), Ok(()));
    }
    assert!(rates.take(&key, RATE).await.unwrap().is_err());
}

pub async fn of_fifty_at_once_a_burst_passes((rates, _): (impl Rates, impl AsyncFn(Duration))) {
    // So slow that none comes back meanwhile.
    let (key, rate) = (unique_key(), Rate { burst: 5, per_second: 0.01 });

    let taken = join_all((0..50).map(|_| rates.take(&key, rate))).await;

    assert_eq!(taken.into_iter().filter(|taken| *taken.as_ref().unwrap() == Ok(())).count(), 5);
}

async fn exhaust(rates: &impl Rates, key: &str) {
    for _ in 0..RATE.burst {
        rates.take(key, RATE).await.unwrap().unwrap();
    }
}

fn unique_key() -> String {
    format!("{:016x}", unique())
}
