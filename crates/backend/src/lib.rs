//! The adapters this process was configured with, and how settings are read.

pub mod config;
pub mod edge;
pub mod settings;

mod bus;
mod log;
mod members;
mod memberships;
mod presence;
mod rooms;
mod sessions;

use backend_local::{
    Database, LocalBus, LocalPresence, OpenError, SqliteLog, SqliteMembers, SqliteMemberships, SqliteRooms,
    SqliteSessions,
};

pub use bus::NodeBus;
pub use config::Config;
pub use edge::{Edge, Origin};
pub use log::Log;
pub use members::MemberStore;
pub use memberships::MembershipStore;
pub use presence::PresenceStore;
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
    /// Connects what the configuration names.
    ///
    /// # Errors
    /// [`ConnectError`].
    #[expect(clippy::unused_async, reason = "other adapters connect over a network")]
    pub async fn connect(config: &Config) -> Result<Self, ConnectError> {
        Ok(Self::on(&Database::open(&config.data)?))
    }

    /// An empty backend in memory, gone with its last handle. For tests.
    pub fn in_memory() -> Self {
        Self::on(&Database::in_memory())
    }

    fn on(database: &Database) -> Self {
        Self {
            log: Log::Sqlite(SqliteLog::new(database)),
            members: MemberStore::Sqlite(SqliteMembers::new(database)),
            sessions: SessionStore::Sqlite(SqliteSessions::new(database)),
            rooms: RoomStore::Sqlite(SqliteRooms::new(database)),
            memberships: MembershipStore::Sqlite(SqliteMemberships::new(database)),
            bus: NodeBus::Local(LocalBus::default()),
            presence: PresenceStore::Local(LocalPresence::default()),
        }
    }
}
