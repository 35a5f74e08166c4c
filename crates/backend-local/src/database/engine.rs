//! Connections to SQLite, and its errors in our words.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

/// How long another process may keep the file locked before a write fails.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// Statements that a connection keeps compiled: more than all adapters have together.
const STATEMENTS: usize = 64;

/// Why the engine did not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// No space is left.
    #[error("the disk is full")]
    Full,
    /// Another process holds the database.
    #[error("the database is locked by another process")]
    Locked,
    /// We may not write to the file.
    #[error("the database may not be written")]
    ReadOnly,
    /// The disk does not do what it should.
    #[error("the disk failed (SQLite's code {code})")]
    Disk {
        /// The engine's extended code.
        code: i32,
    },
    /// The file, or a value in it, is not what we wrote.
    #[error("the database is damaged")]
    Damaged,
    /// The database is closed, or the work panicked.
    #[error("the database has stopped")]
    Stopped,
    /// Anything else.
    #[error("the database failed (SQLite's code {code})")]
    Other {
        /// The engine's extended code; 0 when the fault is not the engine's.
        code: i32,
    },
}

impl From<rusqlite::Error> for EngineError {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error().map_or(0, |error| error.extended_code);
        match (error.sqlite_error_code(), error) {
            (Some(ErrorCode::DiskFull), _) => Self::Full,
            (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => Self::Locked,
            (Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied), _) => Self::ReadOnly,
            (Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen), _) => Self::Disk { code },
            (Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase), _)
            | (
                None,
                rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..),
            ) => Self::Damaged,
            _ => Self::Other { code },
        }
    }
}

/// Whether another process is in the way.
pub(super) fn is_locked(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Opens the connection that writes. With `synchronous=FULL` what is committed survives a power cut.
pub(super) fn open_writer(file: &Path, synchronous: &str) -> rusqlite::Result<Connection> {
    let connection = Connection::open(file)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", synchronous)?;
    // After a bulk load the WAL shrinks again.
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    tune_writer(&connection)?;
    clear_log(&connection)?; // Of what was deleted before a program was killed.
    Ok(connection)
}

/// How long it is waited for others who read when the log is to be emptied.
const CLEAR_WITHIN: Duration = Duration::from_millis(100);

/// Puts the log of what was written into the file and empties it; not where somebody reads what it has.
pub(super) fn clear_log(connection: &Connection) -> rusqlite::Result<bool> {
    connection.busy_timeout(CLEAR_WITHIN)?;
    let is_busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0));
    connection.busy_timeout(BUSY)?;
    Ok(!is_busy?)
}

/// Opens a database in memory.
pub(super) fn open_in_memory() -> rusqlite::Result<Connection> {
    let connection = Connection::open_in_memory()?;
    tune_writer(&connection)?;
    Ok(connection)
}

/// Opens a connection that cannot write.
pub(super) fn open_reader(file: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    keep_statements(&connection)?;
    Ok(connection)
}

fn tune_writer(connection: &Connection) -> rusqlite::Result<()> {
    keep_statements(connection)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // A deleted text is nowhere: what is freed is overwritten.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "cache_size", -16 * 1024) // KiB
}

fn keep_statements(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Else some are compiled anew for each value bound to them, for statistics that we do not gather: 15 % of an append.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}
