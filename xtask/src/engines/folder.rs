//! The folder of a run's engines.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// A folder that nobody else uses; removed when dropped. What a run that was killed left behind, the next one clears.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// Whether it stays, for somebody to look into, until the next run.
    stays: bool,
    /// Held while the folder is ours; the system lets go of it, however we end.
    _lock: File,
}

impl Folder {
    /// Takes the first folder below `above` that is nobody's.
    ///
    /// # Errors
    /// When it cannot be made, or not be locked.
    pub(crate) fn take(above: &Path) -> Result<Self> {
        fs::create_dir_all(above).with_context(|| format!("cannot make {}", above.display()))?;
        let mut n = 1;
        loop {
            let file = above.join(format!("{n}.lock"));
            let lock = File::create(&file).with_context(|| format!("cannot write {}", file.display()))?;
            match lock.try_lock() {
                Ok(()) => return Self::fresh(above.join(n.to_string()), lock),
                Err(TryLockError::WouldBlock) => n += 1,
                Err(TryLockError::Error(failure)) => {
                    return Err(failure).with_context(|| format!("cannot lock {}", file.display()));
                }
            }
        }
    }

    /// Leaves it where it is, until the next run.
    pub(crate) fn keep(&mut self) {
        self.stays = true;
    }

    fn fresh(path: PathBuf, lock: File) -> Result<Self> {
        if path.exists() {
            fs::remove_dir_all(&path).with_context(|| format!("cannot clear {}", path.display()))?;
        }
        fs::create_dir(&path).with_context(|| format!("cannot make {}", path.display()))?;
        Ok(Self { path, stays: false, _lock: lock })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.stays {
            return;
        }
        // What stays is a few kilobytes, and the next run's to clear.
        let _ = fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_its_own_while_it_is_held() {
        let above = tempfile::tempdir().unwrap();

        let (one, two) = (Folder::take(above.path()).unwrap(), Folder::take(above.path()).unwrap());
        let first = one.path.clone();
        drop(one);

        assert_ne!(first, two.path);
        assert!(!first.exists());
        assert_eq!(Folder::take(above.path()).unwrap().path, first);
    }

    #[test]
    fn one_that_is_kept_stays_until_the_next() {
        let above = tempfile::tempdir().unwrap();
        let mut folder = Folder::take(above.path()).unwrap();
        folder.keep();
        fs::write(folder.path.join("node.log"), "").unwrap();

        drop(folder);

        assert!(above.path().join("1/node.log").exists());
        let next = Folder::take(above.path()).unwrap();
        assert!(!next.path.join("node.log").exists());
    }

    #[test]
    fn what_was_left_behind_is_cleared() {
        let above = tempfile::tempdir().unwrap();
        fs::create_dir_all(above.path().join("1/redis")).unwrap();

        let folder = Folder::take(above.path()).unwrap();

        assert_eq!(folder.path, above.path().join("1"));
        assert_eq!(fs::read_dir(&folder.path).unwrap().count(), 0);
    }
}
