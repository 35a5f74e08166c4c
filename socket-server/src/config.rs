//! What operators decide about the socket server.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use backend::{Edge, Setting, Settings};
use chat::rate::Rate;
use process::Peers;
use protocol::limits;

use crate::limiter::Rates;

/// What operators decide about the socket server.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// `HUBBUB_SEND_QUEUE_BYTES`: bytes that may wait for one connection before it must resync. Default 262144.
    pub send_queue_bytes: NonZeroUsize,
    /// `HUBBUB_CONNECTIONS_PER_MEMBER`: connections of one member. Default 20.
    pub per_member: NonZeroUsize,
    /// `HUBBUB_CONNECTIONS_PER_ADDRESS`: connections from one client address, counted by network. Default 100.
    pub per_address: NonZeroUsize,
    /// `HUBBUB_HEADS_SECONDS`: how often both heads of each active room are read again. Default 15 seconds.
    pub heads_every: Duration,
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
    meaning: "Connections that may come from one address (of IPv6, from one /64), and a tenth of that anew each \
              second. Four times as many plain ones, where no proxy of your own stands in front.",
    expected: "a number from 1 on",
};
const HEADS: Setting = Setting {
    name: "HUBBUB_HEADS_SECONDS",
    default: "15",
    meaning: "How often each active room looks into the store for what the bus may have lost: a message, or that \
              somebody is in the room no longer, is late by so much at most.",
    expected: "a number of seconds from 1 on",
};
const RATES_PER_MEMBER: Setting = Setting {
    name: "HUBBUB_RATES_PER_MEMBER",
    default: "2",
    meaning: "How many times the rates of one connection a member has, over all their connections.",
    expected: "a number from 1 on",
};
const RATES_PER_ADDRESS: Setting = Setting {
    name: "HUBBUB_RATES_PER_ADDRESS",
    default: "10",
    meaning: "How many times the rates of one connection an address (of IPv6, a /64) has.",
    expected: "a number from 1 on",
};
const SENDS: Setting =
    Setting::rate("HUBBUB_SENDS", "30/10", "Messages of one connection: at once, and per second.");
const JOINS: Setting =
    Setting::rate("HUBBUB_JOINS", "20/1", "Joining and leaving by one connection: at once, and per second.");
const ROOMS: Setting =
    Setting::rate("HUBBUB_ROOMS", "5/1", "Rooms made by one connection: at once, and per second.");
const REQUESTS: Setting =
    Setting::rate("HUBBUB_REQUESTS", "100/40", "Other requests of one connection: at once, and per second.");

impl Config {
    /// Reads the configuration, together with others.
    pub fn read(settings: &mut Settings<'_>) -> Self {
        let per_address: NonZeroUsize = settings.read_parsed(&PER_ADDRESS);
        let at_once = u32::try_from(per_address.get()).unwrap_or(u32::MAX);
        Self {
            send_queue_bytes: settings.read_parsed(&SEND_QUEUE_BYTES),
            per_member: settings.read_parsed(&PER_MEMBER),
            per_address,
            heads_every: Duration::from_secs(settings.read_parsed::<NonZeroU32>(&HEADS).get().into()),
            rates: Rates {
                sends: settings.read_rate_per_second(&SENDS),
                joins: settings.read_rate_per_second(&JOINS),
                rooms: settings.read_rate_per_second(&ROOMS),
                requests: settings.read_rate_per_second(&REQUESTS),
                per_member: settings.read_parsed::<NonZeroU32>(&RATES_PER_MEMBER).get(),
                per_address: settings.read_parsed::<NonZeroU32>(&RATES_PER_ADDRESS).get(),
                connects: Rate { burst: at_once, per_second: f64::from(at_once) / limits::CONNECTS_OVER_S },
            },
        }
    }

    /// Who connects, and how many plain connections one of them may have.
    pub fn peers(&self, edge: &Edge) -> Peers {
        Peers::of(edge, self.per_address.get().saturating_mul(limits::PLAIN_PER_CONNECTION))
    }

    /// The variables that [`Config::read`] knows.
    pub fn settings() -> &'static [Setting] {
        &[
            SEND_QUEUE_BYTES,
            PER_MEMBER,
            PER_ADDRESS,
            HEADS,
            SENDS,
            JOINS,
            ROOMS,
            REQUESTS,
            RATES_PER_MEMBER,
            RATES_PER_ADDRESS,
        ]
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::read(&mut Settings::new(&|_| None))
    }
}

#[cfg(test)]
mod tests {
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
        assert_eq!(config.rates.per_member, limits::RATES_PER_MEMBER);
        assert_eq!(config.rates.per_address, limits::RATES_PER_ADDRESS);
    }

    #[test]
    fn a_proxy_of_ours_may_have_any_number_of_plain_connections() {
        let (config, edge) = (Config::default(), Edge::local(3000));

        assert_eq!(config.peers(&edge), Peers::Clients { plain_max: 400 });
        assert_eq!(config.peers(&Edge { trusted_hops: 1, ..edge }), Peers::Proxies);
    }
}
