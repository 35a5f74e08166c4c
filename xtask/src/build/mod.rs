//! Builds the product: the browser's code and its site, then the server.

mod compress;
mod scripts;
mod site;
mod style;

pub(crate) use self::site::{HASHES, PACKAGE, copy, files_in, hex};

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::Result;

use crate::{
    paths, process,
    toolchain::{Toolchain, WASM},
    ui::Steps,
};

/// How many steps [`all`] takes.
pub(crate) const N_STEPS: usize = 3;

/// All crates for servers. Not `frontend`: its features would join those of the server in one build of `app`. Not
/// this one either: it was built by the Rust that runs it, and would be built again. Without the allocator that only
/// releases need.
pub(crate) const NATIVE: [&str; 8] = [
    "--workspace",
    "--exclude",
    "frontend",
    "--exclude",
    "xtask",
    "--no-default-features",
    "--features",
    DISTRIBUTED,
];

/// The features by which programs are many machines'.
const DISTRIBUTED: &str = "standalone/aws,socket-server/aws,app/aws,app/ssr,indexer/aws,search/aws,bench/aws";

/// The features by which programs have the allocator of releases.
const ALLOCATOR: &str = "standalone/jemalloc,socket-server/jemalloc,app/jemalloc";

/// The crate of the server.
const SERVER: [&str; 2] = ["--package", "standalone"];

/// The crates of all programs, of what talks to them too.
const PROGRAMS: [&str; 12] = [
    "--package",
    "standalone",
    "--package",
    "socket-server",
    "--package",
    "app",
    "--package",
    "indexer",
    "--package",
    "search",
    "--package",
    "bench",
];

/// The programs of many machines that images hold: two that serve, and two with the commands of who runs the place.
pub(crate) const IN_IMAGES: [&str; 4] = ["socket-server", "app", NAME, "indexer"];

/// The features of those.
const OF_IMAGES: &str = "standalone/aws,socket-server/aws,app/aws,app/ssr,indexer/aws";

/// The name of all that the browser is given, also known to Leptos as it builds.
const NAME: &str = "hubbub";

/// How the server is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Built in seconds.
    Dev,
    /// All programs of many machines, built in seconds.
    Distributed,
    /// All programs of many machines, fast.
    DistributedRelease,
    /// As the tests are built: linted, and with their features, so that nothing is compiled twice.
    Tested,
    /// Fast.
    Release,
}

/// What was built.
pub(crate) struct Built {
    /// The server.
    pub(crate) binary: PathBuf,
    /// What it gives to browsers.
    pub(crate) site: PathBuf,
}

impl Built {
    /// The server, told where its site is.
    pub(crate) fn server(&self) -> Command {
        self.program(NAME)
    }

    /// A program that was built with it, told where the site is.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.binary.with_file_name(name));
        command
            .env("LEPTOS_ENV", "PROD")
            .env("LEPTOS_OUTPUT_NAME", NAME)
            .env("LEPTOS_SITE_ROOT", &self.site)
            .env("LEPTOS_SITE_PKG_DIR", PACKAGE)
            .env("LEPTOS_HASH_FILES", "true");
        command
    }
}

/// Builds what has changed.
pub(crate) fn all(toolchain: Toolchain, profile: Profile, steps: &mut Steps) -> Result<Built> {
    let folder = paths::target().join(profile.folder());
    for_browsers(toolchain, profile, &folder, steps)?;
    steps.step("Compile the server", || server(toolchain, profile))?;
    Ok(Built { binary: folder.join(NAME), site: paths::site() })
}

/// Builds what images hold, for machines of a kind; without one, for such as this one.
pub(crate) fn for_images(toolchain: Toolchain, target: Option<&str>, steps: &mut Steps) -> Result<Built> {
    let above = target.map_or_else(paths::target, |it| paths::target().join(it));
    let folder = above.join(Profile::DistributedRelease.folder());
    for_browsers(toolchain, Profile::DistributedRelease, &folder, steps)?;
    steps.step("Compile the servers", || process::run(&mut images(toolchain, target)))?;
    Ok(Built { binary: folder.join(NAME), site: paths::site() })
}

