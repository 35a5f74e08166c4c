//! The ports on one machine: SQLite, and a bus and presence in the process.
//!
//! SQLite is named in this crate only. Everything kept is in one file, which one thread writes and a few read; see
//! [`Database`].

mod between;
mod database;
mod rows;

mod erasures;
mod feed;
mod index;
mod invites;
mod log;
mod members;
mod memberships;
mod records;
mod rooms;
mod sessions;

mod bus;
mod notices;
mod presence;
mod rates;

pub use between::{Between, Passage};
pub use bus::LocalBus;
pub use database::{Database, EngineError, OpenError};
pub use erasures::SqliteErasures;
pub use feed::SqliteFeed;
pub use index::SqliteIndex;
pub use invites::SqliteInvites;
pub use log::SqliteLog;
pub use members::SqliteMembers;
pub use memberships::SqliteMemberships;
pub use presence::LocalPresence;
pub use rates::LocalRates;
pub use records::SqliteRecords;
pub use rooms::SqliteRooms;
pub use sessions::SqliteSessions;
