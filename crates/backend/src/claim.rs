//! What only one server may have at a time.

use std::{
    fs::{File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use crate::config::{BusConfig, Config, StoreConfig};

/// The file in a database's folder that its server holds.
const FILE: &str = "serving.lock";

/// Keeps a database for one server, for as long as this is there; the system lets go of it, however that ends.
#[derive(Debug)]
pub struct Claim {
    _file: Option<File>,
}

/// Why a server may not have its database.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// Another server has it, and neither would hear of the other.
    #[error(
        "another server works in `{}`, and by the bus `local` neither would hear of the other: end that one, or give \
         this one another folder (HUBBUB_DATA)",
        folder.display()
    )]
    Taken {
        /// Which folder.
        folder: PathBuf,
    },
    /// It cannot be found out.
    #[error("`{}` cannot be locked", file.display())]
    Lock {
        /// Which file.
        file: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
}

impl Config {
    /// Claims the database for a server that hears of no other. It must have been opened. Commands work beside it.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn claim(&self) -> Result<Claim, ClaimError> {
        match (&self.store, &self.bus) {
            (StoreConfig::Sqlite(folder), BusConfig::Local) => {
                lock(folder).map(|file| Claim { _file: Some(file) })
            }
            #[cfg(feature = "aws")]
            (store, bus) => {
                if matches!((store, bus), (StoreConfig::Dynamo(_), BusConfig::Local)) {
                    tracing::warn!(
                        "By the bus `local` no other node hears of this one: it has to be alone with its tables"
                    );
                }
                Ok(Claim { _file: None })
            }
        }
    }
}

fn lock(folder: &Path) -> Result<File, ClaimError> {
    let path = folder.join(FILE);
    let failed = |cause| ClaimError::Lock { file: path.clone(), cause };
    let file = File::create(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ClaimError::Taken { folder: folder.to_owned() }),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_one_server_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::in_folder(folder.path());
        let first = config.claim().unwrap();

        let refused = config.claim().unwrap_err().to_string();
        assert!(refused.starts_with("another server works in"), "{refused}");

        drop(first);
        config.claim().unwrap();
    }
}
