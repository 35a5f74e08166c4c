//! Invitations to rooms.

use protocol::{MemberId, RoomId, Timestamp};

use crate::{
    invite::InviteKey,
    ports::{Deed, Membership, Start, Unavailable},
};

/// Invitations, kept by the hash of their token.
pub trait Invites: Send + Sync {
    /// Keeps an invitation, and records who made it. The room's expired and used up ones are let go.
    ///
    /// # Errors
    /// [`InvitesError::TooMany`] at `most` of the room, [`InvitesError::NoSuchRoom`], [`InvitesError::Unavailable`].
    fn create(&self, invite: &Invite, most: usize) -> impl Future<Output = Result<(), InvitesError>> + Send;

    /// A room's invitations, the newest first; also those that are expired or used up.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn list(&self, room: &RoomId) -> impl Future<Output = Result<Vec<Invite>, Unavailable>> + Send;

    /// Finds an invitation, also one that is expired or used up.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find(&self, key: &InviteKey) -> impl Future<Output = Result<Option<Invite>, Unavailable>> + Send;

    /// Lets a room's invitation go, and records who did it. Nothing for one that is not there.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn withdraw(
        &self,
        room: &RoomId,
        key: &InviteKey,
        deed: &Deed,
    ) -> impl Future<Output = Result<(), Unavailable>> + Send;

    /// Brings a member into the invitation's room and counts that use, both or neither. One who is in the room stays as
    /// they are, and is not counted.
    ///
    /// # Errors
    /// [`InvitesError::NoSuchInvite`], [`InvitesError::Expired`], [`InvitesError::UsedUp`] (of ten who come at once by one
    /// that holds for one, one comes in), [`InvitesError::TooManyRooms`], [`InvitesError::Unavailable`].
    fn redeem(
        &self,
        key: &InviteKey,
        member: &MemberId,
        start: &Start,
    ) -> impl Future<Output = Result<Membership, InvitesError>> + Send;
}

/// An invitation to a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// The hash of its token.
    pub key: InviteKey,
    /// To which room.
    pub room: RoomId,
    /// Who made it.
    pub by: MemberId,
    /// When.
    pub created: Timestamp,
    /// Until when it holds.
    pub expires: Timestamp,
    /// How many have come by it.
    pub uses: u32,
    /// How many may.
    pub uses_max: u32,
}

impl Invite {
    /// Lets somebody come by it at `now`.
    ///
    /// # Errors
    /// [`InvitesError::Expired`], [`InvitesError::UsedUp`].
    pub fn holds(&self, now: Timestamp) -> Result<(), InvitesError> {
        match self {
            _ if self.expires <= now => Err(InvitesError::Expired),
            _ if self.uses >= self.uses_max => Err(InvitesError::UsedUp),
            _ => Ok(()),
        }
    }
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum InvitesError {
    /// The room has as many as allowed already.
    #[error("too many invitations")]
    TooMany,
    /// No such room.
    #[error("no such room")]
    NoSuchRoom,
    /// No such invitation, or it was withdrawn.
    #[error("no such invitation")]
    NoSuchInvite,
    /// Its time is over.
    #[error("the invitation has expired")]
    Expired,
    /// As many have come by it as may.
    #[error("the invitation is used up")]
    UsedUp,
    /// The member is in as many rooms as allowed already.
    #[error("in too many rooms")]
    TooManyRooms,
    /// It may or may not have been done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
