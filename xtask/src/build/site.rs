//! The folder that the server serves: `pkg/` with names by content, and what lies in `app/public`.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use super::{NAME, compress::compress, scripts, style};
use crate::paths;

/// The folder of scripts and style in the site.
pub(crate) const PACKAGE: &str = "pkg";

/// What Leptos looks for beside the server: the hashes in the names.
pub(crate) const HASHES: &str = "hash.txt";

/// What is named by its content, as Leptos names it in [`HASHES`].
const KINDS: [&str; 3] = ["css", "js", "wasm"];

/// Makes the site, unless it is made of the same already, and tells the server in `beside` its names.
pub(super) fn make(wasm: &Path, beside: &Path) -> Result<()> {
    let (site, stamp) = (paths::site(), paths::tools().join("site.txt"));
    let sources = [paths::root().join("style"), paths::root().join("app/public"), wasm.to_owned()];
    let made_of = fingerprint(&sources)?;

    let hashes = match still_good(&stamp, &made_of, &site) {
        Some(hashes) => hashes,
        None => remake(wasm, &site)?,
    };
    fs::create_dir_all(paths::tools())?;
    fs::write(&stamp, format!("{made_of}\n{hashes}"))?;
    fs::create_dir_all(beside)?;
    fs::write(beside.join(HASHES), hashes)?;
    Ok(())
}

/// The hashes of a site that was made of just this and has lost nothing since.
fn still_good(stamp: &Path, made_of: &str, site: &Path) -> Option<String> {
    // Where nothing can be read of it, it is made again.
    let stamp = fs::read_to_string(stamp).ok()?;
    let (before, hashes) = stamp.split_once('\n')?;
    let files = hashes.lines().filter_map(|it| it.split_once(": "));
    let mut files = files.map(|(kind, hash)| site.join(PACKAGE).join(format!("{NAME}.{hash}.{kind}")));
    (before == made_of && files.all(|it| it.is_file())).then(|| hashes.to_owned())
}

/// Makes the site anew, aside, and puts it in place when it is whole.
fn remake(wasm: &Path, site: &Path) -> Result<String> {
    let new = site.with_extension("new");
    remove(&new)?;
    let package = new.join(PACKAGE);
    fs::create_dir_all(&package)?;
    copy(&paths::root().join("app/public"), &new)?;
    scripts::write(wasm, &package)?;
    style::write(&paths::root().join("style/main.css"), &package.join(format!("{NAME}.css")))?;
    let hashes = rename_by_content(&package)?;
    for file in files_in(&new)? {
        compress(&file).with_context(|| format!("cannot compress {}", file.display()))?;
    }
    remove(site)?;
    fs::rename(&new, site)?;
    Ok(hashes)
}

/// Puts a hash of its content into each name, and gives the lines that tell Leptos.
fn rename_by_content(package: &Path) -> Result<String> {
    let mut lines = Vec::new();
    for kind in KINDS {
        let file = package.join(format!("{NAME}.{kind}"));
        let hash = hex(&Sha256::digest(fs::read(&file)?)[..8]);
        fs::rename(&file, package.join(format!("{NAME}.{hash}.{kind}")))?;
        lines.push(format!("{kind}: {hash}\n"));
    }
    Ok(lines.concat())
}

/// A hash of the names and contents of files and folders, and of what makes the site of them.
fn fingerprint(sources: &[PathBuf]) -> Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(concat!(include_str!("compress.rs"), include_str!("scripts.rs"), include_str!("site.rs")));
    hasher.update(include_str!("style.rs"));
    for file in sources.iter().map(|it| files_in(it)).collect::<Result<Vec<_>>>()?.concat() {
        let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        hasher.update(file.as_os_str().as_encoded_bytes());
        hasher.update(content.len().to_le_bytes());
        hasher.update(content);
    }
    Ok(hex(&hasher.finalize()))
}

/// A file, or all the files in a folder, in order.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn files_in(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut entries: Vec<_> =
        fs::read_dir(path)?.map(|it| it.map(|it| it.path())).collect::<Result<_, _>>()?;
    entries.sort();
    Ok(entries.iter().map(|it| files_in(it)).collect::<Result<Vec<_>>>()?.concat())
}

/// Copies all files of a folder.
///
/// # Errors
/// When one cannot be read or written.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files_in(from)? {
        let copy = to.join(file.strip_prefix(from)?);
        fs::create_dir_all(copy.parent().context("a file has a folder")?)?;
        fs::copy(file, copy)?;
    }
    Ok(())
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(failure) if failure.kind() != ErrorKind::NotFound => {
            Err(failure).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Bytes as they are written in names.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |it: u8| char::from_digit(it.into(), 16).expect("half a byte is one digit");
    bytes.iter().flat_map(|it| [it >> 4, it & 15]).map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = |it: &str| folder.path().join(it);
        for kind in KINDS {
            fs::write(path(&format!("hubbub.{kind}")), kind).unwrap();
        }

        let hashes = rename_by_content(folder.path()).unwrap();

        // `printf css | sha256sum`
        assert!(hashes.starts_with("css: 36e64f19f57a05c8\n"), "{hashes}");
        assert_eq!(hashes.lines().count(), 3);
        assert_eq!(fs::read_to_string(path("hubbub.36e64f19f57a05c8.css")).unwrap(), "css");
    }

    #[test]
    fn a_changed_file_changes_the_fingerprint_and_so_does_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let sources = [folder.path().to_owned()];
        fs::write(folder.path().join("a"), "1").unwrap();
        let first = fingerprint(&sources).unwrap();
        assert_eq!(fingerprint(&sources).unwrap(), first);

        fs::write(folder.path().join("a"), "2").unwrap();
        let second = fingerprint(&sources).unwrap();
        assert_ne!(second, first);

        fs::rename(folder.path().join("a"), folder.path().join("b")).unwrap();
        assert_ne!(fingerprint(&sources).unwrap(), second);
    }

    #[test]
    fn a_site_that_lost_a_file_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let (stamp, site) = (folder.path().join("stamp"), folder.path().join("site"));
        fs::create_dir_all(site.join("pkg")).unwrap();
        fs::write(&stamp, "sum\njs: 12\n").unwrap();
        fs::write(site.join("pkg/hubbub.12.js"), "").unwrap();
        assert_eq!(still_good(&stamp, "sum", &site).as_deref(), Some("js: 12\n"));
        assert_eq!(still_good(&stamp, "other", &site), None);

        fs::remove_file(site.join("pkg/hubbub.12.js")).unwrap();
        assert_eq!(still_good(&stamp, "sum", &site), None);
    }
}
