//! The rooms this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::DynamoRooms;
use backend_local::SqliteRooms;
use chat::ports::{Deed, Membership, Rooms, RoomsError, Start, Unavailable};
use protocol::{MemberId, RoomId, RoomInfo, Timestamp};

/// The rooms where this process was configured to keep them: a handle, cheap to clone.
#[derive(Clone)]
pub enum RoomStore {
    /// In SQLite.
    Sqlite(SqliteRooms),
    /// In DynamoDB.
    #[cfg(feature = "aws")]
    Dynamo(DynamoRooms),
}

impl Rooms for RoomStore {
    async fn create(&self, room: &RoomInfo, at: Timestamp) -> Result<(), RoomsError> {
        match self {
            Self::Sqlite(it) => it.create(room, at).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.create(room, at)).await,
        }
    }

    async fn create_by(
        &self,
        room: &RoomInfo,
        founder: &MemberId,
        start: &Start,
    ) -> Result<Membership, RoomsError> {
        match self {
            Self::Sqlite(it) => it.create_by(room, founder, start).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.create_by(room, founder, start)).await,
        }
    }

    async fn find(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.find(room).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.find(room)).await,
        }
    }

    async fn find_public(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.find_public(room).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.find_public(room)).await,
        }
    }

    async fn list(&self, after: Option<&RoomId>, n: usize) -> Result<Vec<RoomInfo>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.list(after, n).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.list(after, n)).await,
        }
    }

    async fn describe(&self, room: &RoomInfo, deed: &Deed) -> Result<(), RoomsError> {
        match self {
            Self::Sqlite(it) => it.describe(room, deed).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.describe(room, deed)).await,
        }
    }
}
