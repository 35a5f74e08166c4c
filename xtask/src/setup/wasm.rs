//! A Rust that builds for the browser.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::debian;
use crate::{
    paths, process,
    toolchain::{DEBIAN, Toolchain, WASM, has_standard_library},
    ui,
};

/// How long rustup may take to bring the target.
const PATIENCE: Duration = Duration::from_mins(3);

/// Debian's Rust, which comes without a standard library for WASM but with the sources of one.
const PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

/// Where Debian's Rust is.
const SYSROOT: &str = "/usr";

/// Brings the WASM target, unless it is there, and says which toolchain has it.
///
/// # Errors
/// When neither rustup nor Debian can bring it.
pub(crate) fn wasm() -> Result<Toolchain> {
    if let Some(toolchain) = Toolchain::find() {
        return Ok(toolchain);
    }
    ui::say("This Rust cannot build for the browser yet: rustup target add");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", WASM]).current_dir(paths::root());
    if process::succeeds_within(&mut rustup, PATIENCE) && Toolchain::find() == Some(Toolchain::Current) {
        ui::say("rustup brought the WASM target.");
        return Ok(Toolchain::Current);
    }
    ui::say("rustup could not bring it. Taking Debian's Rust, and building its standard library for WASM.");
    debians_rust()?;
    standard_library()?;
    if Toolchain::find().is_none() {
        bail!("the standard library for WASM was built, but `rustup run {DEBIAN} rustc` does not see it");
    }
    ui::say(format_args!("Debian's Rust builds for the browser, as rustup's toolchain {DEBIAN}."));
    Ok(Toolchain::Debian)
}

/// Installs Debian's Rust and links it into rustup.
pub(super) fn debians_rust() -> Result<()> {
    let sysroot = Path::new(SYSROOT);
    let is_installed = sysroot.join("bin/lld-19").is_file() && sysroot.join("lib/rustlib/src/rust").exists();
    if !is_installed {
        debian::install(&PACKAGES)?;
    }
    process::run(Command::new("rustup").args(["toolchain", "link", DEBIAN, SYSROOT]))
}

/// Gives Debian's Rust a standard library for WASM.
fn standard_library() -> Result<()> {
    let sysroot = Path::new(SYSROOT);
    if has_standard_library(sysroot) {
        return Ok(());
    }
    let built = build_standard_library(sysroot)?;
    install_libraries(&built, sysroot).with_context(|| {
        format!("cannot write the standard library below {SYSROOT}: run `cargo xtask setup wasm` as root")
    })
}

/// Builds the standard library by building an empty crate with it. Gives the folder of the libraries.
fn build_standard_library(sysroot: &Path) -> Result<PathBuf> {
    let probe = paths::tools().join("wasm-std");
    fs::create_dir_all(probe.join("src"))?;
    fs::write(probe.join("src/lib.rs"), "")?;
    let manifest = "[package]\nname = \"probe\"\nedition = \"2024\"\n\n[workspace]\n";
    fs::write(probe.join("Cargo.toml"), manifest)?;

    let mut cargo = Toolchain::Current.command(&sysroot.join("bin/cargo").to_string_lossy());
    cargo.current_dir(&probe).args(["build", "--release", "--target", WASM, "-Zbuild-std=std,panic_abort"]);
    // The sources are those of this very compiler, which knows their unstable features.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTC", sysroot.join("bin/rustc"));
    cargo.env("CARGO_TARGET_DIR", probe.join("target")).env_remove("RUSTFLAGS");
    process::run(&mut cargo)?;
    Ok(probe.join("target").join(WASM).join("release/deps"))
}

fn install_libraries(built: &Path, sysroot: &Path) -> Result<()> {
    let rustlib = sysroot.join("lib/rustlib");
    let libraries = rustlib.join(WASM).join("lib");
    fs::create_dir_all(&libraries)?;
    for file in fs::read_dir(built)? {
        let (path, name) = file.map(|it| (it.path(), it.file_name()))?;
        let is_ours = name.to_string_lossy().starts_with("libprobe");
        if path.extension().is_some_and(|it| it == "rlib") && !is_ours {
            fs::copy(&path, libraries.join(name))?;
        }
    }
    let linker = rustlib.join(host(sysroot)?).join("bin/rust-lld");
    if !linker.exists() {
        fs::create_dir_all(linker.parent().context("a linker has a folder")?)?;
        symlink(sysroot.join("bin/lld-19"), &linker)?;
    }
    Ok(())
}

/// The name of this machine's target, such as `x86_64-unknown-linux-gnu`.
fn host(sysroot: &Path) -> Result<String> {
    let version = process::output(Command::new(sysroot.join("bin/rustc")).arg("-vV").stderr(Stdio::null()))?;
    let line = version.lines().find_map(|it| it.strip_prefix("host: "));
    Ok(line.context("rustc does not tell its host")?.to_owned())
}
