//! Rosters, and who types, within one process.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use chat::ports::{LEASE, NodeId, Presence, Roster, Typist, Unavailable};
use protocol::{MemberId, RoomId, limits};

/// What this process's nodes say of the people they have: a handle, cheap to clone. Its clock is tokio's, which tests can
/// stop.
#[derive(Clone, Default)]
pub struct LocalPresence {
    said: Arc<Mutex<Said>>,
}

#[derive(Default)]
struct Said {
    line: Line,
    leases: BTreeMap<NodeId, Lease>,
    typing: BTreeMap<(RoomId, MemberId), Claim>,
}

/// What lies between a node and what is said.
#[derive(Clone, Copy, Default)]
enum Line {
    #[default]
    Whole,
    Cut,
    Silent,
}

struct Lease {
    ends: Instant,
    roster: Roster,
}

/// Somebody types.
struct Claim {
    lapses: Instant,
    typist: Typist,
}

impl LocalPresence {
    /// Takes presence away, as a network does: whatever is asked fails. For tests and simulations.
    pub fn cut(&self) {
        self.lock().line = Line::Cut;
    }

    /// Takes presence away in such a way that nothing is answered. For tests and simulations.
    pub fn silence(&self) {
        self.lock().line = Line::Silent;
    }

    /// Brings presence back, with what still holds. For tests and simulations.
    pub fn mend(&self) {
        self.lock().line = Line::Whole;
    }

    /// What holds now.
    async fn current(&self) -> Result<MutexGuard<'_, Said>, Unavailable> {
        let line = self.lock().line;
        match line {
            Line::Whole => {}
            Line::Cut => return Err(Unavailable::new("presence", "the line is cut")),
            Line::Silent => pending().await,
        }
        let mut said = self.lock();
        let now = Instant::now();
        said.leases.retain(|_, lease| lease.ends > now);
        said.typing.retain(|_, claim| claim.lapses > now);
        Ok(said)
    }

    fn lock(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Presence for LocalPresence {
    async fn announce(&self, node: &NodeId, roster: &Roster) -> Result<(), Unavailable> {
        let lease = Lease { ends: Instant::now() + LEASE, roster: roster.clone() };
        self.current().await?.leases.insert(node.clone(), lease);
        Ok(())
    }

    async fn renew(&self, node: &NodeId) -> Result<bool, Unavailable> {
        match self.current().await?.leases.get_mut(node) {
            Some(lease) => lease.ends = Instant::now() + LEASE,
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn rosters(&self) -> Result<BTreeMap<NodeId, Roster>, Unavailable> {
        let said = self.current().await?;
        Ok(said.leases.iter().map(|(node, lease)| (node.clone(), lease.roster.clone())).collect())
    }

    async fn nodes(&self) -> Result<BTreeSet<NodeId>, Unavailable> {
        Ok(self.current().await?.leases.keys().cloned().collect())
    }

    async fn withdraw(&self, node: &NodeId) -> Result<(), Unavailable> {
        self.current().await?.leases.remove(node);
        Ok(())
    }

    async fn typed(&self, room: &RoomId, typist: &Typist) -> Result<(), Unavailable> {
        let claim = Claim { lapses: Instant::now() + limits::TYPING_LAPSES, typist: typist.clone() };
        self.current().await?.typing.insert((room.clone(), typist.person.id.clone()), claim);
        Ok(())
    }

    async fn typing(&self, room: &RoomId) -> Result<Vec<(Typist, Duration)>, Unavailable> {
        let said = self.current().await?;
        let claims = said.typing.iter().filter(|((of, _), _)| of == room);
        let now = Instant::now();
        Ok(claims.map(|(_, claim)| (claim.typist.clone(), claim.lapses - now)).collect())
    }
}
