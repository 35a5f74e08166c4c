//! What somebody finds, over the route: an index that is behind, another than it should be or away, and a store that is right.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

mod asking;
#[cfg(feature = "aws")]
mod cost;
mod engine;
#[cfg(feature = "aws")]
mod function;
mod leaks;
mod speed;
mod stale;
mod without_index;
mod world;

/// Whether long tests run whole, and what takes time is judged.
#[expect(clippy::disallowed_methods, reason = "how long tests run is no setting of the product")]
fn is_full() -> bool {
    std::env::var("HUBBUB_FULL").is_ok_and(|part| part == "units")
}
