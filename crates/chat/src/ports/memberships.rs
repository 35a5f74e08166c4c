//! Who is in which room, and how far they have read there.

use protocol::{MemberId, RoomId, Sequence, Timestamp};

use crate::ports::Unavailable;

/// Memberships and their read cursors.
pub trait Memberships: Send + Sync {
    /// Makes a member one of a room, with the read cursor at `head`; one who is in it stays as they are.
    ///
    /// # Errors
    /// [`MembershipsError::TooMany`] at `rooms_max` rooms, [`MembershipsError::Unavailable`].
    fn join(
        &self,
        room: &RoomId,
        member: &MemberId,
        start: &Start,
    ) -> impl Future<Output = Result<Membership, MembershipsError>> + Send;

    /// Ends a membership. Nothing for one that is not there.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn leave(&self, room: &RoomId, member: &MemberId)
    -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Finds a membership.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find(
        &self,
        room: &RoomId,
        member: &MemberId,
    ) -> impl Future<Output = Result<Option<Membership>, Unavailable>> + Send;

    /// The rooms that a member is in, in the order of joining.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn of_member(
        &self,
        member: &MemberId,
    ) -> impl Future<Output = Result<Vec<Membership>, Unavailable>> + Send;

    /// How many members a room has, and up to `n` of them, in the order of joining.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn of_room(
        &self,
        room: &RoomId,
        n: usize,
    ) -> impl Future<Output = Result<(usize, Vec<MemberId>), Unavailable>> + Send;

    /// Moves a read cursor forward, never back, and returns where it is; none for one who is not in the room.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn read(
        &self,
        room: &RoomId,
        member: &MemberId,
        upto: Sequence,
    ) -> impl Future<Output = Result<Option<Sequence>, Unavailable>> + Send;
}

/// How a membership begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// When.
    pub at: Timestamp,
    /// The room's head: a new member has nothing unread.
    pub head: Sequence,
    /// How many rooms the member may be in.
    pub rooms_max: usize,
}

/// One member in one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Which room.
    pub room: RoomId,
    /// Who.
    pub member: MemberId,
    /// Since when.
    pub joined: Timestamp,
    /// How far they have read.
    pub read: Sequence,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum MembershipsError {
    /// In as many rooms as allowed already.
    #[error("in too many rooms")]
    TooMany,
    /// It may or may not have been done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
