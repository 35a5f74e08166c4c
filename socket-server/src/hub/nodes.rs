//! The other nodes: which there are, and what they say of the people they have.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};
use tokio::time::Instant;

use chat::ports::{NodeId, Presence as _, Roster, Unavailable};

use super::Hub;
use crate::patience::{BUS_WITHIN, within};

/// Between two readings of the rosters passes so much time: who asks meanwhile shares the next one.
const READ_EVERY: Duration = Duration::from_millis(50);
/// And so much where they cannot be read.
const READ_AGAIN_AFTER: Duration = Duration::from_millis(250);

/// What the other nodes said of their people.
#[derive(Debug)]
pub(crate) struct Rosters {
    /// When they were asked for: what was said before is in them, as far as it was written down.
    pub(super) asked_at: Duration,
    /// This node's is not among them.
    pub(super) of: BTreeMap<NodeId, Roster>,
}

/// A reading of the rosters that is still to begin: none where they cannot be read.
pub(super) type Reading = Shared<BoxFuture<'static, Option<Arc<Rosters>>>>;

#[derive(Default)]
pub(super) struct Nodes {
    seen: Mutex<BTreeMap<NodeId, Seen>>,
    next: Mutex<Next>,
}

#[derive(Default)]
struct Seen {
    /// Since when its lease is missing.
    missing_since: Option<Instant>,
    /// Every active room was told of its people.
    is_met: bool,
}

/// The next reading of the rosters.
#[derive(Default)]
struct Next {
    reading: Option<Reading>,
    at: Option<Instant>,
}

impl Nodes {
    /// A node has said something. That its lease is missing would be noticed from now on.
    pub(super) fn notice(&self, node: &NodeId) {
        let mut seen = self.seen();
        if !seen.contains_key(node) {
            seen.insert(node.clone(), Seen::default());
        }
    }

    /// These have a lease now. Whether one of them was not met yet.
    pub(super) fn look(&self, current: &BTreeSet<NodeId>, now: Instant) -> bool {
        let mut seen = self.seen();
        for node in current {
            seen.entry(node.clone()).or_default();
        }
        for (node, it) in seen.iter_mut() {
            match current.contains(node) {
                true => it.missing_since = None,
                false => drop(it.missing_since.get_or_insert(now)),
            }
        }
        seen.iter().any(|(node, it)| !it.is_met && current.contains(node))
    }

    /// Every active room was told of the people of these.
    pub(super) fn met(&self, current: &BTreeSet<NodeId>) {
        for (_, it) in self.seen().iter_mut().filter(|(node, _)| current.contains(node)) {
            it.is_met = true;
        }
    }

    /// Forgets those whose leases have been missing for so long, and returns them.
    pub(super) fn take_gone(&self, missing_for: Duration, now: Instant) -> Vec<NodeId> {
        let is_gone = |it: &Seen| it.missing_since.is_some_and(|since| since + missing_for <= now);
        let mut seen = self.seen();
        let gone: Vec<NodeId> =
            seen.iter().filter(|(_, it)| is_gone(it)).map(|(node, _)| node.clone()).collect();
        seen.retain(|node, _| !gone.contains(node));
        gone
    }

    /// Nothing is known of any, and nothing is to be noticed.
    pub(super) fn forget(&self) {
        self.seen().clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.seen().is_empty()
    }

    fn seen(&self) -> MutexGuard<'_, BTreeMap<NodeId, Seen>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hub {
    /// Reads the rosters of the other nodes, once for all who ask before that has begun.
    pub(super) fn rosters(self: &Arc<Self>) -> Reading {
        let mut next = self.nodes.next();
        let reading = || read(Arc::downgrade(self)).boxed().shared();
        next.reading.get_or_insert_with(reading).clone()
    }

    async fn read_rosters(&self) -> Option<Arc<Rosters>> {
        {
            let mut next = self.nodes.next();
            // Who asks from here on wants to know what is so later.
            *next = Next { reading: None, at: Some(Instant::now() + READ_EVERY) };
        }
        let asked_at = self.now();
        let read = self.backend.presence.rosters();
        match within::<_, Unavailable>(BUS_WITHIN, "presence while reading rosters", read).await {
            Ok(mut of) => {
                of.remove(&self.node);
                for node in of.keys() {
                    self.nodes.notice(node);
                }
                Some(Arc::new(Rosters { asked_at, of }))
            }
            Err(error) => {
                self.nodes.next().at = Some(Instant::now() + READ_AGAIN_AFTER);
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "Could not read who is on other nodes");
                None
            }
        }
    }
}

/// Does not keep the hub, which keeps this until the reading begins.
async fn read(hub: Weak<Hub>) -> Option<Arc<Rosters>> {
    let at = hub.upgrade()?.nodes.next().at;
    if let Some(at) = at {
        tokio::time::sleep_until(at).await;
    }
    hub.upgrade()?.read_rosters().await
}
