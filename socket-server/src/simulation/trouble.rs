//! All that goes wrong between a node and its store and bus, as chance has it.

use std::{
    future::{pending, ready},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use backend::simulation::{Between, Passage};
use bench::random::Random;
use futures::future::BoxFuture;
use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use super::{life::Life, world::World};
use crate::hub::timestamp;

/// What a bus that is cut makes callers wait, at most.
const CUT_ANSWERS_WITHIN_MS: u64 = 2_500;

/// Where a node is to die.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trap {
    /// When messages are durable, before it knows.
    Committed,
    /// When an edit or a deletion is, likewise.
    Revised,
    /// When it is about to tell other nodes, having told its clients.
    Telling,
    /// When the end of a membership is durable, before anybody is told.
    Ended,
}

impl Trap {
    pub(super) const ALL: [Self; 4] = [Self::Committed, Self::Revised, Self::Telling, Self::Ended];
}

/// How a seed's store and bus are, while things go wrong. Chances are times in a million.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    pub(super) store_ms: u64,
    pub(super) store_slow: u64,
    pub(super) store_lost: u64,
    pub(super) bus_ms: u64,
    pub(super) bus_lost: u64,
    pub(super) bus_doubled: u64,
}

impl Weather {
    pub(super) fn any(random: &mut Random) -> Self {
        Self {
            store_ms: random.pick(&[0, 3, 12, 60]),
            store_slow: random.pick(&[0, 500, 5_000]),
            store_lost: random.pick(&[0, 1_000, 10_000]),
            bus_ms: random.pick(&[0, 2, 30]),
            bus_lost: random.pick(&[0, 5_000, 100_000, 500_000]),
            bus_doubled: random.pick(&[0, 10_000, 200_000]),
        }
    }
}

/// What comes between one node and all else.
pub(super) struct Trouble {
    world: Weak<World>,
    /// Which node it is.
    at: usize,
    life: Arc<Life>,
    state: Mutex<State>,
    cut: Arc<Notify>,
}

struct State {
    random: Random,
    trap: Option<Trap>,
    is_cut: bool,
    /// Until then the store answers badly.
    storm_until: Instant,
}

impl Trouble {
    pub(super) fn new(world: &Arc<World>, at: usize, random: Random) -> Arc<Self> {
        let state = State { random, trap: None, is_cut: false, storm_until: Instant::now() };
        let (world, life) = (Arc::downgrade(world), Arc::default());
        Arc::new(Self { world, at, life, state: Mutex::new(state), cut: Arc::default() })
    }

    pub(super) fn life(&self) -> Arc<Life> {
        Arc::clone(&self.life)
    }

    /// The node dies when it comes there next.
    pub(super) fn set(&self, trap: Trap) {
        self.state().trap = Some(trap);
    }

    /// Takes the bus from the node, or brings it back.
    pub(super) fn cut(&self, is_cut: bool) {
        self.state().is_cut = is_cut;
        if is_cut {
            self.cut.notify_waiters();
        }
    }

    /// For a while the store answers badly.
    pub(super) fn storm(&self, time: Duration) {
        self.state().storm_until = Instant::now() + time;
    }

    /// The weather, unless nothing goes wrong any longer.
    fn weather(&self) -> Option<Weather> {
        self.world.upgrade().filter(|world| !world.is_calm()).map(|world| world.weather)
    }

    /// Whether the node dies here.
    fn springs(&self, trap: Trap) -> bool {
        let springs = self.state().trap == Some(trap) && self.weather().is_some();
        if springs && let Some(world) = self.world.upgrade() {
            world.note("trap", trap as u64);
            self.state().trap = None;
            world.kill(&self.life);
        }
        springs
    }

    /// How long something of the store is on its way, and whether it gets there.
    fn way_to_store(&self) -> (Duration, bool) {
        let Some(weather) = self.weather() else { return (Duration::ZERO, true) };
        let mut state = self.state();
        let is_storm = Instant::now() < state.storm_until;
        let random = &mut state.random;
        let is_slow = random.is_one_in_a_million(weather.store_slow + if is_storm { 50_000 } else { 0 });
        let is_lost = random.is_one_in_a_million(weather.store_lost + if is_storm { 100_000 } else { 0 });
        let time = match is_slow {
            true => random.ms(100, 15_000),
            false if random.below(3) == 0 => Duration::ZERO,
            false => random.ms(0, weather.store_ms),
        };
        (time, !is_lost)
    }

    fn way_to_bus(&self) -> (Duration, bool) {
        let mut state = self.state();
        if state.is_cut {
            return (state.random.ms(0, CUT_ANSWERS_WITHIN_MS), false);
        }
        drop(state);
        let Some(weather) = self.weather() else { return (Duration::ZERO, true) };
        let mut state = self.state();
        let random = &mut state.random;
        (random.ms(0, weather.bus_ms), !random.is_one_in_a_million(weather.bus_lost / 20))
    }

    fn way(&self, what: &str) -> (Duration, bool) {
        let way = self.way_of(what);
        if let Some(world) = self.world.upgrade() {
            world.note(what, u64::try_from(way.0.as_millis()).expect("seconds"));
            world.excuses().travels(self.at, what, timestamp(), way.0);
        }
        way
    }

    fn way_of(&self, what: &str) -> (Duration, bool) {
        match what.starts_with("bus") {
            true => self.way_to_bus(),
            false => self.way_to_store(),
        }
    }

    fn passage((time, gets_there): (Duration, bool)) -> Passage {
        match time {
            Duration::ZERO => Box::pin(ready(gets_there)),
            time => Box::pin(async move {
                sleep(time).await;
                gets_there
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Between for Trouble {
    fn call(&self, what: &'static str) -> Passage {
        let springs = what == "bus while publishing" && self.springs(Trap::Telling);
        // Nothing leaves a node that is dead; what is on its way arrives.
        if springs || self.life.is_over() {
            return Box::pin(pending());
        }
        let way = self.way(what);
        if let Some(world) = self.world.upgrade() {
            world.excuses().sets_out(self.at, what, timestamp(), way.0);
        }
        Self::passage(way)
    }

    fn answer(&self, what: &'static str) -> Passage {
        let springs = match what {
            "log while appending" => self.springs(Trap::Committed),
            "log while revising" => self.springs(Trap::Revised),
            "memberships while leaving" => self.springs(Trap::Ended),
            _ => false,
        };
        if springs || self.life.is_over() {
            return Box::pin(ready(false));
        }
        Self::passage(self.way(what))
    }

    fn arrivals(&self) -> Vec<Duration> {
        let Some(weather) = self.weather() else { return vec![Duration::ZERO] };
        let mut state = self.state();
        let random = &mut state.random;
        if random.is_one_in_a_million(weather.bus_lost) {
            return Vec::new();
        }
        let mut arrivals = vec![random.ms(0, weather.bus_ms)];
        if random.is_one_in_a_million(weather.bus_doubled) {
            arrivals.push(random.ms(0, 3_000));
        }
        drop(state);
        if let Some(world) = self.world.upgrade() {
            let sum: Duration = arrivals.iter().sum();
            world.note("arrives", u64::try_from(sum.as_millis()).expect("seconds"));
        }
        arrivals
    }

    fn cut_off(&self) -> BoxFuture<'static, ()> {
        // From here on no cut is missed.
        Box::pin(Arc::clone(&self.cut).notified_owned())
    }
}
