//! What the server can do, in figures: each is measured on a real process and told in lines, some also drawn.

pub mod appends;
pub mod bare;
pub mod fan_out;
pub mod idle;
pub mod latency;
#[cfg(feature = "aws")]
pub mod nodes;
#[cfg(feature = "aws")]
pub mod open_search;
pub mod opening;
pub mod plot;
pub mod search;

use std::{path::PathBuf, time::Duration};

use protocol::RoomId;

use self::plot::Plot;

/// The core that a server under load has to itself; the load comes from the others.
pub(crate) const SERVER_CORE: usize = 0;
/// Limits of a community, not of a load generator.
pub(crate) const UNLIMITED: [(&str, &str); 6] = [
    ("HUBBUB_ADDR", "127.0.0.1:0"),
    ("HUBBUB_CONNECTIONS_PER_ADDRESS", "100000"),
    ("HUBBUB_RATES_PER_ADDRESS", "1000000"),
    // A load generator that counts bytes cannot resync.
    ("HUBBUB_SEND_QUEUE_BYTES", "67108864"),
    ("HUBBUB_SENDS", "1000000/1000000"),
    ("HUBBUB_SIGN_INS", "1000000/1000000"),
];

/// What was measured, in words for a reader.
#[derive(Debug, Default)]
pub struct Measured {
    /// One sentence a figure.
    pub lines: Vec<String>,
    /// What can be drawn of it.
    pub plots: Vec<Plot>,
}

/// What is measured.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The server's binary, built for speed.
    pub binary: PathBuf,
}

impl Subject {
    /// Starts it on a core of its own, or on all, with its data in `data` and some settings besides.
    pub(crate) fn start(
        &self,
        data: &std::path::Path,
        core: Option<usize>,
        besides: &[(&str, &str)],
    ) -> std::io::Result<crate::server::Server> {
        let folder = data.to_string_lossy().into_owned();
        let settings = [&UNLIMITED[..], &[("HUBBUB_DATA", &folder)], besides].concat();
        match core {
            Some(core) => crate::server::Server::start_on_core(core, &self.binary, ["serve"], &settings),
            None => crate::server::Server::start(&self.binary, data, "127.0.0.1:0", &settings),
        }
    }
}

/// The room that every member is in.
pub(crate) fn general() -> RoomId {
    RoomId::parse("general").expect("a valid address")
}

/// How long things took.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<Duration>);

impl Times {
    pub(crate) fn note(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The time that so many of a thousand did not exceed, in milliseconds.
    pub(crate) fn at_ms(&mut self, per_mille: usize) -> f64 {
        self.0.sort_unstable();
        let at = (self.0.len() * per_mille / 1000).min(self.0.len().saturating_sub(1));
        self.0.get(at).map_or(f64::NAN, |it| it.as_secs_f64() * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_times() {
        let mut times = Times((1..=100).rev().map(Duration::from_millis).collect());

        assert_eq!([500, 990, 1000].map(|it| times.at_ms(it).to_string()), ["51", "100", "100"]);
    }
}
