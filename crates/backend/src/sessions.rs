//! The sessions this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::DynamoSessions;
use backend_local::SqliteSessions;
use chat::{
    ports::{Session, Sessions, SessionsError, Unavailable},
    session::SessionKey,
};
use protocol::{MemberId, Timestamp};

/// Sessions where this process was configured to keep them: a handle, cheap to clone.
#[derive(Clone)]
pub enum SessionStore {
    /// In SQLite.
    Sqlite(SqliteSessions),
    /// In DynamoDB.
    #[cfg(feature = "aws")]
    Dynamo(DynamoSessions),
}

impl Sessions for SessionStore {
    async fn create(&self, session: &Session) -> Result<(), SessionsError> {
        match self {
            Self::Sqlite(it) => it.create(session).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.create(session)).await,
        }
    }

    async fn find(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Session>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.find(key, now).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.find(key, now)).await,
        }
    }

    async fn of_member(
        &self,
        member: &MemberId,
        now: Timestamp,
        n: usize,
    ) -> Result<Vec<Session>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.of_member(member, now, n).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.of_member(member, now, n)).await,
        }
    }

    async fn extend(&self, key: &SessionKey, expires: Timestamp) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.extend(key, expires).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.extend(key, expires)).await,
        }
    }

    async fn end(&self, key: &SessionKey) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.end(key).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.end(key)).await,
        }
    }

    async fn end_others(&self, member: &MemberId, keep: Option<&SessionKey>) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.end_others(member, keep).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.end_others(member, keep)).await,
        }
    }

    async fn bar(&self, member: &MemberId, at: Timestamp) -> Result<bool, Unavailable> {
        match self {
            Self::Sqlite(it) => it.bar(member, at).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.bar(member, at)).await,
        }
    }

    async fn unbar(&self, member: &MemberId) -> Result<bool, Unavailable> {
        match self {
            Self::Sqlite(it) => it.unbar(member).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.unbar(member)).await,
        }
    }
}
