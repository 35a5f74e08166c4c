//! How often accounts are made and used, and rooms looked after.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use chat::rate::{Bucket, Rate};
use protocol::{Action, Refusal};

/// How often each thing may be done from one client address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Sign-ups.
    pub sign_ups: Rate,
    /// Sign-ins, also to one name.
    pub sign_ins: Rate,
    /// New guests.
    pub guests: Rate,
    /// Password resets, also of one name.
    pub resets: Rate,
    /// Acts of admins, and comings by invitation.
    pub admin_acts: Rate,
}

/// Most buckets kept; beyond it those that are full are let go.
const BUCKETS_MAX: usize = 100_000;

pub(super) struct Limiter {
    rates: Rates,
    began: Instant,
    buckets: Mutex<HashMap<(Action, Whose), Bucket>>,
}

/// Who is limited.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Whose {
    Address(IpAddr),
    /// The key of a name, whether somebody has it or not.
    Name(String),
}

impl Limiter {
    pub(super) fn new(rates: Rates) -> Self {
        Self { rates, began: Instant::now(), buckets: Mutex::default() }
    }

    /// Counts one.
    ///
    /// # Errors
    /// [`Refusal::TooFast`].
    pub(super) fn take(&self, action: Action, whose: Whose) -> Result<(), Refusal> {
        let Some(rate) = self.rate(action) else { return Ok(()) };
        let now = self.began.elapsed();
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|(action, _), bucket| {
                self.rate(*action).is_some_and(|rate| !bucket.is_full(rate, now))
            });
        }
        let bucket = buckets.entry((action, by_network(whose))).or_insert_with(|| Bucket::full(rate, now));
        bucket.take(rate, now).map_err(|wait| too_fast(action, wait))
    }

    fn rate(&self, action: Action) -> Option<Rate> {
        match action {
            Action::SignUp => Some(self.rates.sign_ups),
            Action::SignIn => Some(self.rates.sign_ins),
            Action::Guest => Some(self.rates.guests),
            Action::Reset => Some(self.rates.resets),
            Action::Administer => Some(self.rates.admin_acts),
            _ => None,
        }
    }
}

/// One household has one IPv4 address but 2^64 IPv6 addresses: those count by their /64.
fn by_network(whose: Whose) -> Whose {
    match whose {
        Whose::Address(IpAddr::V6(address)) => {
            Whose::Address(IpAddr::V6((u128::from(address) & (u128::MAX << 64)).into()))
        }
        other => other,
    }
}

fn too_fast(action: Action, wait: Duration) -> Refusal {
    Refusal::TooFast { action, retry_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_too_fast_is_told_and_others_are_not() {
        let limiter = Limiter::new(super::super::Config::default().rates);
        let ada = || Whose::Address([192, 0, 2, 1].into());

        for _ in 0..protocol::limits::SIGN_UPS.0 {
            limiter.take(Action::SignUp, ada()).unwrap();
        }

        let refused = limiter.take(Action::SignUp, ada());
        assert!(matches!(refused, Err(Refusal::TooFast { action: Action::SignUp, .. })));
        assert!(limiter.take(Action::SignUp, Whose::Address([192, 0, 2, 2].into())).is_ok());
        assert!(limiter.take(Action::SignIn, ada()).is_ok());
    }

    #[test]
    fn a_network_of_addresses_is_one_household() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let other: IpAddr = "2001:db8::ffff".parse().unwrap();

        assert_eq!(by_network(Whose::Address(one)), by_network(Whose::Address(other)));
    }
}
