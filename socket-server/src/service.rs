//! One node of the chat.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Semaphore, task::JoinSet, time::interval};

use backend::{Backend, Edge};
use chat::ports::NodeId;

use crate::{
    config::Config,
    hub::{Hub, announce_presence, erase_by_and_by, hear_of_members, look_sessions_up, tick, write_cursors},
    limiter::Limiter,
    metrics::{Metrics, Minute, ReadLast},
    tasks::of_node,
};

/// Connections get this long to take their last frames when a node stops.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);
/// Then the store gets this long to take how far people have read.
const CURSORS_WITHIN: Duration = Duration::from_secs(5);

/// So many connections are looked up in the store at a time: where thousands come back at once, and each asked at once,
/// none would be answered in time.
const COMING_IN: usize = 64;

/// One node of the chat: its connections, its active rooms, and what keeps them.
pub struct Service {
    pub(crate) hub: Arc<Hub>,
    pub(crate) backend: Backend,
    pub(crate) edge: Edge,
    pub(crate) config: Config,
    pub(crate) build: String,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) limiter: Arc<Limiter>,
    /// A place for each connection that is being looked up in the store.
    coming_in: Semaphore,
    tasks: Mutex<JoinSet<()>>,
}

impl Service {
    /// Starts a node. `build` names the page that the server has, so that older ones can say so.
    pub fn start(node: NodeId, backend: Backend, edge: Edge, config: Config, build: String) -> Arc<Self> {
        let metrics = Arc::new(Metrics::new(backend.meter.clone()));
        let hub = Hub::new(node, backend.clone(), Arc::clone(&metrics), config.heads_every);
        let mut tasks = JoinSet::new();
        tasks.spawn(of_node(tick(Arc::clone(&hub))));
        tasks.spawn(of_node(write_cursors(Arc::clone(&hub))));
        tasks.spawn(of_node(announce_presence(Arc::clone(&hub))));
        tasks.spawn(of_node(look_sessions_up(Arc::clone(&hub))));
        tasks.spawn(of_node(erase_by_and_by(Arc::clone(&hub))));
        tasks.spawn(of_node(hear_of_members(Arc::clone(&hub))));
        Arc::new(Self {
            hub,
            backend,
            edge,
            config,
            build,
            metrics,
            limiter: Limiter::new(config.rates),
            coming_in: Semaphore::new(COMING_IN),
            tasks: Mutex::new(tasks),
        })
    }

    /// Asks the store about a new connection, once it is its turn.
    pub(crate) async fn look_up<T>(&self, asked: impl Future<Output = T>) -> T {
        let _place = self.coming_in.acquire().await.expect("the semaphore is never closed");
        asked.await
    }

    /// Logs every minute what alarms are about, for who watches logs: of the minute before what was counted, and how many
    /// connections there are.
    pub async fn tell_minutes(self: Arc<Self>) {
        let (mut minutes, mut last) = (interval(Duration::from_mins(1)), ReadLast::default());
        loop {
            minutes.tick().await;
            let Minute { append_failures, gap_repairs, connections } = last.read(&self.metrics);
            tracing::info!(append_failures, gap_repairs, connections, "A minute has passed");
        }
    }

    /// Whether no new connections are taken.
    pub fn is_draining(&self) -> bool {
        self.hub.is_draining()
    }

    /// Takes no new connections, asks those there are to come back elsewhere, and ends when they are gone, or soon.
    pub async fn drain(&self) {
        // Who has not gone by then is cut off.
        let _ = tokio::time::timeout(DRAIN_WITHIN, self.hub.drain()).await;
        // What a store that is away has not taken by then is not written down: somebody sees as unread what they have read.
        let _ = tokio::time::timeout(CURSORS_WITHIN, self.hub.write_all_cursors()).await;
        // Other nodes are not told that its people are gone: while the lease lasts they come back elsewhere, and nobody went.
        self.hub.stop();
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).abort_all();
    }
}
