//! Which rooms there are.

use protocol::{MemberId, RoomId, RoomInfo, Timestamp};

use crate::ports::{Deed, Membership, Start, Unavailable};

/// The rooms that are not deleted. An address that a room had is never given to another.
pub trait Rooms: Send + Sync {
    /// Makes a room with an empty log and nobody in it.
    ///
    /// # Errors
    /// [`RoomsError::Exists`] when the address is taken, [`RoomsError::Unavailable`].
    fn create(&self, room: &RoomInfo, at: Timestamp) -> impl Future<Output = Result<(), RoomsError>> + Send;

    /// Makes a room with an empty log and its founder in it as the admin, both or neither.
    ///
    /// # Errors
    /// As [`Rooms::create`], and [`RoomsError::TooMany`] when the founder is in `start.rooms_max` rooms already.
    fn create_by(
        &self,
        room: &RoomInfo,
        founder: &MemberId,
        start: &Start,
    ) -> impl Future<Output = Result<Membership, RoomsError>> + Send;

    /// Finds a room by its address, whoever it exists for.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find(&self, room: &RoomId) -> impl Future<Output = Result<Option<RoomInfo>, Unavailable>> + Send;

    /// Finds a public room by its address. A private one is as if it was not there, in the answer and in its time.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find_public(
        &self,
        room: &RoomId,
    ) -> impl Future<Output = Result<Option<RoomInfo>, Unavailable>> + Send;

    /// Lists up to `n` public rooms by address, after one.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn list(
        &self,
        after: Option<&RoomId>,
        n: usize,
    ) -> impl Future<Output = Result<Vec<RoomInfo>, Unavailable>> + Send;

    /// Gives a room the name and the topic that `room` has, and records who did it.
    ///
    /// # Errors
    /// [`RoomsError::NoSuchRoom`], [`RoomsError::Unavailable`].
    fn describe(&self, room: &RoomInfo, deed: &Deed) -> impl Future<Output = Result<(), RoomsError>> + Send;
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum RoomsError {
    /// Another room has that address, or had it.
    #[error("the address is taken")]
    Exists,
    /// The founder is in as many rooms as allowed already.
    #[error("in too many rooms")]
    TooMany,
    /// No such room.
    #[error("no such room")]
    NoSuchRoom,
    /// It may or may not have been done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
