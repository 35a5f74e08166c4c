//! What pages are rendered from: all of it is loaded before.

use http::{StatusCode, request::Parts};

use chat::{
    access::{self, AccessError, Reader, Viewer},
    here, history,
    ports::{
        Account, LogError, Members as _, Memberships as _, Role, RoomLog as _, Rooms as _, Session,
        Unavailable,
    },
};
use protocol::{Anchor, MemberId, Page, Person, Refusal, RoomId, RoomState, Sequence, limits};

use super::{
    Site, identity,
    refusals::{self, unavailable},
};
use crate::{
    room::Address,
    snapshot::{Listed, Profile, RoomSnapshot, Snapshot},
};

/// Loads what the page of a room shows, and the status that it has.
///
/// # Errors
/// [`Refusal::Unavailable`].
pub(super) async fn load_snapshot(
    site: &Site,
    parts: &Parts,
    asked: Address,
) -> Result<(Snapshot, StatusCode), Refusal> {
    let session = session(site, parts).await?;
    let me = session.map(|(_, account)| account.person);
    let rooms = match &me {
        None => Vec::new(),
        Some(me) => rooms_of(site, &me.id).await.map_err(unavailable)?,
    };
    let (room, status) = match RoomId::parse(&asked.room) {
        Ok(room) => {
            let anchor = anchor(asked.at, &rooms, &room);
            match load_room(site, me.as_ref(), &room, anchor).await {
                Ok(room) => (Ok(room), StatusCode::OK),
                Err(Refusal::Unavailable) => return Err(Refusal::Unavailable),
                Err(refusal) => (Err(refusal.clone()), process::status(&refusal)),
            }
        }
        Err(refusal) => (Err(refusal), StatusCode::NOT_FOUND), // No address of a room's: nothing is there.
    };
    let snapshot = Snapshot {
        me,
        rooms,
        room,
        now: identity::now(),
        build: site.assets.build.clone(),
        zone: identity::zone(&parts.headers),
        guests_come: site.config.guests_come,
    };
    Ok((snapshot, status))
}

/// Loads some of a room's history.
///
/// # Errors
/// When the reader may not, or [`Refusal::Unavailable`].
pub(super) async fn load_history(
    site: &Site,
    parts: &Parts,
    room: &RoomId,
    anchor: Anchor,
    limit: usize,
) -> Result<Page, Refusal> {
    let session = session(site, parts).await?;
    let reader =
        reader(site, &identity::viewer(session.as_ref().map(|(_, account)| &account.person)), room).await?;
    let page = history::page(&site.backend.log, &site.backend.members, &reader, anchor, limit).await;
    page.map_err(log_refusal)
}

/// Lists public rooms after one, to whoever may read them.
///
/// # Errors
/// When the reader may not, or [`Refusal::Unavailable`].
pub(super) async fn load_rooms(
    site: &Site,
    parts: &Parts,
    after: Option<&RoomId>,
) -> Result<Listed, Refusal> {
    let is_visitor = session(site, parts).await?.is_none();
    list_rooms(site, is_visitor, after).await
}

/// Lists public rooms after one, to whoever may read them.
///
/// # Errors
/// When the reader may not, or [`Refusal::Unavailable`].
pub(super) async fn list_rooms(
    site: &Site,
    is_visitor: bool,
    after: Option<&RoomId>,
) -> Result<Listed, Refusal> {
    if is_visitor && !site.config.visitors_read {
        return Err(Refusal::NotSignedIn);
    }
    let mut rooms = site.backend.rooms.list(after, limits::ROOMS_LISTED + 1).await.map_err(unavailable)?;
    let more = rooms.len() > limits::ROOMS_LISTED;
    rooms.truncate(limits::ROOMS_LISTED);
    Ok(Listed { rooms, more })
}

/// Loads what members are told about one of them; none where there is nobody of that id.
///
/// # Errors
/// [`Refusal::NotSignedIn`] for a visitor, or [`Refusal::Unavailable`].
pub(super) async fn load_profile(
    site: &Site,
    parts: &Parts,
    member: &MemberId,
    room: Option<&RoomId>,
) -> Result<Option<Profile>, Refusal> {
    let Some((_, me)) = session(site, parts).await? else { return Err(Refusal::NotSignedIn) };
    let Some(account) = site.backend.members.by_id(member).await.map_err(unavailable)? else {
        return Ok(None);
    };
    let admin = match room {
        Some(room) => is_admin(site, &me.person, room, member).await.map_err(unavailable)?,
        None => false,
    };
    Ok(Some(Profile { person: account.person, since: account.created, admin }))
}

