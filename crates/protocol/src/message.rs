//! What rooms hold.

use serde::{Deserialize, Serialize};

use crate::{MemberId, MemberName, MessageText, Nonce, RoomId, RoomName, Sequence, Topic};

/// A moment, in milliseconds since 1970 in UTC, as the server's clock had it. Never used for order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Timestamp(pub u64);

/// A durable draft with a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Message {
    /// Its place in the room.
    pub sequence: Sequence,
    /// Who wrote it.
    pub author: MemberId,
    /// What its author's client called it.
    pub nonce: Nonce,
    /// When it became durable.
    pub at: Timestamp,
    /// What it says; none once it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<MessageText>,
    /// Its place in the room's changes when it was last edited or deleted; 0 if never.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revision: Sequence,
    /// When that was; none if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revised: Option<Timestamp>,
}

#[cfg_attr(
    target_pointer_width = "64",
    expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")
)]
fn is_zero(sequence: &Sequence) -> bool {
    *sequence == Sequence::ZERO
}

/// A member as others see them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Person {
    /// Which member.
    pub id: MemberId,
    /// What they are called now.
    pub name: MemberName,
    /// Whether they have no account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
}

/// A room as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct RoomInfo {
    /// Its address.
    pub id: RoomId,
    /// What it is called.
    pub name: RoomName,
    /// What it is about; may be empty.
    pub topic: Topic,
    /// Whether it exists for its members only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
}
