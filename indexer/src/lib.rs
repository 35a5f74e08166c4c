//! Keeps the index of messages up with what becomes of them: beside SQLite by its feed, elsewhere by a table's stream.

mod follow;

mod batch;
mod patience;
mod redrive;

#[cfg(feature = "aws")]
mod config;
#[cfg(feature = "aws")]
mod function;
#[cfg(feature = "aws")]
mod rebuild;

pub use batch::{Done, Record, put_batch};
#[cfg(feature = "aws")]
pub use config::Config;
pub use follow::{catch_up, follow};
#[cfg(feature = "aws")]
pub use function::{Batch, handle};
#[cfg(feature = "aws")]
pub use rebuild::{RebuildError, Rebuilt, rebuild};
pub use redrive::{Redriven, redrive};
