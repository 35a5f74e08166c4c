//! Presence as this process was configured with.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

#[cfg(feature = "aws")]
use backend_aws::RedisPresence;
use backend_local::LocalPresence;
use chat::ports::{NodeId, Presence, Roster, Typist, Unavailable};
use protocol::RoomId;

/// Rosters and claims to be typing where this process was configured to keep them: a handle, cheap to clone.
#[derive(Clone)]
pub enum PresenceStore {
    /// Within the process.
    Local(LocalPresence),
    /// In Redis.
    #[cfg(feature = "aws")]
    Redis(RedisPresence),
}

impl Presence for PresenceStore {
    async fn announce(&self, node: &NodeId, roster: &Roster) -> Result<(), Unavailable> {
        match self {
            Self::Local(it) => it.announce(node, roster).await,
            #[cfg(feature = "aws")]
            Self::Redis(it) => Box::pin(it.announce(node, roster)).await,
        }
    }

    async fn renew(&self, node: &NodeId) -> Result<bool, Unavailable> {
        match self {
            Self::Local(it) => it.renew(node).await,
            #[cfg(feature = "aws")]
            Self::Redis(it) => Box::pin(it.renew(node)).await,
        }
    }

    async fn rosters(&self) -> Result<BTreeMap<NodeId, Roster>, Unavailable> {
        match self {
            Self::Local(it) => it.rosters().await,
            #[cfg(feature = "aws")]
            Self::Redis(it) => Box::pin(it.rosters()).await,
        }
    }

    async fn nodes(&self) -> Result<BTreeSet<NodeId>, Unavailable> {
        match self {
            Self::Local(it) => it.nodes().await,
            #[cfg(feature = "aws")]
            Self::Redis(it) => Box::pin(it.nodes()).await,
        }
    }

    async fn withdraw(&self, node: &NodeId) -> Result<(), Unavailable> {
        match self {
            Self::Local(it) => it.withdraw(node).await,
            #[cfg(feature = "aws")]
            Self::Redis(it) => Box::pin(it.withdraw(node)).await,
        }
    }

    async fn typed(&self, room: &RoomId, typist: &Typist) -> Result<(), Unavailable> {
        match self {
            Self::Local(it) => it.typed(room, typist).await,
            #[cfg(feature = "aws")]
            Self::Redis(it) => Box::pin(it.typed(room, typist)).await,
        }
    }

    async fn typing(&self, room: &RoomId) -> Result<Vec<(Typist, Duration)>, Unavailable> {
        match self {
            Self::Local(it) => it.typing(room).await,
            #[cfg(feature = "aws")]
            Self::Redis(it) => Box::pin(it.typing(room)).await,
        }
    }
}
