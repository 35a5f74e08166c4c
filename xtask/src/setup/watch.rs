//! cargo-leptos, which rebuilds and reloads while one edits.

use std::{process::Command, time::Duration};

use anyhow::Result;

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
    if paths::program("cargo-leptos").is_none() {
        let version = tools::pinned("cargo-leptos")?;
        if !prebuilt(&version) {
            ui::say("No prebuilt cargo-leptos, so it is compiled, without what downloads other tools.");
            compile(toolchain, &version)?;
        }
    }
    if toolchain == Toolchain::Debian || !downloads() {
        command_of_wasm_bindgen(toolchain)?;
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

fn compile(toolchain: Toolchain, version: &str) -> Result<()> {
    let mut cargo = toolchain.cargo();
    cargo.args(["install", "cargo-leptos", "--locked", "--features", "no_downloads", "--version", version]);
    process::run(cargo.envs(QUICK_TO_COMPILE))
}

/// Whether cargo-leptos can bring the tools it needs by itself.
fn downloads() -> bool {
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--head",
        "--fail",
        "--max-time",
        "5",
        "--output",
        "/dev/null",
        "https://github.com",
    ]);
    process::succeeds_within(&mut curl, Duration::from_secs(10))
}

/// Brings the command `wasm-bindgen` in the version of Cargo.lock, which it must equal.
fn command_of_wasm_bindgen(toolchain: Toolchain) -> Result<()> {
    let version = tools::wasm_bindgen()?;
    let installed = process::output(Command::new("wasm-bindgen").arg("--version"));
    if installed.is_ok_and(|it| it.trim() == format!("wasm-bindgen {version}")) {
        return Ok(());
    }
    let mut cargo = toolchain.cargo();
    // Not as its lock file says: it locks a dependency that was withdrawn.
    cargo.args(["install", "wasm-bindgen-cli", "--version", &version, "--force"]);
    process::run(cargo.envs(QUICK_TO_COMPILE))
}
