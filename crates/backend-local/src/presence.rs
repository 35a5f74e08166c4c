//! Rosters, and who types, within one process.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

use chat::ports::{LEASE, NodeId, Presence, Roster, Unavailable};
use protocol::{MemberId, Person, RoomId, limits};

/// What this process's nodes say of the people they have: a handle, cheap to clone. Its clock is tokio's, which tests can
/// stop.
#[derive(Clone, Default)]
pub struct LocalPresence {
    said: Arc<Mutex<Said>>,
}

#[derive(Default)]
struct Said {
    is_cut: bool,
    leases: BTreeMap<NodeId, Lease>,
    typing: BTreeMap<(RoomId, MemberId), Claim>,
}

struct Lease {
    ends: Instant,
    roster: Roster,
}

/// Somebody types.
struct Claim {
    lapses: Instant,
    person: Person,
}

impl LocalPresence {
    /// Takes presence away, as a network does: nothing is answered. For tests and simulations.
    pub fn cut(&self) {
        self.lock().is_cut = true;
    }

    /// Brings presence back, with what still holds. For tests and simulations.
    pub fn mend(&self) {
        self.lock().is_cut = false;
    }

    /// What holds now.
    fn current(&self) -> Result<MutexGuard<'_, Said>, Unavailable> {
        let mut said = self.lock();
        if said.is_cut {
            return Err(Unavailable::new("presence", "the line is cut"));
        }
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
        self.current()?.leases.insert(node.clone(), lease);
        Ok(())
    }

    async fn renew(&self, node: &NodeId) -> Result<bool, Unavailable> {
        match self.current()?.leases.get_mut(node) {
            Some(lease) => lease.ends = Instant::now() + LEASE,
            None => return Ok(false),
        }
        Ok(true)
    }

    async fn rosters(&self) -> Result<BTreeMap<NodeId, Roster>, Unavailable> {
        let said = self.current()?;
        Ok(said.leases.iter().map(|(node, lease)| (node.clone(), lease.roster.clone())).collect())
    }

    async fn nodes(&self) -> Result<BTreeSet<NodeId>, Unavailable> {
        Ok(self.current()?.leases.keys().cloned().collect())
    }

    async fn withdraw(&self, node: &NodeId) -> Result<(), Unavailable> {
        self.current()?.leases.remove(node);
        Ok(())
    }

    async fn typed(&self, room: &RoomId, person: &Person) -> Result<(), Unavailable> {
        let claim = Claim { lapses: Instant::now() + limits::TYPING_LAPSES, person: person.clone() };
        self.current()?.typing.insert((room.clone(), person.id.clone()), claim);
        Ok(())
    }

    async fn typing(&self, room: &RoomId) -> Result<Vec<Person>, Unavailable> {
        let said = self.current()?;
        let claims = said.typing.iter().filter(|((of, _), _)| of == room);
        Ok(claims.map(|(_, claim)| claim.person.clone()).collect())
    }
}
