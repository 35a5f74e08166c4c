//! Which rooms there are.

use protocol::{RoomId, RoomInfo, Timestamp};

use crate::ports::Unavailable;

/// The rooms.
pub trait Rooms: Send + Sync {
    /// Makes a public room with an empty log.
    ///
    /// # Errors
    /// [`RoomsError::Exists`] when the address is taken, [`RoomsError::Unavailable`].
    fn create(&self, room: &RoomInfo, at: Timestamp) -> impl Future<Output = Result<(), RoomsError>> + Send;

    /// Finds a room by its address.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn find(&self, room: &RoomId) -> impl Future<Output = Result<Option<RoomInfo>, Unavailable>> + Send;

    /// Lists up to `n` public rooms by address, after one.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn list(
        &self,
        after: Option<&RoomId>,
        n: usize,
    ) -> impl Future<Output = Result<Vec<RoomInfo>, Unavailable>> + Send;
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum RoomsError {
    /// Another room has that address.
    #[error("the address is taken")]
    Exists,
    /// It may or may not have been done.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}
