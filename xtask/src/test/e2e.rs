//! Playwright's tests, against the whole product.

use std::{fs, io::ErrorKind, process::Command};

use anyhow::{Context as _, Result};

use super::{Setting, results, tally::Tally};
use crate::{
    build::{self, Profile},
    engines::Engines,
    paths, playwright, process, setup,
    ui::Steps,
};

/// What of the tests is run on the stack each time: what depends on many processes most.
const ON_STACK: [&str; 7] = ["stack", "deployment", "smoke", "presence", "typing", "search", "found"];

/// Builds the product and lets Playwright loose on it. Adds to `to_keep` what the tests ask to have kept.
pub(super) fn run(setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    drive(setting, to_keep, |playwright| {
        if setting.is_full {
            playwright.env("HUBBUB_FULL", "e2e");
        }
    })
}

/// Likewise, on nodes, pages, DynamoDB Local and Redis in place of the one process; all tests where runs are whole.
pub(super) fn run_on_stack(setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    let engines = Engines::start(&setup::engines()?)?;
    let (nginx, cargo_lambda) = (setup::nginx()?, setup::cargo_lambda()?);
    drive(setting, to_keep, |playwright| {
        playwright
            .envs(engines.environment())
            .env("HUBBUB_STACK", &setting.this_program)
            .env("HUBBUB_NGINX", &nginx)
            .env("HUBBUB_CARGO_LAMBDA", &cargo_lambda);
        match setting.is_full {
            true => playwright.env("HUBBUB_FULL", "stack"),
            false => playwright.args(ON_STACK),
        };
    })
}

fn drive(setting: &Setting, to_keep: &mut Vec<String>, tell: impl FnOnce(&mut Command)) -> Result<Tally> {
    let mut steps = Steps::new(build::N_STEPS + 4);
    steps.quiet_step("Install the packages of the tests", setup::packages)?;
    let types = steps.quiet_step("Check the types of the tests", types)?;
    let browser = steps.quiet_step("Look for Chromium", setup::browser)?;
    setup::lints(setting.toolchain)?;
    let built = build::all(setting.toolchain, Profile::Tested, &mut steps)?;

    let report = paths::target().join("e2e.json");
    forget(&report).with_context(|| format!("cannot remove {}", report.display()))?;
    let mut playwright = playwright::test(&built, &browser);
    playwright.env("HUBBUB_REPORT", &report);
    tell(&mut playwright);
    let see = |line: &str| to_keep.extend(results::kept(line));
    let status = steps.step("Drive the browser", || process::watch(&mut playwright, see))?;
    let report = fs::read_to_string(&report).context("Playwright left no report")?;
    Ok(Tally::of_playwright(&report)?.of_program(status.success()).and(types))
}

/// Whether the tests fit the types of what they use. Counts as one test.
fn types() -> Result<Tally> {
    let mut compiler = playwright::program("tsc");
    let status = process::watch(&mut compiler, |_| ())?;
    Ok(if status.success() { Tally::SUCCESS } else { Tally::FAILURE })
}

fn forget(file: &std::path::Path) -> std::io::Result<()> {
    match fs::remove_file(file) {
        Err(failure) if failure.kind() != ErrorKind::NotFound => Err(failure),
        _ => Ok(()),
    }
}
