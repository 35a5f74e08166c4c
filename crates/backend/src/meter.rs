//! What this process has asked of what is far away: that is what it is paid for by.

#[cfg(feature = "aws")]
use backend_aws::{Dynamo, Redis};

/// Counts what is asked of what is far away: a handle, cheap to clone.
#[derive(Clone, Default)]
pub struct Meter {
    #[cfg(feature = "aws")]
    pub(crate) dynamo: Option<Dynamo>,
    #[cfg(feature = "aws")]
    pub(crate) redis: Option<Redis>,
}

/// What was asked since the process began.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Of a store that is far away.
    pub store: Option<AskedOfStore>,
    /// Commands to a bus that is far away, by what they are for.
    pub bus: Option<Vec<(&'static str, u64)>>,
}

/// What was asked of a store.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedOfStore {
    /// Requests that read, by table.
    pub reads: Vec<(&'static str, u64)>,
    /// Requests that wrote.
    pub writes: u64,
    /// What the reads cost.
    pub read_units: f64,
    /// What the writes cost.
    pub write_units: f64,
}

impl Meter {
    /// What was asked until now: nothing where all is in this process.
    pub fn read(&self) -> Asked {
        #[cfg(feature = "aws")]
        return Asked {
            store: self.dynamo.as_ref().map(|dynamo| {
                let backend_aws::Used { writes, read_units, write_units, .. } = dynamo.used();
                AskedOfStore { reads: dynamo.reads_of_tables().collect(), writes, read_units, write_units }
            }),
            bus: self.redis.as_ref().map(|redis| {
                let backend_aws::RedisCommands { publish, subscribe, presence, typing, rates, upkeep } =
                    redis.commands();
                vec![
                    ("publish", publish),
                    ("subscribe", subscribe),
                    ("presence", presence),
                    ("typing", typing),
                    ("rates", rates),
                    ("upkeep", upkeep),
                ]
            }),
        };
        #[cfg(not(feature = "aws"))]
        Asked::default()
    }
}
