//! What can go wrong, how it begins and how it is mended.

use std::{fmt, time::Duration};

use anyhow::{Result, ensure};

use crate::stack::{Answers, Node, Whole};

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A node is gone from one moment to the next.
    KillNode,
    /// A node stands still, and goes on later as if nothing had been.
    PauseNode,
    /// A node is told to end, as at every deployment.
    StopNode,
    /// Redis is gone, with all that it knew.
    KillRedis,
    /// Redis stands still.
    PauseRedis,
    /// Redis forgets everything.
    FlushRedis,
    /// Redis closes all connections.
    KickClients,
    /// The store stands still.
    PauseStore,
    /// The store answers every request with a failure.
    FailStore,
    /// The store does what it is asked, and answers with a failure all the same.
    FailStoreAfterwards,
    /// Nothing passes between one node and Redis, while all connections stay open.
    CutFromRedis,
    /// Nothing passes between one node and the store, likewise.
    CutFromStore,
}

/// What a fault is about: of two faults about one thing, the second waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Node(usize),
    Redis,
    Store,
}

/// A time that a fault lasts, at least and at most.
type Lasts = (Duration, Duration);

/// Longer than a node may be behind before it asks the store, so that some wake stale.
const PAUSES: Lasts = (Duration::from_secs(2), Duration::from_secs(26));
const DOWN: Lasts = (Duration::ZERO, Duration::from_secs(3));
const AWAY: Lasts = (Duration::from_secs(1), Duration::from_secs(12));
const FAILS: Lasts = (Duration::from_secs(1), Duration::from_secs(8));
const CUT: Lasts = (Duration::from_secs(30), Duration::from_secs(30));
const AT_ONCE: Lasts = (Duration::ZERO, Duration::ZERO);
/// A node that is told to end has ended within this time. Source: the longest that ECS on Fargate waits, its `stopTimeout`.
const STOPS_WITHIN: Lasts = (Duration::from_mins(2), Duration::from_mins(2));

impl Fault {
    pub(super) const ALL: [Self; 12] = [
        Self::KillNode,
        Self::PauseNode,
        Self::StopNode,
        Self::KillRedis,
        Self::PauseRedis,
        Self::FlushRedis,
        Self::KickClients,
        Self::PauseStore,
        Self::FailStore,
        Self::FailStoreAfterwards,
        Self::CutFromRedis,
        Self::CutFromStore,
    ];

    /// What it is about, where that is not a node.
    pub(super) fn engine(self) -> Option<Target> {
        match self {
            Self::KillRedis | Self::PauseRedis | Self::FlushRedis | Self::KickClients => Some(Target::Redis),
            Self::PauseStore | Self::FailStore | Self::FailStoreAfterwards => Some(Target::Store),
            Self::KillNode | Self::PauseNode | Self::StopNode | Self::CutFromRedis | Self::CutFromStore => {
                None
            }
        }
    }

    /// How long it lasts.
    pub(super) fn lasts(self) -> Lasts {
        match self {
            Self::KillNode => DOWN,
            Self::PauseNode => PAUSES,
            Self::StopNode => STOPS_WITHIN,
            Self::KillRedis | Self::PauseRedis => AWAY,
            Self::FlushRedis | Self::KickClients => AT_ONCE,
            Self::PauseStore | Self::FailStore | Self::FailStoreAfterwards => FAILS,
            Self::CutFromRedis | Self::CutFromStore => CUT,
        }
    }

