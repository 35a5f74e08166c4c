//! Where things lie.

use std::{
    env,
    path::{Path, PathBuf},
};

/// The top folder of the project.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask has a folder above it").to_owned()
}

/// Cargo's target folder.
pub(crate) fn target() -> PathBuf {
    let moved = env::var_os("CARGO_TARGET_DIR").filter(|it| !it.is_empty());
    moved.map_or_else(
        || root().join("target"),
        |it| std::path::absolute(it).unwrap_or_else(|_| root().join("target")),
    )
}

/// What the browser is given: scripts, style, pictures.
pub(crate) fn site() -> PathBuf {
    target().join("site")
}

/// Tools that belong to this checkout, and notes on which were found.
pub(crate) fn tools() -> PathBuf {
    target().join("tools")
}

/// The end-to-end tests.
pub(crate) fn end2end() -> PathBuf {
    root().join("end2end")
}

/// The first program of that name in PATH.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(name)).find(|it| it.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_has_the_lock_file() {
        assert!(root().join("Cargo.lock").is_file());
    }

    #[test]
    fn a_program_that_is_nowhere_is_not_found() {
        assert_eq!(program("hubbub-is-not-installed-under-this-name"), None);
    }
}
