//! What pages are rendered from.

use std::sync::Arc;

use cookie::time::Duration;
use http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use chat::{
    access::{self, AccessError, Reader, Viewer},
    here, history,
    ports::{LogError, Memberships as _, RoomLog as _, Rooms as _, Unavailable},
};
use protocol::{Anchor, MemberId, Page, RecoveryCode, Refusal, RoomId, RoomState, Sequence, limits};

use super::{
    Site,
    accounts::{CODE_COOKIE, cookie_of_ours},
    identity, status,
};
use crate::{
    failure::Failure,
    snapshot::{AccountSnapshot, Listed, RoomSnapshot, Snapshot},
    zone,
};

/// Loads what the page of a room shows.
pub(crate) async fn load_snapshot(room: &str, at: Option<Sequence>) -> Result<Snapshot, Failure> {
    let (site, parts) = asked()?;
    let session = identity::session(&site, &parts.headers).await.map_err(unavailable)?;
    let viewer = identity::viewer(session.as_ref());
    let rooms = match &viewer {
        Viewer::Visitor => Vec::new(),
        Viewer::Member(member) => rooms_of(&site, member).await.map_err(unavailable)?,
    };
    let anchor = at.map_or(Anchor::End, Anchor::Around);
    let room = match RoomId::parse(room) {
        Ok(room) => load_room(&site, &viewer, &room, anchor).await,
        Err(refusal) => Err(refusal.into()),
    };
    let room = match room {
        Ok(room) => Ok(room),
        Err(Failure::Refused(Refusal::Unavailable)) => return Err(Refusal::Unavailable.into()),
        Err(Failure::Refused(refusal)) => {
            set_status(match refusal {
                Refusal::Invalid { .. } => StatusCode::NOT_FOUND, // No address of a room's: nothing is there.
                _ => status::of(&refusal),
            });
            Err(refusal)
        }
        Err(failure) => return Err(failure),
    };
    let zone = identity::cookie(&parts.headers, zone::COOKIE).filter(|name| zone::is_known(name));
    Ok(Snapshot {
        me: session.map(|(_, account)| account.person),
        rooms,
        room,
        now: identity::now(),
        build: site.assets.build.clone(),
        zone: zone.unwrap_or_else(|| zone::UTC.to_owned()),
    })
}

/// Loads who looks, for the pages about accounts. A recovery code is taken out of its cookie: shown once.
pub(crate) async fn load_account() -> Result<AccountSnapshot, Failure> {
    let (site, parts) = asked()?;
    let session = identity::session(&site, &parts.headers).await.map_err(unavailable)?;
    let code = identity::cookie(&parts.headers, CODE_COOKIE).and_then(|code| RecoveryCode::parse(&code).ok());
    if code.is_some()
        && let Some(response) = use_context::<ResponseOptions>()
    {
        let gone = cookie_of_ours(&site, CODE_COOKIE, "", Duration::ZERO);
        response.append_header(header::SET_COOKIE, HeaderValue::from_str(&gone).expect("ASCII"));
    }
    Ok(AccountSnapshot {
        me: session.map(|(_, account)| account.person),
        code: code.map(|code| code.grouped()),
    })
}

/// Loads some of a room's history.
pub(crate) async fn load_history(room: &RoomId, anchor: Anchor, limit: usize) -> Result<Page, Failure> {
    let (site, parts) = asked()?;
    let session = identity::session(&site, &parts.headers).await.map_err(unavailable)?;
    let reader = reader(&site, &identity::viewer(session.as_ref()), room).await.inspect_err(|failure| {
        if let Failure::Refused(refusal) = failure {
            set_status(status::of(refusal));
        }
    })?;
    let page = history::page(&site.backend.log, &site.backend.members, &reader, anchor, limit).await;
    page.map_err(log_failure)
}

/// Lists public rooms after one, to whoever may read them.
pub(crate) async fn load_rooms(after: Option<&RoomId>) -> Result<Listed, Failure> {
    let (site, parts) = asked()?;
    let session = identity::session(&site, &parts.headers).await.map_err(unavailable)?;
    if session.is_none() && !site.config.visitors_read {
        return Err(Refusal::NotSignedIn.into());
    }
    let mut rooms = site.backend.rooms.list(after, limits::ROOMS_LISTED + 1).await.map_err(unavailable)?;
    let more = rooms.len() > limits::ROOMS_LISTED;
    rooms.truncate(limits::ROOMS_LISTED);
    Ok(Listed { rooms, more })
}

async fn load_room(
    site: &Site,
    viewer: &Viewer,
    room: &RoomId,
    anchor: Anchor,
) -> Result<RoomSnapshot, Failure> {
    let reader = reader(site, viewer, room).await?;
    let backend = &site.backend;
    let limit = limits::PAGE_DEFAULT;
    let page =
        history::page(&backend.log, &backend.members, &reader, anchor, limit).await.map_err(log_failure)?;
    let present = here::announced(&backend.presence, room).await.map_err(unavailable)?;
    let here =
        here::among(&backend.members, &backend.memberships, room, &present).await.map_err(unavailable)?;
    Ok(RoomSnapshot { info: reader.room().clone(), is_member: reader.membership().is_some(), page, here })
}

async fn reader(site: &Site, viewer: &Viewer, room: &RoomId) -> Result<Reader, Failure> {
    let backend = &site.backend;
    let visitors_read = site.config.visitors_read;
    let reader = access::reader(&backend.rooms, &backend.memberships, viewer, room, visitors_read).await;
    reader.map_err(|error| match error {
        AccessError::Refused(refusal) => refusal.into(),
        AccessError::Unavailable(error) => unavailable(error),
    })
}

async fn rooms_of(site: &Site, member: &MemberId) -> Result<Vec<RoomState>, Unavailable> {
    let mut rooms = Vec::new();
    for membership in site.backend.memberships.of_member(member).await? {
        let Some(info) = site.backend.rooms.find(&membership.room).await? else { continue };
        match site.backend.log.heads(&membership.room).await {
            Ok(heads) => rooms.push(RoomState { info, heads, read: membership.read }),
            Err(LogError::Unavailable(error)) => return Err(error),
            Err(_) => {} // Deleted in between.
        }
    }
    Ok(rooms)
}

fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

fn asked() -> Result<(Arc<Site>, Parts), Failure> {
    let missing = || Failure::NoAnswer("asked outside of a request".to_owned());
    let site = use_context::<Arc<Site>>().ok_or_else(missing)?;
    Ok((site, use_context::<Parts>().ok_or_else(missing)?))
}

fn log_failure(error: LogError) -> Failure {
    match error {
        LogError::NoSuchRoom { room } => Refusal::NoSuchRoom { room }.into(),
        LogError::Unavailable(error) => unavailable(error),
        LogError::NoSuchMessage { .. } | LogError::Overtaken { .. } | LogError::Revised { .. } => {
            Failure::NoAnswer("a reading call was answered as a writing one".to_owned())
        }
    }
}

fn unavailable(error: Unavailable) -> Failure {
    tracing::error!(error = &error as &dyn std::error::Error, "The store did not answer a page");
    set_status(status::of(&Refusal::Unavailable));
    Refusal::Unavailable.into()
}
