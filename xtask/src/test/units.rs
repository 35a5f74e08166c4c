//! The tests of all crates.

use std::process::Command;

use anyhow::Result;

use super::{Setting, results, tally::Tally};
use crate::{build::NATIVE, engines::Engines, process, setup, toolchain::Toolchain};

/// So many tests of a crate run at once, unless they run whole: most of them wait, for an engine or for time to pass.
const AT_ONCE: &str = "6";

/// Runs them all on real engines, whichever fail, and adds to `to_keep` what they ask to have kept.
pub(super) fn run(setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    setup::lints(setting.toolchain)?;
    let engines = Engines::start(&setup::engines()?)?;
    let mut tally = Tally::default();
    for command in [native(setting.toolchain).envs(engines.environment()), &mut tasks()] {
        if !setting.is_full {
            command.env("RUST_TEST_THREADS", AT_ONCE);
        }
        tally = tally.and(watch("units", command, setting, to_keep)?);
    }
    Ok(tally)
}

/// Runs the simulation of nodes alone, built for speed.
pub(super) fn simulation(setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    let mut cargo = nodes(setting.toolchain);
    watch("simulation", cargo.args(["--lib", "simulation"]), setting, to_keep)
}

/// Runs the tests of many processes alone, built for speed.
pub(super) fn cluster(setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    let engines = Engines::start(&setup::engines()?)?;
    let mut cargo = nodes(setting.toolchain);
    watch("cluster", cargo.args(["--test", "cluster"]).envs(engines.environment()), setting, to_keep)
}

fn watch(part: &str, command: &mut Command, setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    command.arg("--no-fail-fast");
    if setting.is_full {
        command.args(["--", "--show-output"]).env("HUBBUB_FULL", part);
    }
    let mut seen = Tally::default();
    let status = process::watch(command, |line| {
        seen = seen.and(Tally::of_line(line));
        to_keep.extend(results::kept(line));
    })?;
    Ok(seen.of_program(status.success()))
}

/// Cargo that builds and runs tests of the socket server, for speed.
fn nodes(toolchain: Toolchain) -> Command {
    let mut cargo = toolchain.cargo();
    cargo.args(["test", "--release", "--package", "socket-server", "--features", "aws,jemalloc"]);
    cargo
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
