//! What pages are made from, and where the built assets lie.

use std::{env, fs};

use leptos::config::{LeptosOptions, get_configuration};

use backend::{Backend, Edge};

use super::{Config, hashing::Hashing, limiter::Limiter};

/// Everything the pages need: one for the process.
pub struct Site {
    pub(super) backend: Backend,
    pub(super) edge: Edge,
    pub(super) config: Config,
    pub(super) assets: Assets,
    pub(super) hashing: Hashing,
    pub(super) limiter: Limiter,
}

impl Site {
    /// Puts the parts together.
    pub fn new(backend: Backend, edge: Edge, config: Config, assets: Assets) -> Self {
        let limiter = Limiter::new(config.rates);
        Self { backend, edge, config, assets, hashing: Hashing::default(), limiter }
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
        let folder = env::current_exe().ok().and_then(|program| Some(program.parent()?.to_owned()));
        let hashes = fs::read_to_string(folder.unwrap_or_default().join(&*options.hash_file));
        let hashes = hashes.unwrap_or_default(); // No such file: the names have no hashes in them.
        options.hash_files = !hashes.is_empty();
        let build = build_of(&hashes).unwrap_or_else(|| "unbuilt".to_owned());
        Self { options, build }
    }
}

/// The hash of the browser's code, from lines as `wasm: 3d3e…`.
fn build_of(hashes: &str) -> Option<String> {
    let hash = hashes.lines().find_map(|line| line.strip_prefix("wasm:"))?;
    Some(hash.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_build_is_named_by_the_browsers_code() {
        assert_eq!(build_of("css: 12\njs: 34\nwasm: 56\n").as_deref(), Some("56"));
        assert_eq!(build_of(""), None);
    }
}
