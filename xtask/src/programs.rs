//! `cargo xtask programs`: what images hold, built for speed and put into one folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use clap::Args;

use crate::{
    build::{self, Built, IN_IMAGES},
    setup,
    ui::{self, Steps},
};

/// What to build, and where to put it.
#[derive(Args)]
pub(crate) struct Options {
    /// The folder, which is made: `bin/` has the programs, `site/` what browsers are given.
    folder: PathBuf,
    /// For which machines, as rustc calls them: `aarch64-unknown-linux-gnu`. Without it, for such as this one.
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
}

/// Builds it and puts it there.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = &options.folder;
    // Files of another build beside those of this one would be given to browsers, too.
    ensure!(!folder.exists(), "{} is there already: name a folder that is not", folder.display());
    let mut steps = Steps::new(build::N_STEPS + 1);
    let toolchain = steps.step("Look for a Rust that builds for the browser", setup::wasm)?;
    let built = build::for_images(toolchain, options.target.as_deref(), &mut steps)?;
    put(&built, folder)?;
    ui::say(format_args!("All of it is in {}.", folder.display()));
    Ok(())
}

/// Puts programs and site into a folder, as an image wants them.
///
/// # Errors
/// When a file cannot be copied.
pub(crate) fn put(built: &Built, folder: &Path) -> Result<()> {
    let programs = folder.join("bin");
    fs::create_dir_all(&programs)?;
    // A program finds beside it the names of what browsers load.
    for name in IN_IMAGES.into_iter().chain([build::HASHES]) {
        let from = built.binary.with_file_name(name);
        fs::copy(&from, programs.join(name)).with_context(|| format!("cannot copy {}", from.display()))?;
    }
    build::copy(&built.site, &folder.join("site"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::paths;

    #[test]
    fn an_image_gets_programs_that_run_the_names_of_assets_and_the_site() {
        let world = tempfile::tempdir().unwrap();
        let (release, site, folder) =
            (world.path().join("release"), world.path().join("site"), world.path().join("out"));
        fs::create_dir_all(&release).unwrap();
        fs::create_dir_all(site.join("pkg")).unwrap();
        for name in IN_IMAGES {
            fs::write(release.join(name), name).unwrap();
            fs::set_permissions(release.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::write(release.join("hash.txt"), "wasm: 12\n").unwrap();
        fs::write(site.join("pkg/hubbub.12.wasm"), "code").unwrap();

        put(&Built { binary: release.join("hubbub"), site }, &folder).unwrap();

        let mode = fs::metadata(folder.join("bin/socket-server")).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111);
        assert_eq!(fs::read_to_string(folder.join("bin/hash.txt")).unwrap(), "wasm: 12\n");
        assert_eq!(fs::read_to_string(folder.join("site/pkg/hubbub.12.wasm")).unwrap(), "code");
    }

    #[test]
    fn the_images_hold_all_that_is_put_there_on_bases_that_cannot_change() {
        let text = fs::read_to_string(paths::root().join("deploy/Dockerfile")).unwrap();
        let words: Vec<_> = text.split_whitespace().collect();
        let bases = text.lines().filter_map(|line| line.strip_prefix("FROM "));
        let foreign: Vec<_> = bases.filter(|base| base.contains('/') || base.contains(':')).collect();

        for name in IN_IMAGES.into_iter().chain([build::HASHES]) {
            assert!(words.contains(&format!("/out/bin/{name}").as_str()), "{name} is in no image");
        }
        assert!(words.contains(&"/out/site"));
        assert_eq!(foreign.len(), 2, "{foreign:?}");
        assert!(foreign.iter().all(|base| base.contains("@sha256:")), "{foreign:?}");
    }

    #[test]
    fn what_is_there_is_not_mixed_with_what_is_built() {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { folder: folder.path().to_owned(), target: None };

        assert!(run(&options).unwrap_err().to_string().contains("is there already"));
    }
}
