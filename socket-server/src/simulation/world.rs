//! What everything in a simulation shares: the store, the nodes, the calm at its end, and the record of what happened.

use std::{
    cell::Cell,
    hash::{DefaultHasher, Hasher as _},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use backend::{Backend, simulation::Shared};
use bench::random::Random;
use chat::accounts;
use protocol::Timestamp;
use tokio::{sync::Notify, time::Instant};

use super::{
    excuses::Excuses,
    life::Life,
    node::{Node, between},
    trouble::{Trouble, Weather},
};
use crate::hub::timestamp;

/// How many nodes there are.
pub(super) const N_NODES: usize = 3;
/// When simulations take place: some time in 2026.
const EPOCH_MS: u64 = 1_780_000_000_000;

thread_local! {
    /// When the simulation on this thread began.
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// The simulated clock; none outside of a simulation.
pub(crate) fn timestamp_of_simulation() -> Option<Timestamp> {
    BEGAN
        .get()
        .map(|began| Timestamp(EPOCH_MS + u64::try_from(began.elapsed().as_millis()).expect("minutes")))
}

pub(super) struct World {
    shared: Shared,
    /// As nobody's node sees it.
    pub(super) backend: Backend,
    pub(super) weather: Weather,
    random: Mutex<Random>,
    nodes: Mutex<Vec<Arc<Node>>>,
    n_starts: AtomicU64,
    is_calm: AtomicBool,
    calm: Notify,
    is_bus_away: AtomicBool,
    began: Instant,
    trace: Mutex<DefaultHasher>,
    excuses: Mutex<Excuses>,
    pub(super) counts: Counts,
}

/// How often what happened.
#[derive(Default)]
pub(super) struct Counts {
    pub(super) connections: AtomicU64,
    pub(super) crashes: AtomicU64,
    pub(super) pauses: AtomicU64,
    pub(super) cuts: AtomicU64,
}

impl Counts {
    pub(super) fn one(count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl World {
    pub(super) async fn begin(seed: u64) -> Arc<Self> {
        let mut random = Random::from_seed(seed);
        let began = Instant::now();
        BEGAN.set(Some(began));
        let shared = Shared::new();
        let backend = shared.backend();
        accounts::found(&backend.rooms, timestamp()).await.unwrap();
        let world = Arc::new(Self {
            shared,
            backend,
            weather: Weather::any(&mut random),
            random: Mutex::new(random),
            nodes: Mutex::default(),
            n_starts: AtomicU64::new(0),
            is_calm: AtomicBool::new(false),
            calm: Notify::new(),
            is_bus_away: AtomicBool::new(false),
            began,
            trace: Mutex::new(DefaultHasher::new()),
            excuses: Mutex::default(),
            counts: Counts::default(),
        });
        for at in 0..N_NODES {
            let node = world.fresh_node(at);
            world.nodes().push(node);
        }
        world
    }

    /// Another source of chance.
    pub(super) fn chance(&self) -> Random {
        self.random.lock().unwrap_or_else(PoisonError::into_inner).fork()
    }

    pub(super) fn node(&self, at: usize) -> Arc<Node> {
        Arc::clone(&self.nodes()[at])
    }

    pub(super) fn node_of(&self, life: &Arc<Life>) -> Option<Arc<Node>> {
        self.nodes().iter().find(|node| Arc::ptr_eq(&node.life, life)).cloned()
    }

    /// Kills a node, as chance has it: either what it has written last arrives, or it does not.
    pub(super) fn kill(&self, life: &Arc<Life>) {
        Counts::one(&self.counts.crashes);
        let is_all_lost = self.chance().below(2) == 0;
        match self.node_of(life) {
            Some(node) => node.kill(is_all_lost),
            None => life.end(), // It has not begun yet.
        }
    }

    /// Starts a node in the place of one that is dead.
    pub(super) fn start_again(self: &Arc<Self>, at: usize) {
        let node = self.fresh_node(at);
        self.nodes()[at] = node;
    }

    fn fresh_node(self: &Arc<Self>, at: usize) -> Arc<Node> {
        let id = self.n_starts.fetch_add(1, Ordering::Relaxed) + 1;
        let trouble = Trouble::new(self, at, self.chance());
        trouble.cut(self.is_bus_away.load(Ordering::Relaxed));
        let backend = self.shared.backend_behind(&between(&trouble));
        Node::start(id, backend, trouble)
    }

    /// Takes bus and presence from all nodes, or brings them back.
    pub(super) fn cut_all(&self, is_cut: bool) {
        for node in self.nodes().iter() {
            node.trouble.cut(is_cut);
        }
        self.is_bus_away.store(is_cut, Ordering::Relaxed);
        self.shared.cut_presence(is_cut);
    }

    pub(super) fn is_calm(&self) -> bool {
        self.is_calm.load(Ordering::Relaxed)
    }

    /// From now on nothing goes wrong.
    pub(super) fn calm_down(&self) {
        self.is_calm.store(true, Ordering::Relaxed);
        self.calm.notify_waiters();
    }

    /// Waits until nothing goes wrong any longer.
    pub(super) async fn calm(&self) {
        let calm = self.calm.notified();
        if !self.is_calm() {
            calm.await;
        }
    }

    pub(super) fn now(&self) -> std::time::Duration {
        self.began.elapsed()
    }

    /// Something happened: it goes into the run's fingerprint.
    pub(super) fn note(&self, what: &str, number: u64) {
        let mut trace = self.trace.lock().unwrap_or_else(PoisonError::into_inner);
        trace.write_u64(u64::try_from(self.now().as_micros()).expect("minutes"));
        trace.write(what.as_bytes());
        trace.write_u64(number);
    }

    /// All that happened, as one number.
    pub(super) fn fingerprint(&self) -> u64 {
        self.trace.lock().unwrap_or_else(PoisonError::into_inner).finish()
    }

    /// What is no fault of the nodes.
    pub(super) fn excuses(&self) -> MutexGuard<'_, Excuses> {
        self.excuses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nodes(&self) -> MutexGuard<'_, Vec<Arc<Node>>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
