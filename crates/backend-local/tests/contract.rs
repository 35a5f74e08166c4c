//! The ports' suites, in memory and on disk.

use std::time::Duration;

use backend_local::{
    Database, LocalBus, LocalPresence, LocalRates, SqliteErasures, SqliteIndex, SqliteInvites, SqliteLog,
    SqliteMembers, SqliteMemberships, SqliteRecords, SqliteRooms, SqliteSessions,
};
use chat::contract::Stores;
use tempfile::TempDir;

mod in_memory {
    use super::*;

    chat::room_log_contract!(Sqlite::in_memory());
    chat::rooms_contract!(Sqlite::in_memory());
    chat::members_contract!(Sqlite::in_memory().members);
    chat::sessions_contract!(Sqlite::in_memory().sessions);
    chat::memberships_contract!(Sqlite::in_memory());
    chat::invites_contract!(Sqlite::in_memory());
    chat::records_contract!(Sqlite::in_memory());
    chat::erasures_contract!(Sqlite::in_memory());
    chat::bus_contract!(LocalBus::default());
    chat::presence_contract!(fresh_presence());
    chat::rates_contract!(fresh_rates());
    chat::message_index_contract!((SqliteIndex::new(&Database::index_in_memory()), async || ()));
}

mod on_disk {
    use super::*;

    chat::room_log_contract!(Sqlite::on_disk(&fresh_folder()));
    chat::rooms_contract!(Sqlite::on_disk(&fresh_folder()));
    chat::members_contract!(Sqlite::on_disk(&fresh_folder()).members);
    chat::sessions_contract!(Sqlite::on_disk(&fresh_folder()).sessions);
    chat::memberships_contract!(Sqlite::on_disk(&fresh_folder()));
    chat::invites_contract!(Sqlite::on_disk(&fresh_folder()));
    chat::records_contract!(Sqlite::on_disk(&fresh_folder()));
    chat::erasures_contract!(Sqlite::on_disk(&fresh_folder()));
    chat::reopened_contract!(fresh_opening());
    chat::message_index_contract!((index_on_disk(&fresh_folder()), async || ()));
}

/// All stores of one database.
struct Sqlite {
    log: SqliteLog,
    rooms: SqliteRooms,
    members: SqliteMembers,
    sessions: SqliteSessions,
    memberships: SqliteMemberships,
    invites: SqliteInvites,
    records: SqliteRecords,
    erasures: SqliteErasures,
}

impl Sqlite {
    fn in_memory() -> Self {
        Self::on(&Database::in_memory())
    }

    fn on_disk(folder: &TempDir) -> Self {
        Self::on(&Database::open(folder.path()).expect("a fresh database opens"))
    }

    fn on(database: &Database) -> Self {
        Self {
            log: SqliteLog::new(database),
            rooms: SqliteRooms::new(database),
            members: SqliteMembers::new(database),
            sessions: SqliteSessions::new(database),
            memberships: SqliteMemberships::new(database),
            invites: SqliteInvites::new(database),
            records: SqliteRecords::new(database),
            erasures: SqliteErasures::new(database),
        }
    }
}

impl Stores for Sqlite {
    type Log = SqliteLog;
    type Rooms = SqliteRooms;
    type Members = SqliteMembers;
    type Sessions = SqliteSessions;
    type Memberships = SqliteMemberships;
    type Invites = SqliteInvites;
    type Records = SqliteRecords;
    type Erasures = SqliteErasures;

    fn log(&self) -> &SqliteLog {
        &self.log
    }

    fn rooms(&self) -> &SqliteRooms {
        &self.rooms
    }

    fn members(&self) -> &SqliteMembers {
        &self.members
    }

    fn sessions(&self) -> &SqliteSessions {
        &self.sessions
    }

    fn memberships(&self) -> &SqliteMemberships {
        &self.memberships
    }

    fn invites(&self) -> &SqliteInvites {
        &self.invites
    }

    fn records(&self) -> &SqliteRecords {
        &self.records
    }

    fn erasures(&self) -> &SqliteErasures {
        &self.erasures
    }
}

fn fresh_folder() -> TempDir {
    TempDir::new().expect("a folder for the test")
}

/// Opens the same folder each time.
fn fresh_opening() -> impl AsyncFn() -> Sqlite {
    let folder = fresh_folder();
    async move || Sqlite::on_disk(&folder)
}

fn fresh_rates() -> (LocalRates, impl AsyncFn(Duration)) {
    tokio::time::pause();
    (LocalRates::default(), tokio::time::advance)
}

fn fresh_presence() -> (LocalPresence, impl AsyncFn(Duration)) {
    tokio::time::pause();
    (LocalPresence::default(), tokio::time::advance)
}

fn index_on_disk(folder: &TempDir) -> SqliteIndex {
    SqliteIndex::new(&Database::open_index(folder.path()).expect("a fresh index opens"))
}
