//! What operators decide about the socket server.

use std::num::NonZeroUsize;

use backend::{Setting, Settings};
use chat::rate::Rate;

use crate::connection::Rates;

/// What operators decide about the socket server.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// `HUBBUB_SEND_QUEUE_BYTES`: bytes that may wait for one connection before it must resync. Default 262144.
    pub send_queue_bytes: NonZeroUsize,
    /// `HUBBUB_CONNECTIONS_PER_MEMBER`: connections of one member. Default 20.
    pub per_member: NonZeroUsize,
    /// `HUBBUB_CONNECTIONS_PER_ADDRESS`: connections from one client address. Default 100.
    pub per_address: NonZeroUsize,
    pub(crate) rates: Rates,
}

const SEND_QUEUE_BYTES: Setting = Setting {
    name: "HUBBUB_SEND_QUEUE_BYTES",
    default: "262144",
    meaning: "Bytes that may wait for one connection before it must resync.",
    expected: "a number of bytes from 1 on",
};
const PER_MEMBER: Setting = Setting {
    name: "HUBBUB_CONNECTIONS_PER_MEMBER",
    default: "20",
    meaning: "Connections that one member may have.",
    expected: "a number from 1 on",
};
const PER_ADDRESS: Setting = Setting {
    name: "HUBBUB_CONNECTIONS_PER_ADDRESS",
    default: "100",
    meaning: "Connections that may come from one address.",
    expected: "a number from 1 on",
};
const SENDS: Setting =
    rate_setting("HUBBUB_SENDS", "30/10", "Messages of one connection: at once, and per second.");
const JOINS: Setting =
    rate_setting("HUBBUB_JOINS", "20/1", "Joining and leaving by one connection: at once, and per second.");
const ROOMS: Setting =
    rate_setting("HUBBUB_ROOMS", "5/1", "Rooms made by one connection: at once, and per second.");
const REQUESTS: Setting =
    rate_setting("HUBBUB_REQUESTS", "100/40", "Other requests of one connection: at once, and per second.");

impl Config {
    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            send_queue_bytes: settings.read_parsed(&SEND_QUEUE_BYTES),
            per_member: settings.read_parsed(&PER_MEMBER),
            per_address: settings.read_parsed(&PER_ADDRESS),
            rates: Rates {
                sends: settings.read(&SENDS, rate),
                joins: settings.read(&JOINS, rate),
                rooms: settings.read(&ROOMS, rate),
                requests: settings.read(&REQUESTS, rate),
            },
        }
    }

    /// The variables that [`Config::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[SEND_QUEUE_BYTES, PER_MEMBER, PER_ADDRESS, SENDS, JOINS, ROOMS, REQUESTS]
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::read(&mut Settings::new(&|_| None))
    }
}

const fn rate_setting(name: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default, meaning, expected: "two numbers from 1 on, as in `30/10`" }
}

/// `30/10`: thirty at once, then ten a second.
fn rate(text: &str) -> Option<Rate> {
    let (burst, per_second) = text.split_once('/')?;
    let (burst, per_second): (u32, u32) = (burst.parse().ok()?, per_second.parse().ok()?);
    (burst > 0 && per_second > 0).then(|| Rate { burst, per_second: f64::from(per_second) })
}

#[cfg(test)]
mod tests {
    use protocol::limits;

    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_protocol() {
        let config = Config::default();
        let of = |(burst, per_second): (u32, u32)| Rate { burst, per_second: f64::from(per_second) };

        assert_eq!(config.rates.sends, of(limits::SENDS));
        assert_eq!(config.rates.joins, of(limits::JOINS));
        assert_eq!(config.rates.rooms, of(limits::ROOMS_MADE));
        assert_eq!(config.rates.requests, of(limits::REQUESTS));
        assert_eq!(config.per_member.get(), limits::CONNECTIONS_PER_MEMBER);
        assert_eq!(config.per_address.get(), limits::CONNECTIONS_PER_ADDRESS);
    }
}
