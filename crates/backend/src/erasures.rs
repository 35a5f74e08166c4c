//! The erasures this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::DynamoErasures;
use backend_local::SqliteErasures;
use chat::ports::{Deed, Erasure, Erasures, ErasuresError, Legacy, Unavailable};
use protocol::{MemberId, RoomId, Timestamp};

/// What goes for good, where this process was configured to keep it: a handle, cheap to clone.
#[derive(Clone)]
pub enum ErasureStore {
    /// In SQLite.
    Sqlite(SqliteErasures),
    /// In DynamoDB.
    #[cfg(feature = "aws")]
    Dynamo(DynamoErasures),
}

impl Erasures for ErasureStore {
    async fn delete_room(&self, room: &RoomId, deed: &Deed) -> Result<(), ErasuresError> {
        match self {
            Self::Sqlite(it) => it.delete_room(room, deed).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.delete_room(room, deed)).await,
        }
    }

    async fn delete_member(
        &self,
        member: &MemberId,
        legacy: Legacy,
        at: Timestamp,
    ) -> Result<Vec<RoomId>, ErasuresError> {
        match self {
            Self::Sqlite(it) => it.delete_member(member, legacy, at).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.delete_member(member, legacy, at)).await,
        }
    }

    async fn pending(&self) -> Result<Option<Erasure>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.pending().await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.pending()).await,
        }
    }

    async fn advance(&self, erasure: &Erasure) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.advance(erasure).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.advance(erasure)).await,
        }
    }

    async fn finish(&self, erasure: &Erasure) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.finish(erasure).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.finish(erasure)).await,
        }
    }
}
