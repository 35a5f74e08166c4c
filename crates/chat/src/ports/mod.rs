//! What the domain needs from outside, each an adapter's job.

mod bus;
mod log;
mod members;
mod memberships;
mod presence;
mod rooms;
mod sessions;

pub use bus::{Bus, Channel, Event, Heard, Subscription};
pub use log::{Change, Changed, Draft, GROUP_MAX, LogError, Revision, RoomLog};
pub use members::{Account, Credentials, Members, MembersError};
pub use memberships::{Membership, Memberships, MembershipsError, Start};
pub use presence::{LEASE, NodeId, Presence, Roster};
pub use rooms::{Rooms, RoomsError};
pub use sessions::{Session, Sessions};

/// We could not do it now: a store or a bus is away, full or too slow. Asking again is safe.
#[derive(Debug, thiserror::Error)]
#[error("{what} unavailable")]
pub struct Unavailable {
    /// Which part, and what it was doing: ``log``, ``members while looking up a name``.
    pub what: &'static str,
    /// The adapter's own error.
    #[source]
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}

impl Unavailable {
    /// Wraps an adapter's error.
    pub fn new(what: &'static str, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { what, cause: cause.into() }
    }
}
