//! One node of the chat.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::task::JoinSet;

use backend::{Backend, Edge};
use chat::ports::NodeId;

use crate::{
    config::Config,
    hub::{Hub, announce_presence, erase_by_and_by, hear_of_members, look_sessions_up, tick},
    limiter::Limiter,
    metrics::Metrics,
};

/// Connections get this long to take their last frames when a node stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// One node of the chat: its connections, its active rooms, and what keeps them.
pub struct Service {
    pub(crate) hub: Arc<Hub>,
    pub(crate) backend: Backend,
    pub(crate) edge: Edge,
    pub(crate) config: Config,
    pub(crate) build: String,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) limiter: Arc<Limiter>,
    tasks: Mutex<JoinSet<()>>,
}

impl Service {
    /// Starts a node. `build` names the page that the server has, so that older ones can say so.
    pub fn start(node: NodeId, backend: Backend, edge: Edge, config: Config, build: String) -> Arc<Self> {
        let metrics = Arc::new(Metrics::new());
        let hub = Hub::new(node, backend.clone(), Arc::clone(&metrics));
        let mut tasks = JoinSet::new();
        tasks.spawn(tick(Arc::clone(&hub)));
        tasks.spawn(announce_presence(Arc::clone(&hub)));
        tasks.spawn(look_sessions_up(Arc::clone(&hub)));
        tasks.spawn(erase_by_and_by(Arc::clone(&hub)));
        tasks.spawn(hear_of_members(Arc::clone(&hub)));
        Arc::new(Self {
            hub,
            backend,
            edge,
            config,
            build,
            metrics,
            limiter: Limiter::new(config.rates),
            tasks: Mutex::new(tasks),
        })
    }

    /// Whether no new connections are taken.
    pub fn is_draining(&self) -> bool {
        self.hub.is_draining()
    }

    /// Takes no new connections, asks those there are to come back elsewhere, and ends when they are gone, or soon.
    pub async fn drain(&self) {
        // Who has not gone by then is cut off.
        let _ = tokio::time::timeout(DRAIN_WITHIN, self.hub.drain()).await;
        // Nor is it said that its people are gone: while the lease lasts they come back elsewhere, and nobody went.
        self.hub.stop();
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}
