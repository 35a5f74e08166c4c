//! The ports' suites, in memory and on disk.

use std::time::Duration;

use backend_local::{
    Database, LocalBus, LocalPresence, SqliteLog, SqliteMembers, SqliteMemberships, SqliteRooms,
    SqliteSessions,
};
use chat::contract::reopened::Stores;
use tempfile::TempDir;

mod in_memory {
    use super::*;

    chat::room_log_contract!(log_on(&Database::in_memory()));
    chat::rooms_contract!(SqliteRooms::new(&Database::in_memory()));
    chat::members_contract!(SqliteMembers::new(&Database::in_memory()));
    chat::sessions_contract!(SqliteSessions::new(&Database::in_memory()));
    chat::memberships_contract!(SqliteMemberships::new(&Database::in_memory()));
    chat::bus_contract!(LocalBus::default());
    chat::presence_contract!(fresh_presence());
}

mod on_disk {
    use super::*;

    chat::room_log_contract!(log_on(&on_disk(&fresh_folder())));
    chat::rooms_contract!(SqliteRooms::new(&on_disk(&fresh_folder())));
    chat::members_contract!(SqliteMembers::new(&on_disk(&fresh_folder())));
    chat::sessions_contract!(SqliteSessions::new(&on_disk(&fresh_folder())));
    chat::memberships_contract!(SqliteMemberships::new(&on_disk(&fresh_folder())));
    chat::reopened_contract!(fresh_opening());
}

fn log_on(database: &Database) -> (SqliteLog, SqliteRooms) {
    (SqliteLog::new(database), SqliteRooms::new(database))
}

fn fresh_folder() -> TempDir {
    TempDir::new().expect("a folder for the test")
}

fn on_disk(folder: &TempDir) -> Database {
    Database::open(folder.path()).expect("a fresh database opens")
}

/// Opens the same folder each time.
fn fresh_opening()
-> impl AsyncFn() -> Stores<SqliteLog, SqliteRooms, SqliteMembers, SqliteSessions, SqliteMemberships> {
    let folder = fresh_folder();
    async move || {
        let database = on_disk(&folder);
        Stores {
            log: SqliteLog::new(&database),
            rooms: SqliteRooms::new(&database),
            members: SqliteMembers::new(&database),
            sessions: SqliteSessions::new(&database),
            memberships: SqliteMemberships::new(&database),
        }
    }
}

fn fresh_presence() -> (LocalPresence, impl AsyncFn(Duration)) {
    tokio::time::pause();
    (LocalPresence::default(), tokio::time::advance)
}
