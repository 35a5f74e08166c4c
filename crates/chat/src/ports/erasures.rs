//! What goes for good: at once for everybody, and out of the store in steps that are resumed after a restart.

use protocol::{MemberId, RoomId, Sequence, Timestamp};

use crate::ports::{Deed, Unavailable};

/// Rooms and members that go, and how far that is.
pub trait Erasures: Send + Sync {
    /// Deletes a room: it exists for nobody any more, its log takes nothing, its memberships and invitations end, and its
    /// address stays taken. Its messages are left to be erased.
    ///
    /// # Errors
    /// [`ErasuresError::NoSuchRoom`], [`ErasuresError::Unavailable`].
    fn delete_room(
        &self,
        room: &RoomId,
        deed: &Deed,
    ) -> impl Future<Output = Result<(), ErasuresError>> + Send;

    /// Deletes a member with their sessions, memberships and invitations, and returns the rooms that they were in. Their name is free
    /// again, and their messages are a former member's; or are left to be erased, where `legacy` says so.
    ///
    /// # Errors
    /// [`ErasuresError::NoSuchMember`], [`ErasuresError::LastAdmin`], [`ErasuresError::Unavailable`].
    fn delete_member(
        &self,
        member: &MemberId,
        legacy: Legacy,
        at: Timestamp,
    ) -> impl Future<Output = Result<Vec<RoomId>, ErasuresError>> + Send;

    /// What is to be erased next; none when all is.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn pending(&self) -> impl Future<Output = Result<Option<Erasure>, Unavailable>> + Send;

    /// Remembers that one is as far as `erasure.upto`.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn advance(&self, erasure: &Erasure) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// One is done.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn finish(&self, erasure: &Erasure) -> impl Future<Output = Result<(), Unavailable>> + Send;
}

/// What becomes of the messages of a member who goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legacy {
    /// They stay, by a former member.
    Stays,
    /// They are deleted.
    Goes,
}

/// Something that is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// In which room.
    pub room: RoomId,
    /// What of it.
    pub what: Erased,
    /// The last message that was looked at.
    pub upto: Sequence,
    /// Since when.
    pub begun: Timestamp,
}

/// What is erased of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Erased {
    /// All of it.
    Everything,
    /// The texts of a former member.
    TextsOf(MemberId),
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum ErasuresError {
    /// No such room.
    #[error("no such room")]
    NoSuchRoom,
    /// No such member.
    #[error("no such member")]
    NoSuchMember,
    /// A room would have no admin any more.
    #[error("the last admin of room `{room}`")]
    LastAdmin {
        /// Which.
        room: RoomId,
    },
    /// It may or may not have been done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
