//! The adapters this process was configured with, and how settings are read.

mod claim;
mod config;
mod edge;
mod settings;
pub mod simulation;

mod bus;
mod erasures;
mod index;
mod invites;
mod log;
mod members;
mod memberships;
mod meter;
mod presence;
mod rates;
mod records;
mod rooms;
mod sessions;
mod untold;

#[cfg(feature = "aws")]
use backend_aws::{
    CreateError, Dynamo, DynamoConfig, DynamoErasures, DynamoInvites, DynamoLog, DynamoMembers,
    DynamoMemberships, DynamoRecords, DynamoRooms, DynamoSessions, NoRoots, OpenSearchError, OpenSearchIndex,
    Redis,
};
use backend_local::{
    Database, LocalBus, LocalPresence, LocalRates, OpenError, SqliteErasures, SqliteFeed, SqliteIndex,
    SqliteInvites, SqliteLog, SqliteMembers, SqliteMemberships, SqliteRecords, SqliteRooms, SqliteSessions,
};

pub use bus::NodeBus;
pub use claim::{Claim, ClaimError};
pub use config::{BusConfig, Config, IndexConfig, StoreConfig};
pub use edge::{Edge, Origin, Secrets};
pub use erasures::ErasureStore;
pub use index::{Following, Index};
pub use invites::InviteStore;
pub use log::Log;
pub use members::MemberStore;
pub use memberships::MembershipStore;
pub use meter::{Asked, AskedOfStore, Meter};
pub use presence::PresenceStore;
pub use rates::RateStore;
pub use records::RecordStore;
pub use rooms::RoomStore;
pub use sessions::SessionStore;
pub use settings::{ConfigError, Setting, Settings};
pub use untold::Untold;

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
    /// What is left of rates that all processes share.
    pub rates: RateStore,
    /// By which messages are found.
    pub index: Index,
    /// The index that this process is to keep up, if there is one.
    pub following: Option<Following>,
    /// What was asked of those that are far away.
    pub meter: Meter,
    /// The files in which it is kept, where that is on this machine.
    pub files: Vec<Database>,
}

/// Why the backend could not be connected.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The database cannot be opened.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// Nobody vouches for Redis.
    #[cfg(feature = "aws")]
    #[error(transparent)]
    Redis(#[from] NoRoots),
    /// OpenSearch cannot be asked anything.
    #[cfg(feature = "aws")]
    #[error(transparent)]
    OpenSearch(#[from] OpenSearchError),
}

/// Makes the tables that are not there, and returns the names of those it made.
///
/// # Errors
/// [`CreateError`].
#[cfg(feature = "aws")]
pub async fn create_tables(config: &DynamoConfig) -> Result<Vec<String>, CreateError> {
    Dynamo::connect(config).await.create_tables().await
}

/// Who connects.
enum Part {
    Server,
    /// Beside servers, to work on what they have and tell them.
    Command,
}

impl Backend {
    /// Connects what the configuration names, to serve from it. What is far away need not answer yet.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(config: &Config) -> Result<Self, ConnectError> {
        Self::of(config, Part::Server).await
    }

    /// Connects what the configuration names, to work beside the servers and tell them what was done.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect_beside(config: &Config) -> Result<Self, ConnectError> {
        Self::of(config, Part::Command).await
    }

    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unused_async, reason = "others are found over a network")
    )]
    async fn of(config: &Config, part: Part) -> Result<Self, ConnectError> {
        let connected = match &config.store {
            StoreConfig::Sqlite(folder) => {
                let database = Database::open(folder)?;
                match (part, &config.index) {
                    (Part::Server, IndexConfig::Sqlite) => {
                        Self::on(&database, LocalBus::of_server(&database))
                            .followed(&database, &Database::open_index(folder)?)
                    }
                    (Part::Server, _) => Self::on(&database, LocalBus::of_server(&database)),
                    (Part::Command, _) => Self::on(&database, LocalBus::of_command(&database)),
                }
            }
            #[cfg(feature = "aws")]
            StoreConfig::Dynamo(config) => Self::on_tables(&Dynamo::connect(config).await),
        };
        #[cfg(feature = "aws")]
        let connected = match &config.index {
            IndexConfig::OpenSearch(config) => {
                let index = Index::OpenSearch(OpenSearchIndex::connect(config).await?);
                Self { index, ..connected }
            }
            IndexConfig::None | IndexConfig::Sqlite => connected,
        };
        Ok(match &config.bus {
            BusConfig::Local => connected,
            #[cfg(feature = "aws")]
            BusConfig::Redis { url, prefix } => {
                let redis = Redis::connect(url, prefix)?;
                let (bus, presence) = (NodeBus::Redis(redis.bus()), PresenceStore::Redis(redis.presence()));
                let rates = RateStore::Redis(redis.rates(), LocalRates::default());
                let meter = Meter { redis: Some(redis), ..connected.meter };
                Self { bus, presence, rates, meter, ..connected }
            }
        })
    }

    /// Closes the files, whoever still has a handle: what was deleted is then in none of them.
    pub async fn close(&self) {
        for file in &self.files {
            file.close().await;
        }
    }

    /// An empty backend in memory, gone with its last handle. For tests.
    pub fn in_memory() -> Self {
        let database = Database::in_memory();
        Self::on(&database, LocalBus::default()).followed(&database, &Database::index_in_memory())
    }

    /// The same, with an index beside its store.
    fn followed(self, store: &Database, index: &Database) -> Self {
        let files = vec![store.clone(), index.clone()];
        let (feed, index) = (SqliteFeed::new(store), SqliteIndex::new(index));
        Self {
            index: Index::Sqlite(index.clone()),
            following: Some(Following { feed, index }),
            files,
            ..self
        }
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
            rates: RateStore::Local(LocalRates::default()),
            index: Index::None,
            following: None,
            meter: Meter::default(),
            files: vec![database.clone()],
        }
    }

    #[cfg(feature = "aws")]
    fn on_tables(dynamo: &Dynamo) -> Self {
        Self {
            log: Log::Dynamo(DynamoLog::new(dynamo)),
            members: MemberStore::Dynamo(DynamoMembers::new(dynamo)),
            sessions: SessionStore::Dynamo(DynamoSessions::new(dynamo)),
            rooms: RoomStore::Dynamo(DynamoRooms::new(dynamo)),
            memberships: MembershipStore::Dynamo(DynamoMemberships::new(dynamo)),
            invites: InviteStore::Dynamo(DynamoInvites::new(dynamo)),
            records: RecordStore::Dynamo(DynamoRecords::new(dynamo)),
            erasures: ErasureStore::Dynamo(DynamoErasures::new(dynamo)),
            bus: NodeBus::Local(LocalBus::default()),
            presence: PresenceStore::Local(LocalPresence::default()),
            rates: RateStore::Local(LocalRates::default()),
            index: Index::None,
            following: None,
            files: Vec::new(),
            meter: Meter { dynamo: Some(dynamo.clone()), redis: None },
        }
    }
}
