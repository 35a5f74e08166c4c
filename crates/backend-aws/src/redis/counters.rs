//! How many commands are sent, by what they are for: that is what a Redis is paid for.

use std::sync::atomic::{AtomicU64, Ordering};

/// Commands sent since the handle was made. Those that a new connection begins with are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RedisCommands {
    /// Events told.
    pub publish: u64,
    /// Channels begun and left.
    pub subscribe: u64,
    /// Rosters and leases said and read.
    pub presence: u64,
    /// Claims to be typing said and read.
    pub typing: u64,
    /// Rates taken from.
    pub rates: u64,
    /// Looking whether the connections live, and which node of a cluster has what.
    pub upkeep: u64,
}

#[derive(Default)]
pub(super) struct Counters {
    pub(super) publish: AtomicU64,
    pub(super) subscribe: AtomicU64,
    pub(super) presence: AtomicU64,
    pub(super) typing: AtomicU64,
    pub(super) rates: AtomicU64,
    pub(super) upkeep: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> RedisCommands {
        let Self { publish, subscribe, presence, typing, rates, upkeep } = self;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        RedisCommands {
            publish: read(publish),
            subscribe: read(subscribe),
            presence: read(presence),
            typing: read(typing),
            rates: read(rates),
            upkeep: read(upkeep),
        }
    }
}