/// Whether somebody looks after a room, as far as one of its members asks: nobody else is told of roles.
async fn is_admin(site: &Site, asks: &Person, room: &RoomId, member: &MemberId) -> Result<bool, Unavailable> {
    let memberships = &site.backend.memberships;
    match access::insider(&site.backend.rooms, memberships, &asks.id, room).await {
        Ok(_) => Ok(memberships.find(room, member).await?.is_some_and(|it| it.role == Role::Admin)),
        Err(AccessError::Refused(_)) => Ok(false),
        Err(AccessError::Unavailable(error)) => Err(error),
    }
}

async fn session(site: &Site, parts: &Parts) -> Result<Option<(Session, Account)>, Refusal> {
    identity::session(site, &parts.headers).await.map_err(unavailable)
}

/// Where in a room the page begins: around the message in the address, or around the first unread one where the room's
/// end does not reach that far, or at the end.
fn anchor(at: Option<Sequence>, rooms: &[RoomState], room: &RoomId) -> Anchor {
    let state = rooms.iter().find(|state| state.info.id == *room);
    let n_unread = state.map_or(0, |state| state.heads.messages.since(state.read));
    match (at, state) {
        (Some(at), _) => Anchor::Around(at),
        (None, Some(state)) if n_unread >= limits::PAGE_DEFAULT as u64 => Anchor::Around(state.read.next()),
        (None, _) => Anchor::End,
    }
}

async fn load_room(
    site: &Site,
    me: Option<&Person>,
    room: &RoomId,
    anchor: Anchor,
) -> Result<RoomSnapshot, Refusal> {
    let reader = reader(site, &identity::viewer(me), room).await?;
    let backend = &site.backend;
    let limit = limits::PAGE_DEFAULT;
    let page =
        history::page(&backend.log, &backend.members, &reader, anchor, limit).await.map_err(log_refusal)?;
    let mut present = site.present.in_room(room).await;
    // Who reads this is here, which no node can have said yet: the list must not change when they connect.
    present.extend(me.filter(|_| reader.membership().is_some()).map(|me| (me.id.clone(), me.clone())));
    let here =
        here::among(&backend.members, &backend.memberships, room, &present).await.map_err(unavailable)?;
    Ok(RoomSnapshot { info: reader.room().clone(), is_member: reader.membership().is_some(), page, here })
}

async fn reader(site: &Site, viewer: &Viewer, room: &RoomId) -> Result<Reader, Refusal> {
    let backend = &site.backend;
    let visitors_read = site.config.visitors_read;
    let reader = access::reader(&backend.rooms, &backend.memberships, viewer, room, visitors_read).await;
    reader.map_err(refusals::refusal)
}

async fn rooms_of(site: &Site, member: &MemberId) -> Result<Vec<RoomState>, Unavailable> {
    let mut rooms = Vec::new();
    for insider in access::insiders(&site.backend.rooms, &site.backend.memberships, member).await? {
        let info = insider.room().clone();
        match site.backend.log.heads(&info.id).await {
            Ok(heads) => {
                let (read, admin) = (insider.membership().read, insider.is_admin());
                rooms.push(RoomState { info, heads, read, admin });
            }
            Err(LogError::Unavailable(error)) => return Err(error),
            Err(_) => {} // Deleted in between.
        }
    }
    Ok(rooms)
}

fn log_refusal(error: LogError) -> Refusal {
    match error {
        LogError::NoSuchRoom { room } => Refusal::NoSuchRoom { room },
        LogError::NotInRoom { room } => Refusal::NotInRoom { room },
        LogError::Unavailable(error) => unavailable(error),
        LogError::NoSuchMessage { .. } | LogError::Overtaken { .. } | LogError::Revised { .. } => {
            tracing::error!("A call that reads was answered as one that writes");
            Refusal::Unavailable
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Heads, RoomInfo, RoomName, Topic};

    use super::*;

    #[test]
    fn a_page_begins_where_its_reader_reads_on() {
        let help = RoomId::parse("help").unwrap();
        let check = |at: Option<u64>, read: u64, expected: Anchor| {
            let info = RoomInfo {
                id: help.clone(),
                name: RoomName::parse("Help").unwrap(),
                topic: Topic::parse("").unwrap(),
                private: false,
            };
            let heads = Heads { messages: Sequence(1000), changes: Sequence::ZERO };
            let rooms = [RoomState { info, heads, read: Sequence(read), admin: false }];
            assert_eq!(anchor(at.map(Sequence), &rooms, &help), expected);
        };

        check(None, 990, Anchor::End);
        check(None, 500, Anchor::Around(Sequence(501)));
        check(Some(42), 500, Anchor::Around(Sequence(42)));
        assert_eq!(anchor(None, &[], &help), Anchor::End);
    }
}
