//! Where tests find the real engines, and names in them that no other test has.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
};

/// What a test is told of the engines, as `HUBBUB_TEST_DYNAMODB`.
///
/// # Panics
/// When it is not told: a test that needs an engine fails without it.
#[expect(clippy::disallowed_methods, reason = "where the tests' engines are is no setting of the product")]
pub fn told(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: `cargo xtask test` starts the engines, `cargo xtask engines` too")
    })
}

/// Letters and digits that nothing else has. A letter comes first: what has a name in an engine may want that.
pub fn fresh() -> String {
    format!("x{:016x}", RandomState::new().build_hasher().finish())
}
