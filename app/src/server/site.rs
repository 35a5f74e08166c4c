//! What pages are made from, and where the built assets lie.

use std::env;

use leptos::config::{LeptosOptions, get_configuration};

use backend::{Backend, Edge, Untold};
use protocol::{Action, Refusal};

use super::{
    Config,
    hashing::Hashing,
    limiter::{self, Whose},
    present::Present,
};

/// Everything the pages need: one for the process.
pub struct Site {
    pub(super) backend: Backend,
    pub(super) edge: Edge,
    pub(super) config: Config,
    pub(super) assets: Assets,
    pub(super) hashing: Hashing,
    pub(super) present: Present,
    pub(super) untold: Untold,
}

impl Site {
    /// Puts the parts together.
    pub fn new(backend: Backend, edge: Edge, config: Config, assets: Assets) -> Self {
        let present = Present::new(backend.presence.clone());
        let (hashing, untold) = (Hashing::default(), Untold::default());
        Self { backend, edge, config, assets, hashing, present, untold }
    }

    /// Counts one.
    ///
    /// # Errors
    /// [`Refusal::TooFast`].
    pub(super) async fn take(&self, action: Action, whose: Whose) -> Result<(), Refusal> {
        limiter::take((&self.backend.rates, &self.config.rates), action, &whose).await
    }
}

/// What the build made for browsers.
#[derive(Clone, Debug)]
pub struct Assets {
    /// Where it lies, as Leptos wants to know.
    pub options: LeptosOptions,
    /// Which build it is: the hash of the browser's code.
    pub build: String,
}

impl Assets {
    /// Looks for what was built together with this program: where the builder's `LEPTOS_` variables say, else in
    /// `target/site`.
    pub fn of_this_program() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the builder's own variables are its configuration")]
        let is_told = env::var("LEPTOS_OUTPUT_NAME").is_ok();
        let told = is_told.then(|| get_configuration(None).ok()).flatten(); // Not whole: as if it was not told.
        let mut options = match told {
            Some(told) => told.leptos_options,
            None => LeptosOptions::builder().output_name("hubbub").site_root("target/site").build(),
        };
        let build = process::build_of_this_program();
        options.hash_files = build.is_some(); // Else the names have no hashes in them.
        let build = build.unwrap_or_else(|| "unbuilt".to_owned());
        Self { options, build }
    }
}
