//! What a page is rendered from, on the server, and wakes up with, in the browser.

use leptos::prelude::*;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[cfg(feature = "hydrate")]
use protocol::Anchor;
use protocol::{Here, MemberId, Page, Person, Refusal, RoomId, RoomInfo, RoomState, Timestamp};

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

/// What members are told about one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Who it is.
    pub person: Person,
    /// Since when they are known here.
    pub since: Timestamp,
}

/// What the pages about accounts show.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountSnapshot {
    /// Who looks; none for a visitor.
    pub me: Option<Person>,
    /// A new recovery code, shown this once.
    pub code: Option<String>,
}

/// What the page was rendered from: on the server as it was loaded before, in the browser as it stands in the page. None
/// where the store did not answer, and on a page that the browser made itself.
pub(crate) fn rendered<T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static>() -> Option<T> {
    #[cfg(feature = "ssr")]
    let loaded = use_context;
    #[cfg(not(feature = "ssr"))]
    let loaded = || None;
    SharedValue::new(loaded).into_inner()
}

/// Asks for public rooms after one. Nothing on the server.
pub(crate) fn list_rooms(after: Option<&RoomId>, then: impl FnOnce(Result<Listed, Refusal>) + 'static) {
    let query = after.map(|after| format!("?after={after}"));
    ask(format!("/api/rooms{}", query.unwrap_or_default()), then);
}

/// Asks for a member's profile. Nothing on the server.
pub(crate) fn read_profile(member: &MemberId, then: impl FnOnce(Result<Option<Profile>, Refusal>) + 'static) {
    ask(format!("/api/people?id={member}"), then);
}

/// Asks for some of a public room's history, for those without a connection.
#[cfg(feature = "hydrate")]
pub(crate) fn read_history(
    room: &RoomId,
    anchor: Anchor,
    limit: usize,
    then: impl FnOnce(Result<Page, Refusal>) + 'static,
) {
    let place = match anchor {
        Anchor::End => String::new(),
        Anchor::Before(sequence) => format!("&before={sequence}"),
        Anchor::After(sequence) => format!("&after={sequence}"),
        Anchor::Around(sequence) => format!("&around={sequence}"),
    };
    ask(format!("/api/history?room={room}&limit={limit}{place}"), then);
}

fn ask<T: DeserializeOwned + 'static>(address: String, then: impl FnOnce(Result<T, Refusal>) + 'static) {
    #[cfg(feature = "hydrate")]
    crate::browser::ask(address, then);
    #[cfg(not(feature = "hydrate"))]
    drop((address, then));
}
