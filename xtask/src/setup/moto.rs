//! moto, which stands in for AWS's queues: from PyPI, in a Python environment of its own.

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

/// Finds moto, or brings it.
///
/// # Errors
/// When there is no Python that makes environments, or PyPI does not answer.
pub(super) fn moto() -> Result<Moto> {
    let version = tools::pinned("moto")?;
    let folder = paths::tools().join("moto").join(&version);
    if !folder.is_dir() {
        ui::say(format_args!("moto {version}, from PyPI"));
        bring(&version, &folder)?;
    }
    Ok(Moto { python: python_of(&folder) })
}

fn bring(version: &str, folder: &Path) -> Result<()> {
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
    process::output(pip.arg(format!("moto[server]=={version}")))?;
    // Last, and at once: a folder of that name is whole. Its Python finds itself wherever it lies.
    fs::rename(&part, folder).with_context(|| format!("cannot rename {}", part.display()))?;
    ensure!(python_of(folder).exists(), "{} has no Python", folder.display());
    Ok(())
}

fn python_of(folder: &Path) -> PathBuf {
    folder.join("bin/python")
}
