//! What a search answers.

use serde::{Deserialize, Serialize};

use crate::{MemberId, Person, RoomId, RoomInfo, Sequence, Timestamp};

/// What a search answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hits {
    /// What was found, as it is in the store.
    pub hits: Vec<Hit>,
    /// Who wrote it.
    pub people: Vec<Person>,
    /// Where it was written.
    pub rooms: Vec<RoomInfo>,
    /// What `after` is to be for what follows; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Where it was looked for.
    pub source: Source,
}

/// Where something was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Among all messages.
    Index,
    /// The index does not answer now: among the newest messages of the member's rooms.
    Newest,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Hit {
    /// Its room.
    pub room: RoomId,
    /// Its place there.
    pub sequence: Sequence,
    /// Who wrote it.
    pub author: MemberId,
    /// When.
    pub at: Timestamp,
    /// What it says, or a part of that.
    pub text: String,
    /// What to mark in the text: from where to where, in Unicode scalar values.
    pub marked: Vec<[usize; 2]>,
    /// Whether the message says more before the text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_before: bool,
    /// Whether the message says more after the text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut_after: bool,
}
