//! Real clients against many real nodes over one store and one bus, where everything goes wrong that can: in the end every
//! client has exactly the log, with every draft once and in order and every edit that was acknowledged, and who was removed
//! has none of it.
//!
//! There are no sockets and no threads: all of it happens on a simulated clock, from a seed, and the same seed is the same
//! run. `HUBBUB_SEED=7` runs one seed, `HUBBUB_FULL=simulation` ten thousand.

mod excuses;
mod life;
mod line;
mod member;
mod node;
mod pipe;
mod run;
mod script;
mod trouble;
mod warden;
mod world;

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use self::run::{Tally, simulate};
pub(crate) use self::{life::of_node, pipe::Socket, world::timestamp_of_simulation as timestamp};

/// So long seeds are run where nobody asks for more: on two cores, two minutes of them.
const QUICK: Duration = Duration::from_mins(1);
/// How many seeds are all of them.
const N_SEEDS: u64 = 10_000;
/// So many seeds are run twice: one where nobody asks for more.
const N_TWICE: u64 = 100;

#[test]
fn whatever_happens_to_nodes_every_client_ends_with_exactly_the_log() {
    let until = Instant::now() + QUICK;
    let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
    match (variable("HUBBUB_SEED"), variable("HUBBUB_FULL").as_deref()) {
        (Some(seed), _) => {
            let seed = seed.parse().expect("HUBBUB_SEED is a number");
            check(seed, 1, |it| it > seed);
        }
        (None, Some("simulation")) => {
            check(1, n_threads, |seed| seed > N_SEEDS);
        }
        (None, _) => check(1, n_threads, |_| Instant::now() >= until),
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let run = |seed| simulate(seed).unwrap().fingerprint;
    let last = if variable("HUBBUB_FULL").as_deref() == Some("simulation") { N_TWICE } else { 1 };

    let runs: Vec<_> = (1..=last + 1).map(|seed| (seed, run(seed))).collect();
    for (seed, before) in runs.iter().filter(|(seed, _)| *seed <= last) {
        assert_eq!(run(*seed), *before, "seed {seed}");
    }
    assert_ne!(runs[0].1, runs[1].1);
}

/// Runs seeds from one on, until it is enough, and fails with the first of which something is wrong.
fn check(first: u64, n_threads: usize, is_enough: impl Fn(u64) -> bool + Sync) {
    let began = Instant::now();
    let (next, total, wrong) = (AtomicU64::new(first), Mutex::new(Tally::default()), Mutex::new(Vec::new()));
    let work = || {
        while wrong.lock().unwrap().is_empty() {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if is_enough(seed) {
                next.fetch_sub(1, Ordering::Relaxed);
                return;
            }
            match simulate(seed) {
                Ok(run) => *total.lock().unwrap() += run.tally,
                Err(why) => wrong.lock().unwrap().push((seed, why)),
            }
        }
    };
    std::thread::scope(|threads| {
        for _ in 0..n_threads {
            threads.spawn(work);
        }
    });
    if let Some((seed, why)) = wrong.into_inner().unwrap().into_iter().min() {
        panic!("seed {seed} (HUBBUB_SEED={seed} runs it alone): {why}");
    }
    let Tally { messages, revised, turns, connections, resyncs, crashes, pauses, cuts } =
        total.into_inner().unwrap();
    let last = next.into_inner() - 1;
    println!(
        "result: simulation of nodes: {} seeds ({first}..={last}), {messages} sends, {revised} edits and \
         deletions, {turns} membership changes, {connections} connections, {resyncs} resyncs, {crashes} crashes, \
         {pauses} pauses, {cuts} times without the bus, {:?}; anomalies: 0",
        last + 1 - first,
        began.elapsed()
    );
}

#[expect(clippy::disallowed_methods, reason = "how long tests run is no setting of the product")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
