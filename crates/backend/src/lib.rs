//! The adapters this process was configured with, and how settings are read.

pub mod config;
pub mod edge;
pub mod settings;

mod bus;
mod erasures;
mod invites;
mod log;
mod members;
mod memberships;
mod presence;
mod records;
mod rooms;
mod sessions;

use backend_local::{
    Database, LocalBus, LocalPresence, OpenError, SqliteErasures, SqliteInvites, SqliteLog, SqliteMembers,
    SqliteMemberships, SqliteRecords, SqliteRooms, SqliteSessions,
};

pub use bus::NodeBus;
pub use config::Config;
pub use edge::{Edge, Origin};
pub use erasures::ErasureStore;
pub use invites::InviteStore;
pub use log::Log;
pub use members::MemberStore;
pub use memberships::MembershipStore;
pub use presence::PresenceStore;
pub use records::RecordStore;
pub use rooms::RoomStore;
pub use sessions::SessionStore;
pub use settings::{ConfigError, Setting, Settings};

/// Every port, each as it was configured: handles, cheap to clone.
#[derive(Clone)]
pub struct Backend {
    /// The log of every room.
    pub log: Log,
    /// Accounts and guests.
    pub members: MemberStore,
    /// Signed-in identities.
    pub sessions: SessionStore,
    /// The rooms.
    pub rooms: RoomStore,
    /// Who is in which room.
    pub memberships: MembershipStore,
    /// Invitations to rooms.
    pub invites: InviteStore,
    /// What was done in rooms, and who was in them when.
    pub records: RecordStore,
    /// What goes for good.
    pub erasures: ErasureStore,
    /// Events between nodes.
    pub bus: NodeBus,
    /// Which members each node has.
    pub presence: PresenceStore,
}

/// Why the backend could not be connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
}

impl Backend {
    /// Connects what the configuration names, to serve from it.
    ///
    /// # Errors
    /// [`ConnectError`].
    #[expect(clippy::unused_async, reason = "other adapters connect over a network")]
    pub async fn connect(config: &Config) -> Result<Self, ConnectError> {
        let database = Database::open(&config.data)?;
        Ok(Self::on(&database, LocalBus::of_server(&database)))
    }

    /// Connects what the configuration names, to work beside the servers and tell them what was done.
    ///
    /// # Errors
    /// [`ConnectError`].
    #[expect(clippy::unused_async, reason = "other adapters connect over a network")]
    pub async fn connect_beside(config: &Config) -> Result<Self, ConnectError> {
        let database = Database::open(&config.data)?;
        Ok(Self::on(&database, LocalBus::of_command(&database)))
    }

    /// An empty backend in memory, gone with its last handle. For tests.
    pub fn in_memory() -> Self {
        Self::on(&Database::in_memory(), LocalBus::default())
    }

    fn on(database: &Database, bus: LocalBus) -> Self {
        Self {
            log: Log::Sqlite(SqliteLog::new(database)),
            members: MemberStore::Sqlite(SqliteMembers::new(database)),
            sessions: SessionStore::Sqlite(SqliteSessions::new(database)),
            rooms: RoomStore::Sqlite(SqliteRooms::new(database)),
            memberships: MembershipStore::Sqlite(SqliteMemberships::new(database)),
            invites: InviteStore::Sqlite(SqliteInvites::new(database)),
            records: RecordStore::Sqlite(SqliteRecords::new(database)),
            erasures: ErasureStore::Sqlite(SqliteErasures::new(database)),
            bus: NodeBus::Local(bus),
            presence: PresenceStore::Local(LocalPresence::default()),
        }
    }
}
