//! rustfmt and clippy.

use std::process::{Command, Stdio};

use anyhow::Result;

use super::debian;
use crate::{process, toolchain::Toolchain};

/// Brings clippy and rustfmt where a Rust came without them.
pub(crate) fn lints(toolchain: Toolchain) -> Result<()> {
    for (toolchain, component) in
        [(Toolchain::Current, "clippy"), (toolchain, "clippy"), (Toolchain::Current, "fmt")]
    {
        if !has(toolchain, component) {
            bring(toolchain, component)?;
        }
    }
    Ok(())
}

fn has(toolchain: Toolchain, component: &str) -> bool {
    let mut cargo = toolchain.cargo();
    cargo.args([component, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    cargo.status().is_ok_and(|it| it.success())
}

fn bring(toolchain: Toolchain, component: &str) -> Result<()> {
    match (toolchain, component) {
        (Toolchain::Debian, _) => debian::install(&["rust-web-clippy"]),
        // A linked toolchain has no rustfmt; rustup's default one then formats.
        (Toolchain::Current, "fmt") => rustup(&["component", "add", "rustfmt"]).or_else(|_| {
            process::run(Command::new("cargo").args(["fmt", "--version"]).env_remove("RUSTUP_TOOLCHAIN"))
        }),
        (Toolchain::Current, component) => rustup(&["component", "add", component]),
    }
}

fn rustup(args: &[&str]) -> Result<()> {
    process::run(Command::new("rustup").args(args))
}
