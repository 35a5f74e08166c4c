//! The tests of all crates.

use std::process::Command;

use anyhow::Result;

use super::{Setting, results, tally::Tally};
use crate::{build::NATIVE, engines::Engines, process, setup, toolchain::Toolchain};

/// Runs them all on real engines, whichever fail, and adds to `to_keep` what they ask to have kept.
pub(super) fn run(setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    setup::lints(setting.toolchain)?;
    let engines = Engines::start(&setup::engines()?)?;
    let mut tally = Tally::default();
    for command in [native(setting.toolchain).envs(engines.environment()), &mut tasks()] {
        command.arg("--no-fail-fast");
        if setting.is_full {
            command.args(["--", "--show-output"]).env("HUBBUB_FULL", "1");
        }
        let mut seen = Tally::default();
        let status = process::watch(command, |line| {
            seen = seen.and(Tally::of_line(line));
            to_keep.extend(results::kept(line));
        })?;
        tally = tally.and(seen.of_program(status.success()));
    }
    Ok(tally)
}

/// Cargo that builds and runs the tests of all crates for servers.
pub(super) fn native(toolchain: Toolchain) -> Command {
    let mut cargo = toolchain.linting_cargo();
    cargo.arg("test").args(NATIVE);
    cargo
}

/// Cargo that builds and runs the tests of this crate. The Rust that runs us has built what they depend on.
pub(super) fn tasks() -> Command {
    let mut cargo = Toolchain::Current.linting_cargo();
    cargo.args(["test", "--package", "xtask"]);
    cargo
}
