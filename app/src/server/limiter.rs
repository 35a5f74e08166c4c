//! How often accounts are made and used, and rooms looked after.

use std::{net::IpAddr, time::Duration};

use backend::RateStore;
use chat::rate::Rate;
use protocol::{Action, MemberId, Refusal};

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

/// Who is limited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    Address(IpAddr),
    /// The key of a name, whether somebody has it or not.
    Name(String),
    /// Who is signed in.
    Member(MemberId),
}

/// Counts one, for all processes that share their rates.
///
/// # Errors
/// [`Refusal::TooFast`].
pub(super) async fn take(
    (store, rates): (&RateStore, &Rates),
    action: Action,
    whose: &Whose,
) -> Result<(), Refusal> {
    let Some((word, rate)) = rates.of(action) else { return Ok(()) };
    let key = match whose {
        Whose::Address(address) => format!("{word}:{}", process::network(*address)),
        Whose::Name(name) => format!("{word}:name:{name}"),
        Whose::Member(member) => format!("{word}:member:{member}"),
    };
    store.take(&key, rate).await.map_err(|wait| too_fast(action, wait))
}

impl Rates {
    /// The rate of an action, and what it is called where that is counted.
    fn of(&self, action: Action) -> Option<(&'static str, Rate)> {
        match action {
            Action::SignUp => Some(("sign-up", self.sign_ups)),
            Action::SignIn => Some(("sign-in", self.sign_ins)),
            Action::Guest => Some(("guest", self.guests)),
            Action::Reset => Some(("reset", self.resets)),
            Action::Administer => Some(("administer", self.admin_acts)),
            _ => None,
        }
    }
}

fn too_fast(action: Action, wait: Duration) -> Refusal {
    Refusal::TooFast { action, retry_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) }
}

#[cfg(test)]
mod tests {
    use backend::Backend;

    use super::*;

    #[tokio::test]
    async fn who_is_too_fast_is_told_and_others_are_not() {
        let (store, rates) = (Backend::in_memory().rates, super::super::Config::default().rates);
        let take = async |action, last: &str| {
            let whose = Whose::Address(format!("2001:db8:0:{last}").parse().unwrap());
            take((&store, &rates), action, &whose).await
        };

        for _ in 0..protocol::limits::SIGN_UPS.0 {
            take(Action::SignUp, "1::1").await.unwrap();
        }

        // One household has one IPv4 address but 2^64 IPv6 addresses.
        let refused = take(Action::SignUp, "1::ffff").await;
        assert!(matches!(refused, Err(Refusal::TooFast { action: Action::SignUp, .. })), "{refused:?}");
        assert!(take(Action::SignUp, "2::1").await.is_ok());
        assert!(take(Action::SignIn, "1::1").await.is_ok());
    }

    #[tokio::test]
    async fn who_tries_a_name_keeps_nobody_from_proving_that_it_is_theirs() {
        let (store, rates) = (Backend::in_memory().rates, super::super::Config::default().rates);
        let take = async |whose| take((&store, &rates), Action::SignIn, &whose).await;

        for _ in 0..protocol::limits::SIGN_INS.0 {
            take(Whose::Name("ada".to_owned())).await.unwrap();
        }

        assert!(take(Whose::Name("ada".to_owned())).await.is_err());
        assert!(take(Whose::Member(MemberId::parse("ada").unwrap())).await.is_ok());
    }
}
