//! A copy of the sources, in which something may be broken.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};

use crate::{build::files_in, paths, process};

/// The copy. It lies below cargo's folder, so that what was compiled of others' crates serves both.
pub(super) struct Tree {
    pub(super) path: PathBuf,
}

/// A file of it that is broken for as long as this is there.
pub(super) struct Broken {
    file: PathBuf,
    sound: String,
}

impl Tree {
    /// Copies every file that belongs to the project.
    ///
    /// # Errors
    /// When git does not list the files, or one cannot be copied.
    pub(super) fn copy() -> Result<Self> {
        let (root, path) = (paths::root(), paths::target().join("mutants"));
        let mut git = Command::new("git");
        git.args(["ls-files", "--cached", "--others", "--exclude-standard"]).current_dir(&root);
        let listed = process::output(&mut git)?;
        // What was removed and not committed yet is listed all the same.
        let names: Vec<&str> = listed.lines().filter(|it| root.join(it).exists()).collect();

        let tree = Self { path };
        tree.become_the_same(&root, &names)?;
        Ok(tree)
    }

    /// Has the same files as the sources, and no others: what was moved there would be found twice here. What is the
    /// same already stays as it is, and is not compiled again.
    fn become_the_same(&self, root: &Path, names: &[&str]) -> Result<()> {
        fs::create_dir_all(&self.path).with_context(|| format!("cannot make {}", self.path.display()))?;
        let wanted: HashSet<PathBuf> = names.iter().map(|it| self.path.join(it)).collect();
        for file in files_in(&self.path)?.iter().filter(|it| !wanted.contains(*it)) {
            fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
        }
        for name in names {
            let (from, to) = (root.join(name), self.path.join(name));
            let content = fs::read(&from).with_context(|| format!("cannot read {name}"))?;
            if fs::read(&to).is_ok_and(|it| it == content) {
                continue;
            }
            let folder = to.parent().context("a file has a folder")?;
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            fs::write(&to, content).with_context(|| format!("cannot write {}", to.display()))?;
        }
        Ok(())
    }

    /// Replaces what stands in a file exactly once.
    ///
    /// # Errors
    /// When it stands there more often, or not at all.
    pub(super) fn break_in(&self, file: &str, (sound, broken): (&str, &str)) -> Result<Broken> {
        let path = self.path.join(file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {file}"))?;
        let n = text.matches(sound).count();
        ensure!(n == 1, "`{sound}` stands {n} times in {file}");
        fs::write(&path, text.replacen(sound, broken, 1))?;
        Ok(Broken { file: path, sound: text })
    }
}

impl Drop for Broken {
    fn drop(&mut self) {
        // Where it fails, the next copy finds the difference.
        let _ = fs::write(&self.file, &self.sound);
    }
}

/// How often a file of the project has something.
#[cfg(test)]
pub(super) fn n_times(file: &str, text: &str) -> usize {
    fs::read_to_string(paths::root().join(file)).map_or(0, |it| it.matches(text).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_loses_what_the_sources_no_longer_have() {
        let folder = tempfile::tempdir().unwrap();
        let (root, tree) = (folder.path().join("root"), Tree { path: folder.path().join("copy") });
        fs::create_dir_all(root.join("moved")).unwrap();
        fs::write(root.join("moved.rs"), "mod tests;").unwrap();
        tree.become_the_same(&root, &["moved.rs"]).unwrap();

        fs::rename(root.join("moved.rs"), root.join("moved/mod.rs")).unwrap();
        tree.become_the_same(&root, &["moved/mod.rs"]).unwrap();

        assert_eq!(files_in(&tree.path).unwrap(), [tree.path.join("moved/mod.rs")]);
    }

    #[test]
    fn what_was_broken_is_sound_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let tree = Tree { path: folder.path().to_owned() };
        let read = || fs::read_to_string(folder.path().join("a.rs")).unwrap();
        fs::write(folder.path().join("a.rs"), "if ready { go() }").unwrap();

        let broken = tree.break_in("a.rs", ("ready", "true")).unwrap();
        assert_eq!(read(), "if true { go() }");
        drop(broken);

        assert_eq!(read(), "if ready { go() }");
        assert!(tree.break_in("a.rs", (" ", "x")).is_err());
        assert!(tree.break_in("a.rs", ("gone", "x")).is_err());
    }
}
