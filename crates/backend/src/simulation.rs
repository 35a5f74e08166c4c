//! What the nodes of a simulation share.

use std::sync::Arc;

use backend_local::{Database, LocalBus, LocalPresence};

use crate::{Backend, PresenceStore};

pub use backend_local::{Between, Passage};

/// What the nodes of a simulation share: everything in memory and without threads, so that all that happens, happens on
/// tokio's clock and in the order in which it is asked for.
pub struct Shared {
    database: Database,
    bus: LocalBus,
    presence: LocalPresence,
}

impl Shared {
    /// Nothing yet.
    #[expect(clippy::new_without_default, reason = "it opens a database")]
    pub fn new() -> Self {
        Self { database: Database::inline(), bus: LocalBus::default(), presence: LocalPresence::default() }
    }

    /// As who looks at it sees it, with nothing between.
    pub fn backend(&self) -> Backend {
        self.on(&self.database, self.bus.clone())
    }

    /// As a node sees it, with all that comes between.
    pub fn backend_behind(&self, between: &Arc<dyn Between>) -> Backend {
        let database = self.database.behind(Arc::clone(between));
        self.on(&database, self.bus.behind(Arc::clone(between)))
    }

    /// Takes presence away from all nodes, or brings it back.
    pub fn cut_presence(&self, is_cut: bool) {
        if is_cut { self.presence.cut() } else { self.presence.mend() }
    }

    fn on(&self, database: &Database, bus: LocalBus) -> Backend {
        let presence = PresenceStore::Local(self.presence.clone());
        Backend { presence, ..Backend::on(database, bus) }
    }
}
