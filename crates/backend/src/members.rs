//! The members this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::DynamoMembers;
use backend_local::SqliteMembers;
use chat::ports::{Account, Credentials, Members, MembersError, Unavailable};
use protocol::{MemberId, MemberName, Person, Timestamp};

/// Accounts and guests where this process was configured to keep them: a handle, cheap to clone.
#[derive(Clone)]
pub enum MemberStore {
    /// In SQLite.
    Sqlite(SqliteMembers),
    /// In DynamoDB.
    #[cfg(feature = "aws")]
    Dynamo(DynamoMembers),
}

impl Members for MemberStore {
    async fn create(
        &self,
        person: &Person,
        credentials: Option<&Credentials>,
        at: Timestamp,
    ) -> Result<(), MembersError> {
        match self {
            Self::Sqlite(it) => it.create(person, credentials, at).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.create(person, credentials, at)).await,
        }
    }

    async fn by_name(&self, name: &MemberName) -> Result<Option<Account>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.by_name(name).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.by_name(name)).await,
        }
    }

    async fn by_id(&self, id: &MemberId) -> Result<Option<Account>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.by_id(id).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.by_id(id)).await,
        }
    }

    async fn people(&self, ids: &[MemberId]) -> Result<Vec<Person>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.people(ids).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.people(ids)).await,
        }
    }

    async fn upgrade(
        &self,
        id: &MemberId,
        name: &MemberName,
        credentials: &Credentials,
    ) -> Result<(), MembersError> {
        match self {
            Self::Sqlite(it) => it.upgrade(id, name, credentials).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.upgrade(id, name, credentials)).await,
        }
    }

    async fn rename(&self, id: &MemberId, name: &MemberName) -> Result<(), MembersError> {
        match self {
            Self::Sqlite(it) => it.rename(id, name).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.rename(id, name)).await,
        }
    }

    async fn set_credentials(
        &self,
        id: &MemberId,
        instead_of: &Credentials,
        credentials: &Credentials,
    ) -> Result<(), MembersError> {
        match self {
            Self::Sqlite(it) => it.set_credentials(id, instead_of, credentials).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.set_credentials(id, instead_of, credentials)).await,
        }
    }
}
