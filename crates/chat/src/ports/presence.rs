//! Which members each node has.

use std::{collections::BTreeMap, fmt, time::Duration};

use protocol::{Person, RoomId};
use serde::{Deserialize, Serialize};

use crate::ports::Unavailable;

/// A node that has not announced itself for this long is gone, and its members with it.
pub const LEASE: Duration = Duration::from_secs(10);

/// Rosters of the nodes, each kept alive by a lease.
pub trait Presence: Send + Sync {
    /// Says which members this node has, in place of what it said before, for [`LEASE`].
    ///
    /// # Errors
    /// [`Unavailable`].
    fn announce(
        &self,
        node: &NodeId,
        roster: &Roster,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Renews this node's lease; false when what it said is no longer known and must be announced again.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn renew(&self, node: &NodeId) -> impl Future<Output = Result<bool, Unavailable>> + Send;

    /// The rosters of all nodes whose lease holds, this one's too.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn rosters(&self) -> impl Future<Output = Result<BTreeMap<NodeId, Roster>, Unavailable>> + Send;

    /// Ends this node's lease. Nothing for one that is not there.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn withdraw(&self, node: &NodeId) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// Which members a node has, by room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// For each room the number of its last change and who is there.
    pub rooms: BTreeMap<RoomId, (u64, Vec<Person>)>,
}

/// One process of the socket server, new at each start.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(String);

impl NodeId {
    /// Names a node by random bytes.
    pub fn from_random(bytes: u64) -> Self {
        Self(format!("{bytes:016x}"))
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
