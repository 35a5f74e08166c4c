//! What the pages about being someone are rendered from.

use http::{StatusCode, request::Parts};

use chat::{
    invite::InviteToken,
    ports::{Account, Invites as _, Members as _, Memberships as _, Session, Sessions as _},
};
use protocol::{Person, RecoveryCode, Refusal, limits};

use super::{
    super::{Site, identity, refusals::unavailable},
    invitations,
    landing::CODE_COOKIE,
};
use crate::snapshot::{AccountSnapshot, DeviceSnapshot, InvitationSnapshot, Invited};

/// Loads who looks and what they may become, and for the page that shows it a recovery code that a form left in its
/// cookie.
///
/// # Errors
/// [`Refusal::Unavailable`].
pub(in crate::server) async fn load_account(site: &Site, parts: &Parts) -> Result<AccountSnapshot, Refusal> {
    let session = identity::session(site, &parts.headers).await.map_err(unavailable)?;
    let code = match parts.uri.path() {
        "/welcome" => identity::cookie(&parts.headers, CODE_COOKIE),
        _ => None, // Seen nowhere else, it would be lost.
    };
    let code = code.and_then(|code| RecoveryCode::parse(&code).ok());
    let devices = match &session {
        Some((session, account)) if parts.uri.path() == "/account" && !account.person.guest => {
            devices(site, session).await?
        }
        _ => Vec::new(),
    };
    Ok(AccountSnapshot {
        me: session.map(|(_, account)| account.person),
        code: code.map(|code| code.grouped()),
        devices,
        sign_up: site.config.sign_up,
        guests_come: site.config.guests_come,
        now: identity::now(),
        zone: identity::zone(&parts.headers),
    })
}

/// Loads the page of an invitation, and the status that it has.
///
/// # Errors
/// [`Refusal::Unavailable`].
pub(in crate::server) async fn load_invitation(
    site: &Site,
    parts: &Parts,
    token: &str,
) -> Result<(InvitationSnapshot, StatusCode), Refusal> {
    let account = load_account(site, parts).await?;
    let token = InviteToken::parse(token);
    let invited = match &token {
        Some(token) => invited(site, account.me.as_ref(), token).await,
        None => Err(Refusal::NoSuchInvite),
    };
    let status = match &invited {
        Ok(_) => StatusCode::OK,
        Err(Refusal::Unavailable) => return Err(Refusal::Unavailable),
        Err(refusal) => process::status(refusal),
    };
    let token = token.map(|token| token.reveal().to_owned()).unwrap_or_default();
    Ok((InvitationSnapshot { account, token, invited }, status))
}

async fn invited(site: &Site, me: Option<&Person>, token: &InviteToken) -> Result<Invited, Refusal> {
    let backend = &site.backend;
    let room = invitations::room_of(site, &token.key()).await?;
    let invite = backend.invites.find(&token.key()).await.map_err(unavailable)?;
    let invite = invite.ok_or(Refusal::NoSuchInvite)?; // Withdrawn just now.
    let by = backend.members.by_id(&invite.by).await.map_err(unavailable)?;
    let membership = match me {
        Some(me) => backend.memberships.find(&room.id, &me.id).await.map_err(unavailable)?,
        None => None,
    };
    let by = by.map(|Account { person, .. }| person.name);
    Ok(Invited { room, by, is_inside: membership.is_some() })
}

/// Where the member is signed in: here first, then the newest.
async fn devices(site: &Site, here: &Session) -> Result<Vec<DeviceSnapshot>, Refusal> {
    let sessions =
        site.backend.sessions.of_member(&here.member, identity::now(), limits::SESSIONS_LISTED).await;
    let others = sessions.map_err(unavailable)?.into_iter().filter(|session| session.key != here.key);
    let sessions = std::iter::once(here.clone()).chain(others);
    Ok(sessions
        .map(|session| DeviceSnapshot {
            is_here: session.key == here.key,
            // The key is a hash of 256 random bits: who reads the page's source cannot make a token of it, and unlike a
            // place in the list it is still of the same session when another has begun meanwhile.
            key: session.key.as_stored().to_owned(),
            device: session.device,
            since: session.created,
        })
        .collect())
}
