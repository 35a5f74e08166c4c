//! Finds messages: what a member asks for, among what they may read.

mod asked;
mod config;
mod finding;
mod newest;
mod routes;

use backend::Backend;

pub use config::Config;
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
