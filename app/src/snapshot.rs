//! What a page is rendered from, on the server, and wakes up with, in the browser.

use leptos::prelude::*;
#[cfg(feature = "hydrate")]
use leptos_router::location::Url;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

#[cfg(feature = "hydrate")]
use client::search::Question;
#[cfg(feature = "ssr")]
use protocol::MemberName;
#[cfg(feature = "hydrate")]
use protocol::{Anchor, Hits};
use protocol::{Here, MemberId, Page, Person, Refusal, RoomId, RoomInfo, RoomState, Timestamp};

#[cfg(feature = "ssr")]
use crate::server::SignUp;

/// Everything that a page of the chat shows at first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    /// Who looks; none for a visitor.
    pub(crate) me: Option<Person>,
    /// The rooms that they are in.
    pub(crate) rooms: Vec<RoomState>,
    /// The room that was asked for, or why it is not shown.
    pub(crate) room: Result<RoomSnapshot, Refusal>,
    /// When this was made.
    pub(crate) now: Timestamp,
    /// Which build of the page the server has.
    pub(crate) build: String,
    /// The zone that times are shown in.
    pub(crate) zone: String,
    /// Whether one may come as a guest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) guests_come: bool,
}

/// A room as it is rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RoomSnapshot {
    /// The room.
    pub(crate) info: RoomInfo,
    /// Whether the viewer is in it.
    pub(crate) is_member: bool,
    /// Its last messages, or those around the one in the address.
    pub(crate) page: Page,
    /// Who is here.
    pub(crate) here: Here,
}

/// Some of the public rooms, by address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Listed {
    /// The rooms.
    pub(crate) rooms: Vec<RoomInfo>,
    /// Whether there are more after the last.
    pub(crate) more: bool,
}

/// What members are told about one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    /// Who it is.
    pub(crate) person: Person,
    /// Since when they are known here.
    pub(crate) since: Timestamp,
    /// Whether they look after the room that was asked about.
    pub(crate) admin: bool,
}

/// What the pages about accounts show.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountSnapshot {
    /// Who looks; none for a visitor.
    pub(crate) me: Option<Person>,
    /// A new recovery code, shown this once.
    pub(crate) code: Option<String>,
    /// Where they are signed in, for the page that lists it.
    pub(crate) devices: Vec<DeviceSnapshot>,
    /// Who may make an account.
    pub(crate) sign_up: SignUp,
    /// Whether one may come as a guest.
    pub(crate) guests_come: bool,
    /// When this was made.
    pub(crate) now: Timestamp,
    /// The zone that times are shown in.
    pub(crate) zone: String,
}

/// Where somebody is signed in.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceSnapshot {
    /// The key of its session.
    pub(crate) key: String,
    /// What it is, as far as it says.
    pub(crate) device: String,
    /// Since when.
    pub(crate) since: Timestamp,
    /// Whether it is the one that looks.
    pub(crate) is_here: bool,
}

/// What the page of an invitation shows.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InvitationSnapshot {
    /// Who looks, and what they may become.
    pub(crate) account: AccountSnapshot,
    /// The invitation's token; empty for what cannot be one.
    pub(crate) token: String,
    /// What it leads to, or why it does not.
    pub(crate) invited: Result<Invited, Refusal>,
}

/// What an invitation leads to.
#[cfg(feature = "ssr")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Invited {
    /// The room.
    pub(crate) room: RoomInfo,
    /// Who invites; none where they are a member no longer.
    pub(crate) by: Option<MemberName>,
    /// Whether who looks is in the room already.
    pub(crate) is_inside: bool,
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

/// Asks for a member's profile, as it is in a room. Nothing on the server.
pub(crate) fn read_profile(
    member: &MemberId,
    room: Option<RoomId>,
    then: impl FnOnce(Result<Option<Profile>, Refusal>) + 'static,
) {
    let room = room.map(|room| format!("&room={room}"));
    ask(format!("/api/people?id={member}{}", room.unwrap_or_default()), then);
}

/// Asks for some of a room's history, for visitors, who have no connection.
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

/// Asks for messages. The offset is how many minutes the asker's clock is ahead of UTC.
#[cfg(feature = "hydrate")]
pub(crate) fn find(question: &Question, offset: i64, then: impl FnOnce(Result<Hits, Refusal>) + 'static) {
    let Question { query, order, after, limit, number: _ } = question;
    let (query, order) = (Url::escape(query), order.name());
    let after = after.as_deref().map(|after| format!("&after={}", Url::escape(after)));
    let after = after.unwrap_or_default();
    ask(format!("/api/search?q={query}&by={order}&limit={limit}&offset={offset}{after}"), then);
}

fn ask<T: DeserializeOwned + 'static>(address: String, then: impl FnOnce(Result<T, Refusal>) + 'static) {
    #[cfg(feature = "hydrate")]
    crate::browser::ask(address, then);
    #[cfg(not(feature = "hydrate"))]
    drop((address, then));
}
