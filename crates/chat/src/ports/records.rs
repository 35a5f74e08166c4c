//! What was done in rooms, and who was in them when.

use protocol::{MemberId, RoomId, RoomName, Sequence, Timestamp, Topic};
use serde::{Deserialize, Serialize};

use crate::ports::Unavailable;

/// What was recorded. It is written together with what it tells, by the ports that do it.
pub trait Records: Send + Sync {
    /// Up to `n` acts of a room's admins and of operators, the newest first, before one.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn acts(
        &self,
        room: &RoomId,
        before: Option<u64>,
        n: usize,
    ) -> impl Future<Output = Result<Vec<Act>, Unavailable>> + Send;

    /// The time line of a membership: each beginning and each end, in order.
    ///
    /// # Errors
    /// [`Unavailable`].
    fn turns(
        &self,
        room: &RoomId,
        member: &MemberId,
    ) -> impl Future<Output = Result<Vec<Turn>, Unavailable>> + Send;
}

/// Who does something that is recorded, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

impl Deed {
    /// A member does it.
    pub fn of(member: &MemberId, at: Timestamp) -> Self {
        Self { by: Actor::Member(member.clone()), at }
    }
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A member.
    Member(MemberId),
    /// Somebody who runs the place.
    Operator,
}

/// Something that an admin did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Its place among the room's acts: greater is later.
    pub number: u64,
    /// Who did it, and when.
    pub deed: Deed,
    /// What.
    pub what: Done,
}

/// What an admin did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// Made the room.
    Created,
    /// Deleted it: nobody is left to read this but who runs the place.
    Deleted,
    /// Gave it another name.
    Renamed(RoomName),
    /// Gave it another topic.
    Retopiced(Topic),
    /// Added a member.
    Added(MemberId),
    /// Removed a member.
    Removed(MemberId),
    /// Made a member an admin.
    Promoted(MemberId),
    /// Made an admin a member.
    Demoted(MemberId),
    /// Made an invitation.
    Invited,
    /// Withdrew an invitation.
    Withdrew,
    /// Deleted somebody's message.
    DeletedMessage(Sequence),
}

/// A beginning or an end of a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// When.
    pub at: Timestamp,
    /// The room's last message then.
    pub head: Sequence,
    /// Which way.
    pub way: Way,
}

/// Which way a membership turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// It began.
    Joined,
    /// The member ended it.
    Left,
    /// Somebody else did.
    Removed,
}
