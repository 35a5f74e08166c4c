//! Playwright, told what it drives.

use std::process::Command;

use crate::{build::Built, paths, setup::Browser};

/// `playwright test` on what was built.
pub(crate) fn test(built: &Built, browser: &Browser) -> Command {
    let mut playwright = program("playwright");
    playwright.arg("test").env("HUBBUB_BINARY", &built.binary).env("HUBBUB_SITE", &built.site);
    if let Browser::Installed(path) = browser {
        playwright.env("HUBBUB_CHROMIUM", path);
    }
    playwright
}

/// A program that the packages of the tests brought, in the version of their lock file.
pub(crate) fn program(name: &str) -> Command {
    let mut command = Command::new(paths::end2end().join("node_modules/.bin").join(name));
    command.current_dir(paths::end2end());
    command
}
