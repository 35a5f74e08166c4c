//! Playwright's tests, against the server as `cargo xtask run` builds it.

use std::{fs, io::ErrorKind, process::Command};

use anyhow::{Context as _, Result};

use super::{Setting, tally::Tally};
use crate::{
    build::{self, Profile},
    paths, process,
    setup::{self, Browser},
    ui::Steps,
};

/// Builds the product and lets Playwright loose on it.
pub(super) fn run(setting: &Setting) -> Result<Tally> {
    let mut steps = Steps::new(build::N_STEPS + 3);
    steps.quiet_step("Install the packages of the tests", setup::packages)?;
    let browser = steps.quiet_step("Look for Chromium", setup::browser)?;
    let built = build::all(setting.toolchain, Profile::Dev, &mut steps)?;

    let report = paths::target().join("e2e.json");
    forget(&report).with_context(|| format!("cannot remove {}", report.display()))?;
    let mut playwright = Command::new(paths::end2end().join("node_modules/.bin/playwright"));
    playwright
        .arg("test")
        .current_dir(paths::end2end())
        .env("HUBBUB_BINARY", &built.binary)
        .env("HUBBUB_SITE", &built.site)
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report);
    if let Browser::Installed(path) = browser {
        playwright.env("HUBBUB_CHROMIUM", path);
    }
    if setting.is_full {
        playwright.env("HUBBUB_FULL", "1");
    }
    let status = steps.step("Drive the browser", || process::watch(&mut playwright, |_| ()))?;
    let report = fs::read_to_string(&report).context("Playwright left no report")?;
    Ok(Tally::of_playwright(&report)?.of_program(status.success()))
}

fn forget(file: &std::path::Path) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(failure) if failure.kind() != ErrorKind::NotFound => Err(failure),
        _ => Ok(()),
    }
}
