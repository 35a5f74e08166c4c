//! The sessions this process was configured with.

use backend_local::SqliteSessions;
use chat::{
    ports::{Session, Sessions, Unavailable},
    session::SessionKey,
};
use protocol::{MemberId, Timestamp};

/// Sessions where this process was configured to keep them: a handle, cheap to clone.
#[derive(Clone)]
pub enum SessionStore {
    /// In SQLite.
    Sqlite(SqliteSessions),
}

impl Sessions for SessionStore {
    async fn create(&self, session: &Session) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.create(session).await,
        }
    }

    async fn find(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Session>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.find(key, now).await,
        }
    }

    async fn extend(&self, key: &SessionKey, expires: Timestamp) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.extend(key, expires).await,
        }
    }

    async fn end(&self, key: &SessionKey) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.end(key).await,
        }
    }

    async fn end_others(&self, member: &MemberId, keep: Option<&SessionKey>) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.end_others(member, keep).await,
        }
    }
}
