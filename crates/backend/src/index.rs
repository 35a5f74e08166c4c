//! The index that this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::OpenSearchIndex;
use backend_local::{SqliteFeed, SqliteIndex};
use chat::ports::{Entry, FindError, Found, MessageIndex, Put, Search, Unavailable};

/// The index that this process was configured with: a handle, cheap to clone.
#[derive(Clone)]
pub enum Index {
    /// In SQLite.
    Sqlite(SqliteIndex),
    /// In OpenSearch.
    #[cfg(feature = "aws")]
    OpenSearch(OpenSearchIndex),
    /// There is none.
    None,
}

/// An index beside the store, which is to follow what becomes of messages there.
#[derive(Clone)]
pub struct Following {
    /// What becomes of messages.
    pub feed: SqliteFeed,
    /// By what they are found.
    pub index: SqliteIndex,
}

/// There is no index.
#[derive(Debug, thiserror::Error)]
#[error("there is no index")]
struct NoIndex;

impl MessageIndex for Index {
    async fn put(&self, entries: &[Entry]) -> Result<Vec<Put>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.put(entries).await,
            #[cfg(feature = "aws")]
            Self::OpenSearch(it) => Box::pin(it.put(entries)).await,
            Self::None => Err(Unavailable::new("index while taking entries", NoIndex)),
        }
    }

    async fn find(&self, search: &Search) -> Result<Found, FindError> {
        match self {
            Self::Sqlite(it) => it.find(search).await,
            #[cfg(feature = "aws")]
            Self::OpenSearch(it) => Box::pin(it.find(search)).await,
            Self::None => Err(Unavailable::new("index while finding", NoIndex).into()),
        }
    }
}
