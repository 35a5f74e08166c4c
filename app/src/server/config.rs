//! What operators decide about the pages.

use backend::{Setting, Settings};
use chat::rate::Rate;

use super::limiter::Rates;

/// What operators decide about the pages.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// `HUBBUB_VISITORS`: whether people without a session may read public rooms.
    pub visitors_read: bool,
    /// How often accounts are made and used, by client address.
    pub rates: Rates,
}

const VISITORS: Setting = Setting {
    name: "HUBBUB_VISITORS",
    default: "on",
    meaning: "Whether people without a session may read public rooms.",
    expected: "`on` or `off`",
};
const SIGN_UPS: Setting =
    rate_setting("HUBBUB_SIGN_UPS", "5/2", "Sign-ups from one address: at once, and per minute.");
const SIGN_INS: Setting = rate_setting(
    "HUBBUB_SIGN_INS",
    "10/10",
    "Sign-ins from one address, and to one name: at once, and per minute.",
);
const GUESTS: Setting =
    rate_setting("HUBBUB_GUESTS", "10/5", "New guests from one address: at once, and per minute.");
const RESETS: Setting = rate_setting(
    "HUBBUB_RESETS",
    "5/2",
    "Password resets from one address, and of one name: at once, and per minute.",
);

impl Config {
    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            visitors_read: settings.read(&VISITORS, on_or_off),
            rates: Rates {
                sign_ups: settings.read(&SIGN_UPS, rate),
                sign_ins: settings.read(&SIGN_INS, rate),
                guests: settings.read(&GUESTS, rate),
                resets: settings.read(&RESETS, rate),
            },
        }
    }

    /// The variables that [`Config::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[VISITORS, SIGN_UPS, SIGN_INS, GUESTS, RESETS]
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::read(&mut Settings::new(&|_| None))
    }
}

const fn rate_setting(name: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default, meaning, expected: "two numbers from 1 on, as in `5/2`" }
}

fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// `5/2`: five at once, then two a minute.
fn rate(text: &str) -> Option<Rate> {
    let (burst, per_minute) = text.split_once('/')?;
    let (burst, per_minute): (u32, u32) = (burst.parse().ok()?, per_minute.parse().ok()?);
    (burst > 0 && per_minute > 0).then(|| Rate { burst, per_second: f64::from(per_minute) / 60.0 })
}

#[cfg(test)]
mod tests {
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
    }

    #[test]
    fn a_rate_of_nothing_is_none() {
        for bad in ["", "5", "0/1", "1/0", "a/b", "-1/2"] {
            assert_eq!(rate(bad), None, "{bad}");
        }
    }
}
