//! Histories of several clients against a model of the chat: whatever network, nodes, store and members do, every client
//! ends with exactly the log, and no draft is lost, doubled or out of order.
//!
//! Seeds are fixed. `HUBBUB_SEED=7` plays the histories of one, `HUBBUB_FULL=units` many more of them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod log;
mod names;
mod page;
mod server;
mod step;
mod world;

use proptest::{
    collection::vec,
    test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner},
};

use self::{log::Limits, step::any_step};

/// The real limits.
const REAL: Limits = Limits {
    catch_up: protocol::limits::CATCH_UP_MAX,
    end: protocol::limits::PAGE_DEFAULT as u64,
    page: protocol::limits::PAGE_MAX as u64,
    changes: protocol::limits::CHANGES_MAX,
    stale: protocol::limits::SINCE_MAX_BEHIND,
};
/// Limits that are reached soon.
const SMALL: Limits = Limits { catch_up: 8, end: 5, page: 6, changes: 4, stale: 12 };

#[test]
fn every_client_ends_with_exactly_the_log() {
    let (seeds, cases) = extent(1..=2, 400, 1..=10, 3_000);
    for seed in seeds {
        check("small limits", SMALL, seed, cases, 30);
    }
}

#[test]
fn every_client_ends_with_exactly_the_log_after_missing_hundreds() {
    let (seeds, cases) = extent(3..=3, 60, 21..=25, 500);
    for seed in seeds {
        check("real limits", REAL, seed, cases, 1_500);
    }
}

type Seeds = std::ops::RangeInclusive<u64>;

/// Which seeds to play, and how many histories of each.
#[expect(clippy::disallowed_methods, reason = "how long tests run is no setting of the product")]
fn extent(quick: Seeds, quick_cases: u32, full: Seeds, full_cases: u32) -> (Seeds, u32) {
    let is_full = std::env::var("HUBBUB_FULL").is_ok_and(|it| it == "units");
    let (seeds, cases) = if is_full { (full, full_cases) } else { (quick, quick_cases) };
    match std::env::var("HUBBUB_SEED") {
        Ok(seed) => {
            let seed = seed.parse().expect("HUBBUB_SEED is a number");
            (seed..=seed, cases)
        }
        Err(_) => (seeds, cases),
    }
}

#[track_caller]
#[expect(clippy::print_stdout, reason = "what a test has to tell, it prints")]
fn check(limits_name: &str, limits: Limits, seed: u64, cases: u32, most: u64) {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 100_000, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let res = runner
        .run(&vec(any_step(most), 0..250), |steps| world::play(&steps, limits).map_err(TestCaseError::fail));
    match res {
        Ok(()) => {
            println!("result: client histories with {limits_name}: seed {seed}, {cases} histories, 0 failed");
        }
        Err(TestError::Fail(why, steps)) => {
            let steps: Vec<String> = steps.iter().map(|step| format!("    {step:?}")).collect();
            panic!("seed {seed}: {why}\n{}", steps.join("\n"));
        }
        Err(TestError::Abort(why)) => panic!("seed {seed}: {why}"),
    }
}
