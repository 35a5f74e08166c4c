//! The schema's versions: each start moves an older database forward.

use std::{fs::File, io::Read, path::Path};

use rusqlite::{Connection, TransactionBehavior};

/// What a file holds.
pub(super) struct Schema {
    /// Each makes the next version from the one before. A step that was released never changes.
    steps: &'static [&'static str],
    /// What SQLite waits for when it commits.
    pub(super) synchronous: &'static str,
}

/// Everything that is kept: what is committed survives a power cut.
pub(super) const STORE: Schema = Schema {
    steps: &[
        include_str!("../../schema/1.sql"),
        include_str!("../../schema/2.sql"),
        include_str!("../../schema/3.sql"),
    ],
    synchronous: "FULL",
};
/// The index. What is in it can be made anew, so it has no older versions, a new one has another file; and a power cut may
/// take what came last, together with how far it is.
pub(super) const INDEX: Schema =
    Schema { steps: &[include_str!("../../schema/index.sql")], synchronous: "NORMAL" };

impl Schema {
    /// The newest version that this program knows.
    pub(super) fn newest(&self) -> u32 {
        u32::try_from(self.steps.len()).expect("a few")
    }

    fn refuse(&self, found: u32) -> Result<(), MigrateError> {
        match found > self.newest() {
            true => Err(MigrateError::Newer { found }),
            false => Ok(()),
        }
    }

    /// Refuses a database that is newer than this program, before the engine opens it and puts files beside it.
    /// Source: <https://www.sqlite.org/fileformat2.html#the_database_header>.
    pub(super) fn refuse_newer(&self, file: &Path) -> Result<(), MigrateError> {
        let mut header = [0; 64];
        match File::open(file).and_then(|mut file| file.read_exact(&mut header)) {
            Ok(()) if header.starts_with(b"SQLite format 3\0") => {}
            _ => return Ok(()), // Not there yet, or the engine will say what is wrong with it.
        }
        let [.., a, b, c, d] = header;
        self.refuse(u32::from_be_bytes([a, b, c, d]))
    }

    /// Moves a database forward to the newest version, whole or not at all.
    pub(super) fn migrate(&self, connection: &mut Connection) -> Result<(), MigrateError> {
        // Immediate: of two processes that start at once, the second finds it done.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        self.refuse(found)?; // Again: the file's header is behind where a crash left a log beside it.
        let newest = self.newest();
        if found == newest {
            return Ok(());
        }
        for step in &self.steps[found as usize..] {
            transaction.execute_batch(step)?;
        }
        transaction.pragma_update(None, "user_version", newest)?;
        transaction.commit()?;
        if found > 0 {
            tracing::info!(found, newest, "Moved the database's schema from {found} to {newest}");
        }
        Ok(())
    }
}

/// Why a database was not moved forward.
#[derive(Debug)]
pub(super) enum MigrateError {
    /// Its version is one that this program does not know.
    Newer { found: u32 },
    /// The engine failed.
    Engine(rusqlite::Error),
}

impl From<rusqlite::Error> for MigrateError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}
