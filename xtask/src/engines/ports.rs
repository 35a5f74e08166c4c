//! Ports for engines, chosen before they start: below those that the system gives out by itself, so that nobody is
//! given one between our look and the engine's start.

use std::{
    net::{Ipv4Addr, TcpListener},
    ops::Range,
    process,
};

use anyhow::{Context as _, Result};

/// From where ports are taken.
const RANGE: Range<u16> = 15_000..20_000;

/// How far above its port a Redis of a cluster talks to the others. Source: Redis's documentation, "Cluster TCP ports".
const BUS: u16 = 10_000;

/// Ports that are free, each given out once.
pub(crate) struct Ports {
    /// Where to look next.
    next: u16,
}

impl Ports {
    /// Starts at a place that differs from that of other processes of ours.
    pub(crate) fn new() -> Self {
        let n = RANGE.end - RANGE.start;
        // Nobody takes 16.
        let place = process::id() % u32::from(n / 16) * 16;
        Self { next: RANGE.start + u16::try_from(place).expect("it is less than the range is long") }
    }

    /// The next free port.
    ///
    /// # Errors
    /// When none is free.
    pub(crate) fn take(&mut self) -> Result<u16> {
        self.find(is_free)
    }

    /// The next port that is free for a Redis of a cluster.
    ///
    /// # Errors
    /// When none is free.
    pub(crate) fn take_with_bus(&mut self) -> Result<u16> {
        self.find(|port| is_free(port) && is_free(port + BUS))
    }

    fn find(&mut self, suits: impl Fn(u16) -> bool) -> Result<u16> {
        let mut around = (self.next..RANGE.end).chain(RANGE.start..self.next);
        let port = around.find(|it| suits(*it)).with_context(|| format!("no port of {RANGE:?} is free"))?;
        self.next = if port + 1 < RANGE.end { port + 1 } else { RANGE.start };
        Ok(port)
    }
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_given_out_once_and_taken_ones_are_passed_over() {
        let mut ports = Ports { next: RANGE.end - 2 };

        let mut take = || ports.find(|port| port != RANGE.start).unwrap();

        assert_eq!([take(), take(), take()], [RANGE.end - 2, RANGE.end - 1, RANGE.start + 1]);
    }

    #[test]
    fn when_none_is_free_it_says_so() {
        let why = Ports::new().find(|_| false).unwrap_err().to_string();

        assert_eq!(why, "no port of 15000..20000 is free");
    }

    #[test]
    fn a_port_that_someone_listens_on_is_not_free() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();

        assert!(!is_free(listener.local_addr().unwrap().port()));
    }
}
