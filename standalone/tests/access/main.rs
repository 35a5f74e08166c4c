//! Who may read what, tried in every way in, against a model that knows nothing of how it is done.
//!
//! A history is a few people, a public and a private room, and what happens to them: joins, invitations, removals, bans,
//! roles, deletions. After each step somebody tries a way in, and is let in exactly when the model says so.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod cells;
mod history;
mod model;
mod timing;
mod ways;
mod world;

use futures::{StreamExt as _, stream};
use rand::{SeedableRng as _, rngs::StdRng};

use self::{history::History, world::World};

/// Printed, so that a failing history can be repeated.
const SEED: u64 = 20_261_126;
/// Histories that unfold side by side.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_reads_what_they_may_not_and_everybody_what_they_may() {
    let n_histories = match std::env::var_os("HUBBUB_FULL") {
        Some(_) => 20_000,
        None => 300,
    };
    // Lives as long as the tasks below, which is as long as the test.
    let world: &'static World = Box::leak(Box::new(World::start().await));

    let (mut n_tries, mut n_leaks, mut n_refused) = (0, 0, 0);
    let unfolding = (0..n_histories).map(|at| async move {
        let unfolds = async move {
            let mut history = History::begin(world, StdRng::seed_from_u64(SEED + at)).await;
            history.unfold().await;
            history.end()
        };
        (at, tokio::spawn(unfolds).await.unwrap())
    });
    let mut unfolding = stream::iter(unfolding).buffered(AT_ONCE);
    while let Some((at, (tries, wrong))) = unfolding.next().await {
        n_tries += tries;
        for wrong in wrong {
            println!("history {at} of seed {SEED}: {wrong}");
            match wrong.is_leak {
                true => n_leaks += 1,
                false => n_refused += 1,
            }
        }
    }

    println!(
        "result: {n_histories} histories, {n_tries} tries of {} ways in, seed {SEED}: leaks: {n_leaks}, wrong \
         refusals: {n_refused}",
        ways::ALL.len(),
    );
    assert_eq!((n_leaks, n_refused), (0, 0));
}
