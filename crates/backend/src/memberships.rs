//! The memberships this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::DynamoMemberships;
use backend_local::SqliteMemberships;
use chat::ports::{Deed, Membership, Memberships, MembershipsError, Role, Start, Unavailable};
use protocol::{MemberId, RoomId, Sequence};

/// Memberships where this process was configured to keep them: a handle, cheap to clone.
#[derive(Clone)]
pub enum MembershipStore {
    /// In SQLite.
    Sqlite(SqliteMemberships),
    /// In DynamoDB.
    #[cfg(feature = "aws")]
    Dynamo(DynamoMemberships),
}

impl Memberships for MembershipStore {
    async fn join(
        &self,
        room: &RoomId,
        member: &MemberId,
        start: &Start,
    ) -> Result<Membership, MembershipsError> {
        match self {
            Self::Sqlite(it) => it.join(room, member, start).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.join(room, member, start)).await,
        }
    }

    async fn leave(
        &self,
        room: &RoomId,
        member: &MemberId,
        deed: &Deed,
    ) -> Result<Option<Sequence>, MembershipsError> {
        match self {
            Self::Sqlite(it) => it.leave(room, member, deed).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.leave(room, member, deed)).await,
        }
    }

    async fn set_role(
        &self,
        room: &RoomId,
        member: &MemberId,
        role: Role,
        deed: &Deed,
    ) -> Result<(), MembershipsError> {
        match self {
            Self::Sqlite(it) => it.set_role(room, member, role, deed).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.set_role(room, member, role, deed)).await,
        }
    }

    async fn find(&self, room: &RoomId, member: &MemberId) -> Result<Option<Membership>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.find(room, member).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.find(room, member)).await,
        }
    }

    async fn find_all(&self, room: &RoomId, members: &[MemberId]) -> Result<Vec<Membership>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.find_all(room, members).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.find_all(room, members)).await,
        }
    }

    async fn of_member(&self, member: &MemberId) -> Result<Vec<Membership>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.of_member(member).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.of_member(member)).await,
        }
    }

    async fn of_room(&self, room: &RoomId, n: usize) -> Result<(usize, Vec<Membership>), Unavailable> {
        match self {
            Self::Sqlite(it) => it.of_room(room, n).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.of_room(room, n)).await,
        }
    }

    async fn read(
        &self,
        room: &RoomId,
        member: &MemberId,
        upto: Sequence,
    ) -> Result<Option<Sequence>, Unavailable> {
        match self {
            Self::Sqlite(it) => it.read(room, member, upto).await,
            #[cfg(feature = "aws")]
            Self::Dynamo(it) => Box::pin(it.read(room, member, upto)).await,
        }
    }
}
