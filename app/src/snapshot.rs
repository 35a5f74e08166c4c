//! What a page is rendered from, on the server, and wakes up with, in the browser.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use protocol::{Anchor, Here, Page, Person, Refusal, RoomId, RoomInfo, RoomState, Sequence, Timestamp};

use crate::failure::Failure;

/// Everything that a page of the chat shows at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Who looks; none for a visitor.
    pub me: Option<Person>,
    /// The rooms that they are in.
    pub rooms: Vec<RoomState>,
    /// The room that was asked for, or why it is not shown.
    pub room: Result<RoomSnapshot, Refusal>,
    /// When this was made.
    pub now: Timestamp,
    /// Which build of the page the server has.
    pub build: String,
    /// The zone that times are shown in.
    pub zone: String,
}

/// A room as it is rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomSnapshot {
    /// The room.
    pub info: RoomInfo,
    /// Whether the viewer is in it.
    pub is_member: bool,
    /// Its last messages, or those around the one in the address.
    pub page: Page,
    /// Who is here.
    pub here: Here,
}

/// Some of the public rooms, by address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The rooms.
    pub rooms: Vec<RoomInfo>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// What the pages about accounts show.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountSnapshot {
    /// Who looks; none for a visitor.
    pub me: Option<Person>,
    /// A new recovery code, shown this once.
    pub code: Option<String>,
}

/// Loads who looks.
#[cfg(feature = "ssr")]
#[server(prefix = "/api", endpoint = "account", input = GetUrl)]
pub async fn fetch_account() -> Result<AccountSnapshot, Failure> {
    crate::server::load_account().await
}

/// Loads what the page of a room shows. Writes nothing.
#[server(prefix = "/api", endpoint = "page", input = GetUrl)]
pub async fn fetch_snapshot(room: String, at: Option<Sequence>) -> Result<Snapshot, Failure> {
    crate::server::load_snapshot(&room, at).await
}

/// Loads some of a public room's history, for those without a connection.
#[server(prefix = "/api", endpoint = "history", input = GetUrl)]
pub async fn fetch_history(room: RoomId, anchor: Anchor, limit: usize) -> Result<Page, Failure> {
    crate::server::load_history(&room, anchor, limit).await
}

/// Lists public rooms after one.
#[server(prefix = "/api", endpoint = "rooms", input = GetUrl)]
pub async fn fetch_rooms(after: Option<RoomId>) -> Result<Listed, Failure> {
    crate::server::load_rooms(after.as_ref()).await
}
