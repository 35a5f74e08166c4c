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

/// What a program is told to keep everything in tables that nothing else has, by the names of settings.
pub fn fresh_tables() -> impl Fn(&str) -> Option<String> {
    let (endpoint, prefix) = (told("HUBBUB_TEST_DYNAMODB"), format!("test-{}", fresh()));
    move |name| match name {
        "HUBBUB_STORE" => Some("dynamodb".to_owned()),
        "HUBBUB_DYNAMODB_ENDPOINT" => Some(endpoint.clone()),
        "HUBBUB_PREFIX" => Some(prefix.clone()),
        _ => None,
    }
}
