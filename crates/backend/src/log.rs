//! The log this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::DynamoLog;
use backend_local::SqliteLog;
use chat::ports::{Change, Draft, LogError, Revision, RoomLog};
use protocol::{Heads, Message, RoomId, Sequence, Timestamp};

/// The log this process was configured with: a handle, cheap to clone.
#[derive(Clone)]
pub enum Log {
    /// In SQLite.
    Sqlite(SqliteLog),
    /// In DynamoDB.
    #[cfg(feature = "aws")]
    Dynamo(DynamoLog),
}

impl Log {
    /// Appends any number of messages at the room's head and returns the new head; in SQLite all or none. For rooms made by a
    /// command: batches of some ten thousand are fast enough for others to wait.
    ///
    /// # Errors
    /// [`LogError::NoSuchRoom`], [`LogError::Unavailable`].
    pub async fn seed(&self, room: &RoomId, drafts: Vec<(Timestamp, Draft)>) -> Result<Sequence, LogError> {
        match self {
            Self::Sqlite(it) => it.seed(room, drafts).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.seed(room, drafts)).await,
        }
    }
}

impl RoomLog for Log {
    async fn heads(&self, room: &RoomId) -> Result<Heads, LogError> {
        match self {
            Self::Sqlite(it) => it.heads(room).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.heads(room)).await,
        }
    }

    async fn append(
        &self,
        room: &RoomId,
        head: Sequence,
        at: Timestamp,
        drafts: &[Draft],
    ) -> Result<Vec<Message>, LogError> {
        match self {
            Self::Sqlite(it) => it.append(room, head, at, drafts).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.append(room, head, at, drafts)).await,
        }
    }

    async fn read(&self, room: &RoomId, first: Sequence, n: usize) -> Result<Vec<Message>, LogError> {
        match self {
            Self::Sqlite(it) => it.read(room, first, n).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.read(room, first, n)).await,
        }
    }

    async fn revise(&self, room: &RoomId, revision: &Revision) -> Result<Message, LogError> {
        match self {
            Self::Sqlite(it) => it.revise(room, revision).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.revise(room, revision)).await,
        }
    }

    async fn changes(&self, room: &RoomId, first: Sequence, n: usize) -> Result<Vec<Change>, LogError> {
        match self {
            Self::Sqlite(it) => it.changes(room, first, n).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.changes(room, first, n)).await,
        }
    }

    async fn erase(&self, room: &RoomId, n: usize) -> Result<bool, LogError> {
        match self {
            Self::Sqlite(it) => it.erase(room, n).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.erase(room, n)).await,
        }
    }
}
