//! The records this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::DynamoRecords;
use backend_local::SqliteRecords;
use chat::ports::{Act, Records, Turn, Unavailable};
use protocol::{MemberId, RoomId};

/// What was done, where this process was configured to keep it: a handle, cheap to clone.
#[derive(Clone)]
pub enum RecordStore {
    /// In SQLite.
    Sqlite(SqliteRecords),
    /// In DynamoDB.
    #[cfg(feature = "aws")]
    Dynamo(DynamoRecords),
}

impl Records for RecordStore {
    async fn acts(&self, room: &RoomId, before: Option<u64>, n: usize) -> Result<Vec<Act>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.acts(room, before, n).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.acts(room, before, n)).await,
        }
    }

    async fn turns(&self, room: &RoomId, member: &MemberId) -> Result<Vec<Turn>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.turns(room, member).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.turns(room, member)).await,
        }
    }
}
