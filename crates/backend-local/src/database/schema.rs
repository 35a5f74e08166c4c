//! The schema's versions: each start moves an older database forward.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::engine;

/// The newest version that this program knows.
pub(super) const NEWEST: u32 = 1;

/// Each step makes the next version from the one before. A step that was released never changes.
const STEPS: [&str; NEWEST as usize] = [include_str!("../../schema/1.sql")];

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

/// Refuses a database that is newer than this program, before anything opens it for writing.
pub(super) fn refuse_newer(file: &Path) -> Result<(), MigrateError> {
    // Not there, or after a crash not to be read without repair: `migrate` looks again.
    let Ok(found) = engine::open_reader(file).and_then(|connection| version(&connection)) else {
        return Ok(());
    };
    refuse(found)
}

/// Moves a database forward to [`NEWEST`], whole or not at all.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), MigrateError> {
    // Immediate: of two processes that start at once, the second finds it done.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    refuse(found)?;
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

fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

fn refuse(found: u32) -> Result<(), MigrateError> {
    match found > NEWEST {
        true => Err(MigrateError::Newer { found }),
        false => Ok(()),
    }
}
