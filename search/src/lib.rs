//! Finds messages: what a member asks for, among what they may read.

mod asked;
mod config;
mod finding;
mod newest;
mod routes;

#[cfg(feature = "aws")]
mod function;

use backend::Backend;

pub use config::Config;
#[cfg(feature = "aws")]
pub use function::function;
pub use routes::router;

/// What finds messages.
pub struct Service {
    backend: Backend,
    config: Config,
}

impl Service {
    /// Over what this process was configured with.
    pub fn new(backend: Backend, config: Config) -> Self {
        Self { backend, config }
    }
}
