//! The invitations this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::DynamoInvites;
use backend_local::SqliteInvites;
use chat::{
    invite::InviteKey,
    ports::{Deed, Invite, Invites, InvitesError, Membership, Start, Unavailable},
};
use protocol::{MemberId, RoomId};

/// Invitations where this process was configured to keep them: a handle, cheap to clone.
#[derive(Clone)]
pub enum InviteStore {
    /// In SQLite.
    Sqlite(SqliteInvites),
    /// In DynamoDB.
    #[cfg(feature = "aws")]
    Dynamo(DynamoInvites),
}

impl Invites for InviteStore {
    async fn create(&self, invite: &Invite, most: usize) -> Result<(), InvitesError> {
        match self {
            Self::Sqlite(it) => it.create(invite, most).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.create(invite, most)).await,
        }
    }

    async fn list(&self, room: &RoomId) -> Result<Vec<Invite>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.list(room).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.list(room)).await,
        }
    }

    async fn find(&self, key: &InviteKey) -> Result<Option<Invite>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.find(key).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.find(key)).await,
        }
    }

    async fn withdraw(&self, room: &RoomId, key: &InviteKey, deed: &Deed) -> Result<(), Unavailable> {
        match self {
            Self::Sqlite(it) => it.withdraw(room, key, deed).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.withdraw(room, key, deed)).await,
        }
    }

    async fn redeem(
        &self,
        key: &InviteKey,
        member: &MemberId,
        start: &Start,
    ) -> Result<Membership, InvitesError> {
        match self {
            Self::Sqlite(it) => it.redeem(key, member, start).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.redeem(key, member, start)).await,
        }
    }
}
