//! The schema's versions: each start moves an older database forward.

use std::{fs::File, io::Read, path::Path};

use rusqlite::{Connection, TransactionBehavior};

/// The newest version that this program knows.
pub(super) const NEWEST: u32 = 2;

/// Each step makes the next version from the one before. A step that was released never changes.
const STEPS: [&str; NEWEST as usize] =
    [include_str!("../../schema/1.sql"), include_str!("../../schema/2.sql")];

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

/// Refuses a database that is newer than this program, before the engine opens it and puts files beside it.
/// Source: <https://www.sqlite.org/fileformat2.html#the_database_header>.
pub(super) fn refuse_newer(file: &Path) -> Result<(), MigrateError> {
    let mut header = [0; 64];
    match File::open(file).and_then(|mut file| file.read_exact(&mut header)) {
        Ok(()) if header.starts_with(b"SQLite format 3\0") => {}
        _ => return Ok(()), // Not there yet, or the engine will say what is wrong with it.
    }
    let [.., a, b, c, d] = header;
    refuse(u32::from_be_bytes([a, b, c, d]))
}

/// Moves a database forward to [`NEWEST`], whole or not at all.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), MigrateError> {
    // Immediate: of two processes that start at once, the second finds it done.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: u32 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    refuse(found)?; // Again: the file's header is behind where a crash left a log beside it.
    if found == NEWEST {
        return Ok(());
    }
    for step in &STEPS[found as usize..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", NEWEST)?;
    transaction.commit()?;
    if found > 0 {
        tracing::info!(found, newest = NEWEST, "Moved the database's schema from {found} to {NEWEST}");
    }
    Ok(())
}

fn refuse(found: u32) -> Result<(), MigrateError> {
    match found > NEWEST {
        true => Err(MigrateError::Newer { found }),
        false => Ok(()),
    }
}
