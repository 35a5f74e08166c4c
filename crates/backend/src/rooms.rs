//! The rooms this process was configured with.

use backend_local::SqliteRooms;
use chat::ports::{Rooms, RoomsError, Unavailable};
use protocol::{RoomId, RoomInfo, Timestamp};

/// The rooms where this process was configured to keep them: a handle, cheap to clone.
#[derive(Clone)]
pub enum RoomStore {
    /// In SQLite.
    Sqlite(SqliteRooms),
}

impl Rooms for RoomStore {
    async fn create(&self, room: &RoomInfo, at: Timestamp) -> Result<(), RoomsError> {
        match self {
            Self::Sqlite(it) => it.create(room, at).await,
        }
    }

    async fn find(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.find(room).await,
        }
    }

    async fn list(&self, after: Option<&RoomId>, n: usize) -> Result<Vec<RoomInfo>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.list(after, n).await,
        }
    }
}
