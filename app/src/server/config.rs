//! What operators decide about the pages.

use backend::{Setting, Settings};
use protocol::{Action, Refusal};

use super::limiter::Rates;

/// What operators decide about the pages.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// `HUBBUB_VISITORS`: whether people without a session may read public rooms.
    pub visitors_read: bool,
    /// `HUBBUB_SIGN_UP`: who may make an account.
    pub sign_up: SignUp,
    /// `HUBBUB_GUEST_ACCESS`: whether people may come as guests.
    pub guests_come: bool,
    /// How often accounts are made and used, and rooms looked after, by client address.
    pub rates: Rates,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignUp {
    /// Everybody.
    Open,
    /// Who has an invitation to a room.
    Invite,
    /// Nobody.
    Closed,
}

impl SignUp {
    /// Whether somebody may make one, by an invitation or without.
    pub(crate) fn lets(self, is_invited: bool) -> bool {
        match self {
            Self::Open => true,
            Self::Invite => is_invited,
            Self::Closed => false,
        }
    }
}

const VISITORS: Setting = Setting {
    name: "HUBBUB_VISITORS",
    default: "on",
    meaning: "Whether people without a session may read public rooms.",
    expected: "`on` or `off`",
};
const SIGN_UP: Setting = Setting {
    name: "HUBBUB_SIGN_UP",
    default: "open",
    meaning: "Who may make an account: everybody, those with an invitation to a room, or nobody.",
    expected: "`open`, `invite` or `closed`",
};
const GUEST_ACCESS: Setting = Setting {
    name: "HUBBUB_GUEST_ACCESS",
    default: "on",
    meaning: "Whether people may come as guests. Who is one already stays.",
    expected: "`on` or `off`",
};
const SIGN_UPS: Setting =
    Setting::rate("HUBBUB_SIGN_UPS", "5/2", "Sign-ups from one address: at once, and per minute.");
const SIGN_INS: Setting = Setting::rate(
    "HUBBUB_SIGN_INS",
    "10/10",
    "Sign-ins from one address, and to one name: at once, and per minute.",
);
const GUESTS: Setting =
    Setting::rate("HUBBUB_GUESTS", "10/5", "New guests from one address: at once, and per minute.");
const RESETS: Setting = Setting::rate(
    "HUBBUB_RESETS",
    "5/2",
    "Password resets from one address, and of one name: at once, and per minute.",
);
const ADMIN_ACTS: Setting = Setting::rate(
    "HUBBUB_ADMIN_ACTS",
    "60/60",
    "Acts of rooms' admins, and comings by invitation, from one address: at once, and per minute.",
);

impl Config {
    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            visitors_read: settings.read(&VISITORS, on_or_off),
            sign_up: settings.read(&SIGN_UP, sign_up),
            guests_come: settings.read(&GUEST_ACCESS, on_or_off),
            rates: Rates {
                sign_ups: settings.read_rate_per_minute(&SIGN_UPS),
                sign_ins: settings.read_rate_per_minute(&SIGN_INS),
                guests: settings.read_rate_per_minute(&GUESTS),
                resets: settings.read_rate_per_minute(&RESETS),
                admin_acts: settings.read_rate_per_minute(&ADMIN_ACTS),
            },
        }
    }

    /// The variables that [`Config::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[VISITORS, SIGN_UP, GUEST_ACCESS, SIGN_UPS, SIGN_INS, GUESTS, RESETS, ADMIN_ACTS]
    }
}

impl Config {
    /// Lets somebody make an account, perhaps by an invitation.
    ///
    /// # Errors
    /// [`Refusal::SwitchedOff`].
    pub(super) fn lets_sign_up<T>(&self, invitation: Option<&T>) -> Result<(), Refusal> {
        match self.sign_up.lets(invitation.is_some()) {
            true => Ok(()),
            false => Err(Refusal::SwitchedOff { action: Action::SignUp }),
        }
    }

    /// Lets somebody come as a guest.
    ///
    /// # Errors
    /// [`Refusal::SwitchedOff`].
    pub(super) fn lets_guests_in(&self) -> Result<(), Refusal> {
        match self.guests_come {
            true => Ok(()),
            false => Err(Refusal::SwitchedOff { action: Action::Guest }),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::read(&mut Settings::new(&|_| None))
    }
}

fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

fn sign_up(text: &str) -> Option<SignUp> {
    match text {
        "open" => Some(SignUp::Open),
        "invite" => Some(SignUp::Invite),
        "closed" => Some(SignUp::Closed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chat::rate::Rate;
    use protocol::limits;

    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_protocol() {
        let rates = Config::default().rates;
        let of = |(burst, per_minute): (u32, u32)| Rate { burst, per_second: f64::from(per_minute) / 60.0 };

        assert_eq!(rates.sign_ups, of(limits::SIGN_UPS));
        assert_eq!(rates.sign_ins, of(limits::SIGN_INS));
        assert_eq!(rates.guests, of(limits::GUESTS));
        assert_eq!(rates.resets, of(limits::RESETS));
        assert_eq!(rates.admin_acts, of(limits::ADMIN_ACTS));
    }

    #[test]
    fn who_may_come_is_read_from_the_environment() {
        let get = |name: &str| match name {
            "HUBBUB_SIGN_UP" => Some("invite".to_owned()),
            "HUBBUB_GUEST_ACCESS" => Some("off".to_owned()),
            _ => None,
        };
        let mut settings = Settings::new(&get);
        let config = Config::read(&mut settings);

        assert_eq!((config.sign_up, config.guests_come), (SignUp::Invite, false));
        assert_eq!(settings.finish(), Ok(()));
        assert_eq!(sign_up("Open"), None);
    }
}
