//! Coming to a room by a link.

use std::sync::Arc;

use axum::{
    extract::{Form, Path, State},
    response::Response,
};
use http::request::Parts;

use chat::{
    accounts,
    invite::{InviteKey, InviteToken},
    ports::{Credentials, Erasures as _, Legacy, Members as _, Memberships as _},
    rooms,
};
use protocol::{Action, MemberId, Person, Refusal, RoomInfo};

use super::{
    super::{
        SignUp, Site,
        identity::now,
        news::publish,
        refusals::{refusal, unavailable},
    },
    forms::JoinForm,
    landing::{Landing, Page, answer},
    members_refusal, signed_in, take,
};

/// Brings who is signed in into the room of an invitation.
pub(in crate::server) async fn join(
    State(site): State<Arc<Site>>,
    Path(token): Path<String>,
    parts: Parts,
    Form(_): Form<JoinForm>,
) -> Response {
    let token = InviteToken::parse(&token);
    let done = async {
        let (_, account) = signed_in(&site, &parts).await?;
        take(&site, &parts, Action::Administer, None).await?;
        let invitation = token.as_ref().ok_or(Refusal::NoSuchInvite)?.key();
        let room = come(&site, &invitation, &account.person.id).await?;
        Ok(Landing::in_room(&room.id))
    };
    answer(&site, &parts, Page::Invitation(token.as_ref()), &[], done.await)
}

/// The room that an invitation leads to, as long as it holds.
pub(super) async fn room_of(site: &Site, invitation: &InviteKey) -> Result<RoomInfo, Refusal> {
    let backend = &site.backend;
    rooms::invited_to(&backend.rooms, &backend.invites, invitation, now()).await.map_err(refusal)
}

/// Makes sure that an invitation brings a guest into a room that they are not in. Where accounts are made by invitation
/// only each counts by that: who is inside already is not counted, and one link would do for any number.
pub(super) async fn brings(site: &Site, invitation: &InviteKey, guest: &MemberId) -> Result<(), Refusal> {
    let room = room_of(site, invitation).await?;
    let membership = site.backend.memberships.find(&room.id, guest).await.map_err(unavailable)?;
    match membership {
        Some(_) if site.config.sign_up == SignUp::Invite => {
            Err(Refusal::SwitchedOff { action: Action::SignUp })
        }
        _ => Ok(()),
    }
}

/// Brings a member into the room of an invitation.
pub(super) async fn come(
    site: &Site,
    invitation: &InviteKey,
    member: &MemberId,
) -> Result<RoomInfo, Refusal> {
    let backend = &site.backend;
    let (rooms, stores) =
        ((&backend.rooms, &backend.invites), (&backend.members, &backend.memberships, &backend.log));
    let came = rooms::come_by_invitation(rooms, stores, invitation, member, now()).await;
    let (room, news) = came.map_err(refusal)?;
    publish(site, news).await;
    Ok(room)
}

/// Makes a member by an invitation. Where that is used up meanwhile there is no such member.
pub(super) async fn admit(
    site: &Site,
    person: &Person,
    credentials: &Credentials,
    invitation: &InviteKey,
) -> Result<RoomInfo, Refusal> {
    let backend = &site.backend;
    backend.members.create(person, Some(credentials), now()).await.map_err(members_refusal)?;
    // Before they are in any room: who is in the invitation's would not be counted.
    let came = come(site, invitation, &person.id).await;
    let Ok(room) = came else {
        if let Err(error) = backend.erasures.delete_member(&person.id, Legacy::Stays, now()).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "Could not take a member back whose invitation was used up"
            );
        }
        return came;
    };
    let settled = accounts::settle(&backend.memberships, &backend.log, &person.id, now()).await;
    settled.map_err(unavailable)?;
    Ok(room)
}
