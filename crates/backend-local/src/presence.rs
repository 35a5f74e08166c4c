//! Rosters within one process.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

use chat::ports::{LEASE, NodeId, Presence, Roster, Unavailable};

/// The rosters of this process's nodes: a handle, cheap to clone. Its clock is tokio's, which tests can stop.
#[derive(Clone, Default)]
pub struct LocalPresence {
    leases: Arc<Mutex<BTreeMap<NodeId, Lease>>>,
}

struct Lease {
    ends: Instant,
    roster: Roster,
}

impl LocalPresence {
    /// The leases that hold.
    fn current(&self) -> MutexGuard<'_, BTreeMap<NodeId, Lease>> {
        let mut leases = self.leases.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        leases.retain(|_, lease| lease.ends > now);
        leases
    }
}

impl Presence for LocalPresence {
    async fn announce(&self, node: &NodeId, roster: &Roster) -> Result<(), Unavailable> {
        let lease = Lease { ends: Instant::now() + LEASE, roster: roster.clone() };
        self.current().insert(node.clone(), lease);
        Ok(())
    }

    async fn renew(&self, node: &NodeId) -> Result<bool, Unavailable> {
        match self.current().get_mut(node) {
            Some(lease) => lease.ends = Instant::now() + LEASE,
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn rosters(&self) -> Result<BTreeMap<NodeId, Roster>, Unavailable> {
        Ok(self.current().iter().map(|(node, lease)| (node.clone(), lease.roster.clone())).collect())
    }

    async fn withdraw(&self, node: &NodeId) -> Result<(), Unavailable> {
        self.current().remove(node);
        Ok(())
    }
}
