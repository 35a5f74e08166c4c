//! What browser and server say to each other: messages, ids, limits, refusals.
//!
//! Everything here is parsed at the edge and trusted afterwards: a [`RoomId`] is a valid room id and a
//! [`MessageText`] is within its limit, wherever they turn up.

pub mod close;
pub mod limits;
pub mod query;
pub mod wire;

mod as_text;
mod flat;
mod found;
mod ids;
mod message;
mod refusal;
mod reply;
mod request;
mod sequence;
mod text;
mod unicode;

#[cfg(test)]
mod golden;

pub use found::{Hit, Hits, Source};
pub use ids::{MemberId, Nonce, RequestId, RoomId};
pub use message::{Message, Person, RoomInfo, Timestamp};
pub use refusal::{Action, Field, Refusal};
pub use reply::{Ending, Here, Page, RoomState, ServerMessage};
pub use request::{Anchor, ClientMessage};
pub use sequence::{Heads, Sequence};
pub use text::{MemberName, MessageText, Password, RecoveryCode, RoomName, Topic};
