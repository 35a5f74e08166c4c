//! Debian's packages. Only root installs them; nobody else is asked for a password.

use std::{fs, path::Path, process::Command};

use anyhow::{Result, bail};

use crate::{paths, process, ui};

/// Installs packages with apt.
///
/// # Errors
/// Without root or apt: says what to run, or that this machine has no such packages.
pub(super) fn install(packages: &[&str]) -> Result<()> {
    let line = format!("apt-get install --yes --no-install-recommends {}", packages.join(" "));
    if paths::program("apt-get").is_none() {
        bail!("this machine has no apt-get to install {} with", packages.join(", "));
    }
    if !is_root()? {
        bail!("needs Debian packages: run this line as root, then try again\n\n    {line}\n");
    }
    if !has_lists() {
        process::run(apt().arg("update"))?;
    }
    ui::say(&line);
    if process::run(&mut install_command(packages)).is_ok() {
        return Ok(());
    }
    // The lists may be older than the archive.
    process::run(apt().arg("update"))?;
    process::run(&mut install_command(packages))
}

fn install_command(packages: &[&str]) -> Command {
    let mut command = apt();
    command.args(["install", "--yes", "--no-install-recommends"]).args(packages);
    command
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.args(["--quiet"]).env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn is_root() -> Result<bool> {
    Ok(process::output(Command::new("id").arg("-u"))?.trim() == "0")
}

fn has_lists() -> bool {
    let files = fs::read_dir(Path::new("/var/lib/apt/lists")).into_iter().flatten().flatten();
    files.map(|it| it.file_name()).any(|it| it.to_string_lossy().contains("_Packages"))
}
