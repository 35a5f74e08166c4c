//! Who is in which room, and how far they have read there.

use protocol::{MemberId, RoomId, Sequence, Timestamp};

use crate::ports::{Deed, Unavailable};

/// Memberships, their roles and their read cursors. Each beginning and end stands in the membership's time line, and
/// each end also in the room's changes, so that no node and no editor can miss it.
pub trait Memberships: Send + Sync {
    /// Makes a member one of a room, with the read cursor at `head`; one who is in it stays as they are. Who adds
    /// somebody is recorded.
    ///
    /// # Errors
    /// [`MembershipsError::TooMany`] at `rooms_max` rooms, [`MembershipsError::NoSuchRoom`],
    /// [`MembershipsError::Unavailable`].
    fn join(
        &self,
        room: &RoomId,
        member: &MemberId,
        start: &Start,
    ) -> impl Future<Output = Result<Membership, MembershipsError>> + Send;

    /// Ends a membership, and returns the place of that among the room's changes; none where there is no membership. Where
    /// somebody else does it that is recorded, and the invitations that the member made are withdrawn.
    ///
    /// # Errors
    /// [`MembershipsError::LastAdmin`] (of two that leave at once, one hears it), [`MembershipsError::Unavailable`].
    fn leave(
        &self,
        room: &RoomId,
        member: &MemberId,
        deed: &Deed,
    ) -> impl Future<Output = Result<Option<Sequence>, MembershipsError>> + Send;

    /// Gives a member another role, and records who did it. Nothing for one who has it.
    ///
    /// # Errors
    /// [`MembershipsError::LastAdmin`], [`MembershipsError::NotInRoom`], [`MembershipsError::Unavailable`].
    fn set_role(
        &self,
        room: &RoomId,
        member: &MemberId,
        role: Role,
        deed: &Deed,
    ) -> impl Future<Output = Result<(), MembershipsError>> + Send;

    /// Finds a membership.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find(
        &self,
        room: &RoomId,
        member: &MemberId,
    ) -> impl Future<Output = Result<Option<Membership>, Unavailable>> + Send;

    /// Finds the memberships of some members in one room, each once and in no order; of who is outside there is none.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find_all(
        &self,
        room: &RoomId,
        members: &[MemberId],
    ) -> impl Future<Output = Result<Vec<Membership>, Unavailable>> + Send;

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
    ) -> impl Future<Output = Result<(usize, Vec<Membership>), Unavailable>> + Send;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// When.
    pub at: Timestamp,
    /// The room's head: a new member has nothing unread.
    pub head: Sequence,
    /// How many rooms the member may be in.
    pub rooms_max: usize,
    /// Which admin adds them; none for one who comes by themselves.
    pub added_by: Option<MemberId>,
}

/// What a member may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Take part.
    Member,
    /// Look after it.
    Admin,
}

/// One member in one room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// Which room.
    pub room: RoomId,
    /// Who.
    pub member: MemberId,
    /// As what.
    pub role: Role,
    /// Since when.
    pub joined: Timestamp,
    /// The room's last change when it began: an end that stands in the changes after it is its end.
    pub since: Sequence,
    /// How far they have read.
    pub read: Sequence,
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum MembershipsError {
    /// In as many rooms as allowed already.
    #[error("in too many rooms")]
    TooMany,
    /// No such room.
    #[error("no such room")]
    NoSuchRoom,
    /// The member is not in the room.
    #[error("not in the room")]
    NotInRoom,
    /// The room would have no admin any more.
    #[error("the room's last admin")]
    LastAdmin,
    /// It may or may not have been done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
