//! Keeps the index of messages up with what becomes of them.

mod follow;

pub use follow::{catch_up, follow};
