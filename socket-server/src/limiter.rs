//! How often things may be done: by one connection, by one member over all their connections, and from one network.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chat::rate::{Bucket, Rate};
use protocol::{Action, MemberId};

/// Most buckets kept; beyond it those that are full are let go.
const BUCKETS_MAX: usize = 100_000;

/// How often a connection may do what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    /// Messages.
    pub(crate) sends: Rate,
    /// Joining and leaving.
    pub(crate) joins: Rate,
    /// Making rooms.
    pub(crate) rooms: Rate,
    /// Everything else.
    pub(crate) requests: Rate,
    /// How many times as much a member may do, over all their connections.
    pub(crate) per_member: u32,
    /// How many times as much may come from one network.
    pub(crate) per_address: u32,
    /// New connections from one network.
    pub(crate) connects: Rate,
}

/// Whose a bucket is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    Member(MemberId),
    /// See [`network`](process::network).
    Network(IpAddr),
}

/// What members and networks have left of their rates.
pub(crate) struct Limiter {
    rates: Rates,
    buckets: Mutex<HashMap<(Action, Whose), Bucket>>,
}

/// What a connection has left of its rates, its member's and its network's.
pub(crate) struct Allowance {
    limiter: Arc<Limiter>,
    sends: Bucket,
    joins: Bucket,
    rooms: Bucket,
    requests: Bucket,
    shared: [Whose; 2],
}

impl Rates {
    fn of(&self, action: Action) -> Rate {
        match action {
            Action::Send => self.sends,
            Action::Join => self.joins,
            Action::CreateRoom => self.rooms,
            Action::Connect => self.connects,
            Action::Typing
            | Action::Request
            | Action::SignUp
            | Action::SignIn
            | Action::Guest
            | Action::Reset
            | Action::Administer
            | Action::Search => self.requests,
        }
    }

    fn shared(&self, action: Action, whose: &Whose) -> Rate {
        let Rate { burst, per_second } = self.of(action);
        let times = match (action, whose) {
            (Action::Connect, _) => 1,
            (_, Whose::Member(_)) => self.per_member,
            (_, Whose::Network(_)) => self.per_address,
        };
        Rate { burst: burst.saturating_mul(times), per_second: per_second * f64::from(times) }
    }
}

impl Limiter {
    pub(crate) fn new(rates: Rates) -> Arc<Self> {
        Arc::new(Self { rates, buckets: Mutex::default() })
    }

    /// Counts one. `now` is the time since any fixed moment.
    ///
    /// # Errors
    /// The time until it is allowed again.
    pub(crate) fn take(&self, action: Action, whose: &Whose, now: Duration) -> Result<(), Duration> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|(action, whose), bucket| !bucket.is_full(self.rates.shared(*action, whose), now));
        }
        let rate = self.rates.shared(action, whose);
        let bucket = buckets.entry((action, whose.clone())).or_insert_with(|| Bucket::full(rate, now));
        bucket.take(rate, now)
    }
}

impl Allowance {
    pub(crate) fn new(limiter: Arc<Limiter>, member: MemberId, network: IpAddr, now: Duration) -> Self {
        let full = |action| Bucket::full(limiter.rates.of(action), now);
        Self {
            sends: full(Action::Send),
            joins: full(Action::Join),
            rooms: full(Action::CreateRoom),
            requests: full(Action::Request),
            shared: [Whose::Member(member), Whose::Network(network)],
            limiter,
        }
    }

    /// Counts one: by this connection, by its member and from its network.
    ///
    /// # Errors
    /// The time until it is allowed again.
    pub(crate) fn take(&mut self, action: Action, now: Duration) -> Result<(), Duration> {
        let rate = self.limiter.rates.of(action);
        let own = match action {
            Action::Send => &mut self.sends,
            Action::Join => &mut self.joins,
            Action::CreateRoom => &mut self.rooms,
            _ => &mut self.requests,
        };
        own.take(rate, now)?;
        self.shared.iter().try_for_each(|whose| self.limiter.take(action, whose, now))
    }
}

#[cfg(test)]
mod tests {
    use process::network;

    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn many_connections_do_not_make_a_member_faster() {
        let limiter = Limiter::new(rates());
        let mut tabs = [1, 2, 3].map(|n| allowance(&limiter, "ada", n));

        let taken = |tab: &mut Allowance| (0..5).filter(|_| tab.take(Action::Send, NOW).is_ok()).count();

        assert_eq!(tabs.each_mut().map(taken), [3, 3, 0]);
        assert!(allowance(&limiter, "bo", 4).take(Action::Send, NOW).is_ok());
        assert!(tabs[2].take(Action::Request, NOW).is_ok());
    }

    #[test]
    fn many_members_do_not_make_a_network_faster() {
        let limiter = Limiter::new(rates());

        let taken = (0..10).map(|n| {
            let mut one = allowance(&limiter, &format!("m{n}"), 1);
            (0..5).filter(|_| one.take(Action::Send, NOW).is_ok()).count()
        });

        assert_eq!(taken.sum::<usize>(), 12);
        assert!(allowance(&limiter, "far", 2).take(Action::Send, NOW).is_ok());
    }

    #[test]
    fn a_network_of_addresses_is_one_household() {
        let parse = |address: &str| network(address.parse().unwrap());

        assert_eq!(parse("2001:db8::1"), parse("2001:db8::ffff"));
        assert_ne!(parse("2001:db8::1"), parse("2001:db8:0:1::1"));
        assert_ne!(parse("192.0.2.1"), parse("192.0.2.2"));
    }

    fn rates() -> Rates {
        let rate = Rate { burst: 3, per_second: 1.0 };
        Rates {
            sends: rate,
            joins: rate,
            rooms: rate,
            requests: rate,
            per_member: 2,
            per_address: 4,
            connects: rate,
        }
    }

    fn allowance(limiter: &Arc<Limiter>, member: &str, n: u8) -> Allowance {
        let member = MemberId::parse(member).unwrap();
        Allowance::new(Arc::clone(limiter), member, [192, 0, 2, n].into(), NOW)
    }
}
