//! Which members each node has, and who types.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use protocol::{Person, RoomId, Sequence};
use serde::{Deserialize, Serialize};

use crate::ports::Unavailable;

/// A node that has not announced itself for this long is gone, and its members with it.
pub const LEASE: Duration = Duration::from_secs(10);

/// What nodes say of the people they have. It lapses unless it is said again: a roster with its node's lease, a claim to
/// be typing by itself.
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

    /// The nodes whose lease holds, this one too: a heartbeat asks for them, so it costs one question however many members
    /// they have.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn nodes(&self) -> impl Future<Output = Result<BTreeSet<NodeId>, Unavailable>> + Send;

    /// Ends this node's lease. Nothing for one that is not there.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn withdraw(&self, node: &NodeId) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Says that somebody types in a room, for [`TYPING_LAPSES`](protocol::limits::TYPING_LAPSES).
    ///
    /// # Errors
    /// [`Unavailable`].
    fn typed(&self, room: &RoomId, typist: &Typist) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Who types in a room now, each once and as they said last, and for how long that still holds: for a node that was not
    /// there when it was said.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn typing(
        &self,
        room: &RoomId,
    ) -> impl Future<Output = Result<Vec<(Typist, Duration)>, Unavailable>> + Send;
}

/// Somebody who types in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typist {
    /// Who.
    pub person: Person,
    /// How far the room was then: with a message of theirs after it they type no longer.
    pub head: Sequence,
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

    /// A node as it was stored.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
