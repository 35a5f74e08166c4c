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