/// Builds what browsers are given, and tells the programs in `beside` its names.
fn for_browsers(toolchain: Toolchain, profile: Profile, beside: &Path, steps: &mut Steps) -> Result<()> {
    steps.step("Compile for the browser", || process::run(&mut browser(toolchain, profile)))?;
    let wasm = paths::target().join(WASM).join("wasm-release/frontend.wasm");
    steps.quiet_step("Put scripts, style and pictures together", || site::make(&wasm, beside))
}

/// Builds what measures, for speed.
pub(crate) fn bench(toolchain: Toolchain) -> Result<PathBuf> {
    let mut cargo = toolchain.cargo();
    cargo.args(["build", "--release", "--package", "bench"]).stdin(Stdio::null());
    process::run(&mut cargo)?;
    Ok(paths::target().join(Profile::Release.folder()).join("bench"))
}

/// Builds the programs of many machines, and what talks to them, without what browsers are given.
pub(crate) fn of_many_machines(toolchain: Toolchain, profile: Profile) -> Result<Built> {
    server(toolchain, profile)?;
    Ok(Built { binary: paths::target().join(profile.folder()).join(NAME), site: paths::site() })
}

impl Profile {
    /// That of all programs of many machines.
    pub(crate) fn of_many_machines(is_release: bool) -> Self {
        if is_release { Self::DistributedRelease } else { Self::Distributed }
    }

    fn cargo(self, toolchain: Toolchain) -> Command {
        match self {
            Self::Dev | Self::Distributed | Self::DistributedRelease | Self::Release => toolchain.cargo(),
            Self::Tested => toolchain.linting_cargo(),
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Dev | Self::Distributed | Self::Tested => "debug",
            Self::DistributedRelease | Self::Release => "release",
        }
    }
}

/// Compiles what runs in the browser.
pub(crate) fn browser(toolchain: Toolchain, profile: Profile) -> Command {
    let mut cargo = profile.cargo(toolchain);
    cargo.args(["build", "--package", "frontend", "--profile", "wasm-release", "--target", WASM]);
    cargo.stdin(Stdio::null());
    cargo
}

fn server(toolchain: Toolchain, profile: Profile) -> Result<()> {
    let mut cargo = profile.cargo(toolchain);
    cargo.arg("build").stdin(Stdio::null());
    let programs = ["--bins", "--no-default-features", "--features", DISTRIBUTED];
    match profile {
        Profile::Distributed => cargo.args(PROGRAMS).args(programs),
        Profile::DistributedRelease => {
            cargo.args(PROGRAMS).args(programs).args(["--release", "--features", ALLOCATOR])
        }
        Profile::Dev => cargo.args(SERVER).args(["--bin", NAME, "--no-default-features"]),
        // With a test among them, cargo chooses features as for all tests.
        Profile::Tested => cargo.args(NATIVE).args(["--bins", "--test", "program"]),
        Profile::Release => cargo.args(SERVER).args(["--bin", NAME, "--release"]),
    };
    process::run(&mut cargo)
}

/// Compiles the programs of images. Their lock file is the one that was tested: it is not written anew.
fn images(toolchain: Toolchain, target: Option<&str>) -> Command {
    let mut cargo = toolchain.cargo();
    cargo.args(["build", "--locked", "--release", "--no-default-features"]).stdin(Stdio::null());
    let packages = ["standalone", "socket-server", "app", "indexer"];
    cargo.args(packages.iter().flat_map(|name| ["--package", name]));
    cargo.args(IN_IMAGES.iter().flat_map(|name| ["--bin", name]));
    cargo.args(["--features", OF_IMAGES, "--features", ALLOCATOR]);
    cargo.args(target.iter().flat_map(|it| ["--target", it]));
    cargo
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_built_for_the_machines_that_are_named() {
        let of = |target| {
            let words: Vec<_> =
                images(Toolchain::Current, target).get_args().map(ToOwned::to_owned).collect();
            words.join(" ".as_ref()).into_string().unwrap()
        };

        assert!(of(Some("aarch64-unknown-linux-gnu")).ends_with(" --target aarch64-unknown-linux-gnu"));
        assert!(!of(None).contains("--target"));
        assert!(
            of(None).contains(" --bin socket-server --bin app --bin hubbub --bin indexer "),
            "{}",
            of(None)
        );
    }
}
