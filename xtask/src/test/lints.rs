//! What is told without running anything: layout, warnings, licences.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::Result;

use super::{tally::Tally, units};
use crate::{
    build::{self, NATIVE, Profile},
    paths, process, setup,
    toolchain::{Toolchain, cargo_fmt},
    ui,
};

/// Where the advisories are, which no package registry has.
const ADVISORIES: &str = "https://github.com/rustsec/advisory-db";

/// Whether rustfmt would change anything.
pub(super) fn fmt() -> Result<Tally> {
    setup::lints(Toolchain::Current)?;
    Ok(one([cargo_fmt().args(["--all", "--check"])]))
}

/// Licences, sources, doubled versions, and advisories where they can be fetched.
pub(super) fn deny() -> Result<Tally> {
    let mut deny = Toolchain::Current.command(&setup::cargo_deny()?.to_string_lossy());
    deny.args(["--log-level", "error", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"]);
    if advisories_answer() {
        deny.arg("advisories");
    } else {
        ui::say(format_args!("{ADVISORIES} cannot be fetched here: advisories are not checked."));
    }
    Ok(one([&mut deny]))
}

/// Warnings of clippy, from the builds of all that is tested afterwards.
pub(super) fn clippy(toolchain: Toolchain) -> Result<Tally> {
    setup::lints(toolchain)?;
    let (mut native, mut tasks) = (units::native(toolchain), units::tasks());
    let mut browser = build::browser(toolchain, Profile::Tested);
    Ok(one([native.arg("--no-run"), tasks.arg("--no-run"), &mut browser]))
}

/// Warnings of rustdoc.
pub(super) fn doc(toolchain: Toolchain) -> Tally {
    let mut cargo = toolchain.cargo();
    cargo.arg("doc").args(NATIVE).args(["--no-deps", "--document-private-items"]);
    cargo.args(["--lib", "--bins", "--examples"]);
    one([cargo.env("RUSTDOCFLAGS", "--deny warnings")])
}

/// Several commands that count as one test; all are run, so that all complaints are seen.
fn one<'a>(commands: impl IntoIterator<Item = &'a mut Command>) -> Tally {
    let mut tally = Tally::SUCCESS;
    for command in commands {
        if let Err(why) = process::run(command.stdin(Stdio::null())) {
            ui::say(why);
            tally = Tally::FAILURE;
        }
    }
    tally
}

fn advisories_answer() -> bool {
    if paths::program("git").is_none() {
        return false;
    }
    let mut git = Command::new("git");
    git.args(["ls-remote", "--quiet", ADVISORIES, "HEAD"]).env("GIT_TERMINAL_PROMPT", "0");
    process::succeeds_within(git.stdout(Stdio::null()).stderr(Stdio::null()), Duration::from_secs(15))
}
