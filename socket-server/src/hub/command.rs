//! What keepers of rooms are told to do.

use std::sync::Arc;

use tokio::{sync::oneshot, time::Instant};

use chat::ports::{Draft, NodeId};
use protocol::{Ending, Heads, RequestId, RoomInfo, Sequence};

use super::{Place, keeper::Revising, nodes::Rosters};

/// What a connection wants of a room, or other nodes say to all.
pub(crate) enum Command {
    /// A member of it has connected.
    Arrive(Arc<Place>),
    /// The connection is gone.
    Depart(Arc<Place>),
    /// Its member left the room.
    Leave(Arc<Place>),
    /// Its member is in the room no longer, and hears of it behind the last that comes from there.
    Expel(Arc<Place>, Ending),
    /// The store did not find its member in the room, of which nobody has told. Dropped once nothing of the room comes to it
    /// any more.
    Doubt(Arc<Place>, oneshot::Sender<()>),
    /// The connection shows it.
    Open(Arc<Place>, Opening),
    /// The connection shows it no longer.
    Close(Arc<Place>),
    /// A draft is to become a message.
    Append(Arc<Place>, Offer),
    /// A message is to be edited or deleted.
    Revise(Arc<Place>, Revising),
    /// The member types.
    Typing(Arc<Place>),
    /// The rosters of the other nodes were read.
    Rosters(Arc<Rosters>),
    /// Another node is gone.
    Lose(NodeId),
}

/// A draft that is to become a message.
pub(crate) struct Offer {
    /// The draft.
    pub(crate) draft: Draft,
    /// Up to where its sender has looked for it.
    pub(crate) since: Sequence,
    /// When its author was found to be in the room.
    pub(crate) allowed_at: Instant,
}

/// How a connection opens a room.
pub(crate) struct Opening {
    /// Its number for the request.
    pub(crate) request: RequestId,
    /// The room.
    pub(crate) info: RoomInfo,
    /// What it has already.
    pub(crate) have: Option<Heads>,
    /// How far its member has read.
    pub(crate) read: Sequence,
    /// Whether its member looks after it.
    pub(crate) admin: bool,
    /// How often a room had become active before its member was found to be in it.
    pub(crate) n_begun: u64,
}
