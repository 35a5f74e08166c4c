//! Pages: loaded first, then rendered without waiting for anything.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
};
use cookie::time::Duration;
use http::{HeaderValue, Request, StatusCode, header, request::Parts};
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{ResponseOptions, render_app_async_with_context};
use serde::{Deserialize, Serialize};

use protocol::{Anchor, MemberId, Refusal, RoomId, Sequence, limits};

use super::{
    Site,
    accounts::{self, CODE_COOKIE, cookie_of_ours},
    loading,
    room_settings::{self, INVITE_COOKIE},
};
use crate::{
    room::{Address, search::PATH},
    settings::RoomSettings,
    shell::shell,
    snapshot::{AccountSnapshot, InvitationSnapshot, Listed, Snapshot},
};

/// What a page is rendered from. What is missing could not be loaded, which the page says.
#[derive(Clone, Default)]
struct Loaded {
    snapshot: Option<Snapshot>,
    rooms: Option<Result<Listed, Refusal>>,
    account: Option<AccountSnapshot>,
    invitation: Option<InvitationSnapshot>,
    settings: Option<Result<RoomSettings, Refusal>>,
    status: StatusCode,
    cookie: Option<HeaderValue>,
}

/// Answers with the page at an address.
pub(super) async fn render(State(site): State<Arc<Site>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let loaded = load(&site, &parts)
        .await
        .unwrap_or_else(|refusal| Loaded { status: process::status(&refusal), ..Loaded::default() });
    let options = site.assets.options.clone();
    let render = render_app_async_with_context(move || loaded.provide(), move || shell(options.clone()));
    render(Request::from_parts(parts, body)).await
}

async fn load(site: &Site, parts: &Parts) -> Result<Loaded, Refusal> {
    let path = parts.uri.path();
    if let Some(address) = Address::parse(path) {
        let (snapshot, status) = loading::load_snapshot(site, parts, address).await?;
        return Ok(Loaded { snapshot: Some(snapshot), status, ..Loaded::default() });
    }
    if path == "/rooms" {
        let (snapshot, _) = loading::load_snapshot(site, parts, Address::first()).await?;
        let rooms = loading::list_rooms(site, snapshot.me.is_none(), None).await;
        // Not for everybody: the page says so.
        return Ok(Loaded { snapshot: Some(snapshot), rooms: Some(rooms), ..Loaded::default() });
    }
    if path == PATH {
        // What is found is asked for by the page itself.
        let (snapshot, _) = loading::load_snapshot(site, parts, Address::first()).await?;
        return Ok(Loaded { snapshot: Some(snapshot), ..Loaded::default() });
    }
    if let Some(room) = path.strip_prefix("/room/") {
        return load_settings(site, parts, room).await;
    }
    if let Some(token) = path.strip_prefix("/join/") {
        let (invitation, status) = accounts::load_invitation(site, parts, token).await?;
        return Ok(Loaded { invitation: Some(invitation), status, ..Loaded::default() });
    }
    let account = accounts::load_account(site, parts).await?;
    // The code is shown once: its cookie goes as it comes.
    let gone = account.code.is_some().then(|| cookie_of_ours(site, CODE_COOKIE, "", Duration::ZERO));
    let cookie = gone.map(|gone| HeaderValue::from_str(&gone).expect("ASCII"));
    Ok(Loaded { account: Some(account), cookie, ..Loaded::default() })
}

/// Loads a room's settings. Why they are not shown is a page too, and the same one whether there is such a room or not.
async fn load_settings(site: &Site, parts: &Parts, room: &str) -> Result<Loaded, Refusal> {
    let settings = room_settings::load(site, parts, room).await;
    let status = match &settings {
        Ok(_) => StatusCode::OK,
        Err(Refusal::Unavailable) => return Err(Refusal::Unavailable),
        Err(Refusal::Invalid { .. }) => StatusCode::NOT_FOUND, // No address of a room's: nothing is there.
        Err(refusal) => process::status(refusal),
    };
    // The link is shown once: its cookie goes as it comes.
    let is_shown = settings.as_ref().is_ok_and(RoomSettings::shows_link);
    let gone = is_shown.then(|| cookie_of_ours(site, INVITE_COOKIE, "", Duration::ZERO));
    let cookie = gone.map(|gone| HeaderValue::from_str(&gone).expect("ASCII"));
    Ok(Loaded { settings: Some(settings), status, cookie, ..Loaded::default() })
}

impl Loaded {
    /// Hands it to the components.
    fn provide(&self) {
        if let Some(response) = use_context::<ResponseOptions>() {
            if self.status != StatusCode::OK {
                response.set_status(self.status);
            }
            if let Some(cookie) = &self.cookie {
                response.append_header(header::SET_COOKIE, cookie.clone());
            }
        }
        if let Some(snapshot) = &self.snapshot {
            provide_context(snapshot.clone());
        }
        if let Some(rooms) = &self.rooms {
            provide_context(rooms.clone());
        }
        if let Some(account) = &self.account {
            provide_context(account.clone());
        }
        if let Some(invitation) = &self.invitation {
            provide_context(invitation.clone());
        }
        if let Some(settings) = &self.settings {
            provide_context(settings.clone());
        }
    }
}

/// Which part of a room's history.
#[derive(Deserialize)]
pub(super) struct HistoryQuery {
    room: RoomId,
    before: Option<Sequence>,
    after: Option<Sequence>,
    around: Option<Sequence>,
    limit: Option<usize>,
}

/// Answers with messages of a room to whoever may read it: visitors have no connection to ask by.
pub(super) async fn history(
    State(site): State<Arc<Site>>,
    Query(query): Query<HistoryQuery>,
    parts: Parts,
) -> Response {
    let anchor = match query {
        HistoryQuery { before: Some(sequence), .. } => Anchor::Before(sequence),
        HistoryQuery { after: Some(sequence), .. } => Anchor::After(sequence),
        HistoryQuery { around: Some(sequence), .. } => Anchor::Around(sequence),
        _ => Anchor::End,
    };
    let limit = query.limit.unwrap_or(limits::PAGE_DEFAULT);
    answer(loading::load_history(&site, &parts, &query.room, anchor, limit).await)
}

/// From where on rooms are listed.
#[derive(Deserialize)]
pub(super) struct RoomsQuery {
    after: Option<RoomId>,
}

/// Answers with public rooms.
pub(super) async fn rooms(
    State(site): State<Arc<Site>>,
    Query(query): Query<RoomsQuery>,
    parts: Parts,
) -> Response {
    answer(loading::load_rooms(&site, &parts, query.after.as_ref()).await)
}

/// Of whom a profile is asked for.
#[derive(Deserialize)]
pub(super) struct ProfileQuery {
    id: MemberId,
    room: Option<RoomId>,
}

/// Answers with a member's profile.
pub(super) async fn profile(
    State(site): State<Arc<Site>>,
    Query(query): Query<ProfileQuery>,
    parts: Parts,
) -> Response {
    answer(loading::load_profile(&site, &parts, &query.id, query.room.as_ref()).await)
}

fn answer(came: Result<impl Serialize, Refusal>) -> Response {
    match came {
        Ok(value) => Json(value).into_response(),
        Err(refusal) => (process::status(&refusal), Json(refusal)).into_response(),
    }
}
