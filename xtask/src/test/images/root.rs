//! A file system that holds just what an image would, and programs that see no other.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};

use super::dockerfile::Image;
use crate::{build, engines::Engine, process};

/// What the base image has for programs that are linked: glibc and libgcc.
///
/// Source: <https://github.com/GoogleContainerTools/distroless/blob/main/cc/README.md>
const LIBRARIES: [&str; 4] = ["ld-linux", "libc.so.", "libm.so.", "libgcc_s.so."];

/// The authorities that this machine trusts, where Debian has them and the base image has its own.
const AUTHORITIES: &str = "etc/ssl/certs/ca-certificates.crt";

/// Makes its file system unwritable, becomes whoever the image names, and the program with it: the same process.
const ENTER: &str = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && \
    mount --rbind /proc \"$0/proc\" && exec unshare --user \
    --map-user=\"$1\" --map-group=\"$2\" --root=\"$0\" --wd=\"$3\" \"${@:4}\"";

/// The root of an image.
pub(super) struct Root {
    path: PathBuf,
    image: Image,
}

impl Root {
    /// Makes it in a folder, out of what `built` has as the build in the Dockerfile has it below `/out`.
    ///
    /// # Errors
    /// When a file cannot be copied, or a program wants what the base image does not have.
    pub(super) fn make(path: PathBuf, image: Image, built: &Path) -> Result<Self> {
        for folder in ["tmp", "proc"] {
            fs::create_dir_all(path.join(folder))?;
        }
        let home = path.join(image.folder.trim_start_matches('/'));
        for (from, to) in &image.copies {
            let (from, into) = (built.join(from), home.join(to));
            if from.is_dir() {
                build::copy(&from, &into)?;
                continue;
            }
            ensure!(to.ends_with('/'), "{} would get another name, {to}", from.display());
            copy(&from, &into.join(from.file_name().context("a file has a name")?))?;
        }
        for program in programs(&home)? {
            for library in libraries(&program)? {
                copy(&library, &path.join(library.strip_prefix("/")?))?;
            }
        }
        let authorities = Path::new("/").join(AUTHORITIES);
        if authorities.exists() {
            copy(&authorities, &path.join(AUTHORITIES))?;
        }
        Ok(Self { path, image })
    }

    /// Starts the image's program, told what a task would tell it, with its log beside `folder`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(&self, name: &str, told: &[(&str, String)], folder: &Path) -> Result<Engine> {
        Engine::start(name, &self.command(&self.image.entrypoint, told)?, folder)
    }

    /// Runs the image's program with arguments.
    ///
    /// # Errors
    /// When it does not end well.
    pub(super) fn run(&self, arguments: &[&str], told: &[(&str, String)]) -> Result<String> {
        let words = self.image.entrypoint.iter().map(String::as_str).chain(arguments.iter().copied());
        process::output(&mut self.command(&words.collect::<Vec<_>>(), told)?)
    }

    /// Runs another program that the image holds, with arguments.
    ///
    /// # Errors
    /// When it does not end well.
    pub(super) fn run_other(&self, program: &str, arguments: &[&str]) -> Result<String> {
        let words: Vec<_> = [program].iter().chain(arguments).copied().collect();
        process::output(&mut self.command(&words, &[])?)
    }

    /// Asks as Docker does whether the program is alive.
    ///
    /// # Errors
    /// When it is not.
    pub(super) fn ask_health(&self, told: &[(&str, String)]) -> Result<()> {
        process::output(&mut self.command(&self.image.health, told)?).map(drop)
    }

    fn command(&self, words: &[impl AsRef<str>], told: &[(&str, String)]) -> Result<Command> {
        let (user, group) = self.image.user.split_once(':').context("the image names user and group")?;
        ensure!(user != "0" && group != "0", "the image's program is root");
        let mut command = Command::new("env");
        command.arg("--ignore-environment").arg("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
        let own = self.image.environment.iter().map(|(name, value)| (name.as_str(), value));
        command.args(
            own.chain(told.iter().map(|(name, value)| (*name, value))).map(|(n, v)| format!("{n}={v}")),
        );
        command.args(["unshare", "--user", "--map-root-user", "--mount", "bash", "-c", ENTER]);
        command.arg(&self.path).args([user, group, &self.image.folder]);
        command.args(words.iter().map(AsRef::as_ref));
        Ok(command)
    }
}

/// The programs in a folder.
fn programs(folder: &Path) -> Result<Vec<PathBuf>> {
    let files: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    let is_program = |it: &fs::Metadata| it.is_file() && it.permissions().mode() & 0o111 != 0;
    let programs = files.iter().filter(|it| it.metadata().is_ok_and(|it| is_program(&it)));
    Ok(programs.map(fs::DirEntry::path).collect())
}

/// What a program is linked with.
fn libraries(program: &Path) -> Result<Vec<PathBuf>> {
    let told = process::output(Command::new("ldd").arg(program))?;
    let paths = told.lines().filter_map(|line| line.split_whitespace().find(|it| it.starts_with('/')));
    let of_base = |path: &&str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        LIBRARIES.iter().any(|it| name.starts_with(it))
    };
    let (known, others): (Vec<_>, Vec<_>) = paths.partition(of_base);
    if !others.is_empty() {
        bail!("{} wants what the base image does not have: {}", program.display(), others.join(", "));
    }
    Ok(known.into_iter().map(PathBuf::from).collect())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().context("a file has a folder")?)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}