    /// Lets it happen.
    ///
    /// # Errors
    /// When it cannot be made to happen.
    pub(super) fn begin(self, whole: &mut Whole, target: Target) -> Result<()> {
        match (self, target) {
            (Self::KillNode, Target::Node(at)) => whole.stack.nodes[at].program.engine.end()?,
            (Self::PauseNode, Target::Node(at)) => whole.stack.nodes[at].program.engine.signal("STOP")?,
            (Self::StopNode, Target::Node(at)) => whole.stack.nodes[at].program.engine.signal("TERM")?,
            (Self::CutFromRedis, Target::Node(at)) => whole.stack.nodes[at].to_redis.cut(),
            (Self::CutFromStore, Target::Node(at)) => whole.stack.nodes[at].to_store.cut(),
            (Self::KillRedis, _) => whole.engines.redis.engine().end()?,
            (Self::PauseRedis, _) => whole.engines.redis.engine().signal("STOP")?,
            (Self::FlushRedis, _) => drop(whole.engines.redis.ask(&["FLUSHALL"])?),
            (Self::KickClients, _) => {
                for kind in ["normal", "pubsub"] {
                    whole.engines.redis.ask(&["CLIENT", "KILL", "TYPE", kind])?;
                }
            }
            (Self::PauseStore, _) => whole.engines.dynamodb.engine().signal("STOP")?,
            (Self::FailStore, _) => answer(&whole.stack.nodes, Answers::Failures),
            (Self::FailStoreAfterwards, _) => answer(&whole.stack.nodes, Answers::FailuresAfterwards),
            (fault, target) => unreachable!("{fault:?} is not about {target:?}"),
        }
        Ok(())
    }

    /// Whether it is over before its time.
    ///
    /// # Errors
    /// When the system does not say.
    pub(super) fn is_over(self, whole: &mut Whole, target: Target) -> Result<bool> {
        match (self, target) {
            (Self::StopNode, Target::Node(at)) => whole.stack.nodes[at].program.engine.has_ended(),
            _ => Ok(false),
        }
    }

    /// Mends it.
    ///
    /// # Errors
    /// When it cannot be mended.
    pub(super) fn mend(self, whole: &mut Whole, target: Target) -> Result<()> {
        match (self, target) {
            (Self::KillNode | Self::StopNode, Target::Node(at)) => {
                let node = &mut whole.stack.nodes[at].program.engine;
                ensure!(node.has_ended()?, "node {} has not ended in time", at + 1);
                node.start_again()?;
            }
            (Self::PauseNode, Target::Node(at)) => whole.stack.nodes[at].program.engine.signal("CONT")?,
            (Self::CutFromRedis, Target::Node(at)) => whole.stack.nodes[at].to_redis.mend(),
            (Self::CutFromStore, Target::Node(at)) => whole.stack.nodes[at].to_store.mend(),
            (Self::KillRedis, _) => whole.engines.redis.engine().start_again()?,
            (Self::PauseRedis, _) => whole.engines.redis.engine().signal("CONT")?,
            (Self::PauseStore, _) => whole.engines.dynamodb.engine().signal("CONT")?,
            (Self::FailStore | Self::FailStoreAfterwards, _) => answer(&whole.stack.nodes, Answers::Own),
            (Self::FlushRedis | Self::KickClients, _) => {}
            (fault, target) => unreachable!("{fault:?} is not about {target:?}"),
        }
        Ok(())
    }
}

/// Who answers all nodes' requests to the store.
fn answer(nodes: &[Node], answers: Answers) {
    for node in nodes {
        node.to_store.answer(answers);
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KillNode => "kill -9 of a node",
            Self::PauseNode => "SIGSTOP of a node",
            Self::StopNode => "SIGTERM of a node",
            Self::KillRedis => "Redis stopped",
            Self::PauseRedis => "SIGSTOP of Redis",
            Self::FlushRedis => "FLUSHALL",
            Self::KickClients => "CLIENT KILL",
            Self::PauseStore => "SIGSTOP of the store",
            Self::FailStore => "errors of the store",
            Self::FailStoreAfterwards => "errors of the store afterwards",
            Self::CutFromRedis => "a node without Redis",
            Self::CutFromStore => "a node without the store",
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(at) => write!(f, "node {}", at + 1),
            Self::Redis => f.write_str("Redis"),
            Self::Store => f.write_str("the store"),
        }
    }
}
