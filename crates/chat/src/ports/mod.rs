//! What the domain needs from outside, each an adapter's job.

mod bus;
mod erasures;
mod feed;
mod index;
mod invites;
mod letters;
mod log;
mod members;
mod memberships;
mod presence;
mod rates;
mod records;
mod rooms;
mod sessions;

pub use bus::{Bus, Channel, Event, Heard, Lost, Subscription};
pub use erasures::{Erased, Erasure, Erasures, ErasuresError, Legacy};
pub use feed::{Archive, Entry, Fed, Feed, FeedId, Place, Position, Said, Scanned};
pub use index::{FindError, FollowingIndex, Found, Mark, MessageIndex, Order, Put, Search};
pub use invites::{Invite, Invites, InvitesError};
pub use letters::{DeadLetters, Letter, Opened};
pub use log::{Change, Changed, Draft, GROUP_MAX, LogError, Revision, RoomLog};
pub use members::{Account, Credentials, Members, MembersError};
pub use memberships::{Membership, Memberships, MembershipsError, Role, Start};
pub use presence::{LEASE, NodeId, Presence, Roster, Typist};
pub use rates::Rates;
pub use records::{Act, Actor, Deed, Done, Records, Turn, Way};
pub use rooms::{Rooms, RoomsError};
pub use sessions::{DEVICE_MAX, Session, Sessions, SessionsError};

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
