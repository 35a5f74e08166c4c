//! `cargo xtask run`: builds what has changed and becomes the server.

use std::{
    env,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf, absolute},
};

use anyhow::{Context as _, Result};
use clap::Args;

use crate::{
    build::{self, Profile},
    paths, setup,
    ui::{self, Steps},
};

/// How to build and start.
#[derive(Args)]
pub(crate) struct Options {
    /// Compile the server for speed, which takes minutes.
    #[arg(long)]
    release: bool,
    /// Build, say where everything is, and start nothing.
    #[arg(long)]
    build_only: bool,
}

/// Builds, then turns into the server, so that Ctrl-C ends all there is.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut steps = Steps::new(build::N_STEPS + 1);
    let toolchain = steps.step("Look for a Rust that builds for the browser", setup::wasm)?;
    let profile = if options.release { Profile::Release } else { Profile::Dev };
    let built = build::all(toolchain, profile, &mut steps)?;
    if options.build_only {
        ui::say(format_args!("Server: {}\nSite:   {}", built.binary.display(), built.site.display()));
        return Ok(());
    }

    let data = data(env::var_os("HUBBUB_DATA").map(PathBuf::from))?;
    let addr = env::var_os("HUBBUB_ADDR").unwrap_or_else(|| "127.0.0.1:3000".into());
    ui::say(format_args!("Hubbub starts on http://{}", addr.display()));
    ui::say(format_args!("Its data is in {} (HUBBUB_DATA moves it). Ctrl-C ends it.", data.display()));
    let mut server = built.server();
    server.arg("serve").current_dir(paths::root()).env("HUBBUB_DATA", &data).env("HUBBUB_ADDR", addr);
    Err(server.exec()).with_context(|| format!("cannot start {}", built.binary.display()))
}

/// The folder of the data, wherever the server runs: as somebody typed it, or `data` in the project.
fn data(typed: Option<PathBuf>) -> Result<PathBuf> {
    let typed = typed.filter(|it| it != Path::new(""));
    Ok(absolute(typed.unwrap_or_else(|| paths::root().join("data")))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_lies_in_the_project_unless_it_is_moved() {
        assert_eq!(data(None).unwrap(), paths::root().join("data"));
        assert_eq!(data(Some("".into())).unwrap(), paths::root().join("data"));
        assert_eq!(data(Some("/srv/chat".into())).unwrap(), Path::new("/srv/chat"));
        assert!(data(Some("here".into())).unwrap().is_absolute());
    }
}
