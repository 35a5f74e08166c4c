//! cargo-leptos, which rebuilds and reloads while one edits.

use std::{process::Command, time::Duration};

use anyhow::{Context as _, Result};

use super::wasm;
use crate::{paths, process, toolchain::Toolchain, tools, ui};

/// How long a prebuilt cargo-leptos may take to come.
const PATIENCE: Duration = Duration::from_mins(2);

/// What makes cargo-leptos compile in a quarter of the time; it need not be fast.
const QUICK_TO_COMPILE: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
];

/// Brings cargo-leptos, unless it is there, and says how to start it.
pub(super) fn watch(toolchain: Toolchain) -> Result<()> {
    let version = tools::pinned("cargo-leptos")?;
    let is_whole = paths::program("cargo-leptos").is_some() || prebuilt(&version);
    if !is_whole {
        ui::say("No prebuilt cargo-leptos, so it is compiled, without what downloads other tools.");
        let spec = ["cargo-leptos", "--locked", "--features", "no_downloads", "--version", &version];
        compile(&spec).context("it needs Rust 1.96 or newer: `rustup update` may help")?;
    }
    if !(is_whole && downloads()) {
        command_of_wasm_bindgen()?;
    }
    ui::say(format_args!("Start it with: {}cargo leptos watch", toolchain.prefix()));
    Ok(())
}

fn prebuilt(version: &str) -> bool {
    if paths::program("cargo-binstall").is_none() {
        return false;
    }
    let mut binstall = Toolchain::Current.cargo();
    binstall.args(["binstall", "--no-confirm", "--disable-strategies", "compile"]);
    binstall.arg(format!("cargo-leptos@{version}"));
    process::succeeds_within(&mut binstall, PATIENCE)
}

/// Installs a program by the first toolchain that can compile it: ours may be too old, and Debian's be newer.
fn compile(spec: &[&str]) -> Result<()> {
    let install = |toolchain: Toolchain| {
        let mut cargo = toolchain.cargo();
        process::run(cargo.arg("install").args(spec).envs(QUICK_TO_COMPILE))
    };
    install(Toolchain::Current).or_else(|why| {
        ui::say(why);
        wasm::debians_rust()?;
        install(Toolchain::Debian)
    })
}

/// Whether cargo-leptos can bring the tools it needs by itself.
fn downloads() -> bool {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--head", "--fail", "--max-time", "5", "--output", "/dev/null"]);
    curl.arg("https://github.com");
    process::succeeds_within(&mut curl, Duration::from_secs(10))
}

/// Brings the command `wasm-bindgen` in the version of Cargo.lock, which it must equal.
fn command_of_wasm_bindgen() -> Result<()> {
    let version = tools::wasm_bindgen()?;
    let installed = process::output(Command::new("wasm-bindgen").arg("--version"));
    if installed.is_ok_and(|it| it.trim() == format!("wasm-bindgen {version}")) {
        return Ok(());
    }
    // Not as its lock file says: it locks a dependency that was withdrawn.
    compile(&["wasm-bindgen-cli", "--version", &version, "--force"])
}
