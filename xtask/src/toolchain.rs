//! Which Rust builds: the one that cargo started us with, or Debian's, whose standard library for WASM we can build.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::{paths, process, ui};

/// The target of the browser's code.
pub(crate) const WASM: &str = "wasm32-unknown-unknown";

/// rustup's name for Debian's Rust, once it is linked.
pub(crate) const DEBIAN: &str = "deb196";

/// What cargo and rustup set for us, and would mislead the cargo that we start.
const OURS: [&str; 6] =
    ["CARGO", "RUSTC", "RUSTDOC", "LD_LIBRARY_PATH", "CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH"];

/// The Rust that builds server and WASM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Toolchain {
    /// The one that runs this task: it has the WASM target.
    Current,
    /// Debian's, linked into rustup.
    Debian,
}

impl Toolchain {
    /// The toolchain that can build WASM, if one can.
    pub(crate) fn find() -> Option<Self> {
        [Self::Current, Self::Debian].into_iter().find(|it| it.has_wasm())
    }

    /// The variable that chooses it, for a command that somebody types.
    pub(crate) fn prefix(self) -> String {
        match self {
            Self::Current => String::new(),
            Self::Debian => format!("RUSTUP_TOOLCHAIN={DEBIAN} "),
        }
    }

    fn has_wasm(self) -> bool {
        let sysroot =
            process::output(self.command("rustc").args(["--print", "sysroot"]).stderr(Stdio::null()));
        sysroot.is_ok_and(|it| has_standard_library(Path::new(it.trim())))
    }

    /// Starts one of the toolchain's programs in the project's folder.
    pub(crate) fn command(self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(paths::root());
        for name in OURS {
            command.env_remove(name);
        }
        if self == Self::Debian {
            command.env("RUSTUP_TOOLCHAIN", DEBIAN);
        }
        command
    }

    /// Cargo, in the project's folder.
    pub(crate) fn cargo(self) -> Command {
        self.command("cargo")
    }

    /// Cargo with clippy in the compiler's place: what it builds is linted too, and a warning ends it. Cargo's own
    /// `clippy` checks every dependency first, beside those that are built.
    pub(crate) fn linting_cargo(self) -> Command {
        let mut cargo = self.cargo();
        cargo.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
        // How `cargo clippy` hands on what stands behind its `--`.
        cargo.env("CLIPPY_ARGS", "--deny__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__");
        cargo
    }
}

/// Cargo of a toolchain that has rustfmt, which Debian's has not.
pub(crate) fn cargo_fmt() -> Command {
    let mut command = Toolchain::Current.cargo();
    command.arg("fmt");
    let is_there = process::succeeds_within(
        Toolchain::Current.cargo().args(["fmt", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()),
        std::time::Duration::from_secs(30),
    );
    if !is_there {
        ui::say("This Rust has no rustfmt; taking rustup's default one.");
        command.env_remove("RUSTUP_TOOLCHAIN");
    }
    command
}

/// Whether a sysroot has a standard library for WASM.
pub(crate) fn has_standard_library(sysroot: &Path) -> bool {
    let Ok(files) = fs::read_dir(sysroot.join("lib/rustlib").join(WASM).join("lib")) else { return false };
    files.flatten().any(|it| {
        let name = it.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sysroot_has_wasm_once_its_standard_library_is_there() {
        let sysroot = tempfile::tempdir().unwrap();
        let lib = sysroot.path().join("lib/rustlib").join(WASM).join("lib");
        assert!(!has_standard_library(sysroot.path()));

        fs::create_dir_all(&lib).unwrap();
        fs::write(lib.join("libcore-1.rlib"), "").unwrap();
        assert!(!has_standard_library(sysroot.path()));

        fs::write(lib.join("libstd-1.rlib"), "").unwrap();
        assert!(has_standard_library(sysroot.path()));
    }

    #[test]
    fn what_cargo_told_us_is_not_passed_on() {
        let cargo = Toolchain::Debian.cargo();
        let set: Vec<_> = cargo.get_envs().collect();

        assert!(set.contains(&("CARGO".as_ref(), None)));
        assert!(set.contains(&("RUSTUP_TOOLCHAIN".as_ref(), Some(DEBIAN.as_ref()))));
    }
}
