//! Accounts: plain forms, so that they work before, and without, any script. Each ends in a redirect, or for programs
//! that do not ask for a page in the refusal as JSON.

mod entering;
mod forms;
mod invitations;
mod landing;
mod leaving;
mod loading;
mod settings;

use std::sync::Arc;

use axum::{Router, routing::post};
use http::request::Parts;

use chat::{
    accounts,
    ports::{Account, Credentials, MembersError, Session, SessionsError},
    secrets::CodeHash,
    session::SessionToken,
};
use protocol::{Action, MemberId, MemberName, Password, RecoveryCode, Refusal};

pub(crate) use self::forms::local_path;
pub(super) use self::{
    invitations::join,
    landing::{CODE_COOKIE, cookie_of_ours},
    leaving::delete,
    loading::{load_account, load_invitation},
};
use super::{
    Site, device,
    identity::{self, now, random},
    limiter::Whose,
    refusals::unavailable,
};

pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/account/sign-up", post(entering::sign_up))
        .route("/account/sign-in", post(entering::sign_in))
        .route("/account/sign-out", post(settings::sign_out))
        .route("/account/guest", post(entering::guest))
        .route("/account/upgrade", post(entering::upgrade))
        .route("/account/reset", post(entering::reset))
        .route("/account/name", post(settings::rename))
        .route("/account/password", post(settings::change_password))
        .route("/account/sessions/end", post(settings::end_session))
        .route("/account/sessions/end-others", post(settings::end_other_sessions))
        .route("/account/theme", post(settings::theme))
        .with_state(site)
}

async fn take(site: &Site, parts: &Parts, action: Action, name: Option<&MemberName>) -> Result<(), Refusal> {
    site.take(action, Whose::Address(identity::address(site, parts))).await?;
    match name {
        Some(name) => site.take(action, Whose::Name(name.key())).await,
        None => Ok(()),
    }
}

async fn new_credentials(site: &Site, password: Password) -> Result<(Credentials, RecoveryCode), Refusal> {
    let code = RecoveryCode::from_random(random());
    let password = site.hashing.hash(password, random()).await?;
    Ok((Credentials { password, recovery: CodeHash::of(&code) }, code))
}

/// Has a member prove by their password that it is they who ask. Whoever tries their name elsewhere keeps them from nothing.
async fn prove(
    site: &Site,
    parts: &Parts,
    member: &MemberId,
    credentials: &Credentials,
    password: &str,
) -> Result<(), Refusal> {
    let password = Password::parse(password).map_err(|_| Refusal::WrongCredentials)?;
    take(site, parts, Action::SignIn, None).await?;
    site.take(Action::SignIn, Whose::Member(member.clone())).await?;
    match site.hashing.fits(password, Some(credentials.password.clone())).await? {
        true => Ok(()),
        false => Err(Refusal::WrongCredentials),
    }
}

async fn begin_session(site: &Site, parts: &Parts, member: &MemberId) -> Result<SessionToken, Refusal> {
    let token = SessionToken::from_random(random());
    let device = device::of(&parts.headers);
    let begun = accounts::begin_session(&site.backend.sessions, member, &token, &device, now()).await;
    begun.map_err(|error| match error {
        SessionsError::Barred => Refusal::Banned,
        SessionsError::Unavailable(error) => unavailable(error),
    })?;
    Ok(token)
}

async fn signed_in(site: &Site, parts: &Parts) -> Result<(Session, Account), Refusal> {
    identity::session(site, &parts.headers).await.map_err(unavailable)?.ok_or(Refusal::NotSignedIn)
}

fn members_refusal(error: MembersError) -> Refusal {
    match error {
        MembersError::NameTaken => Refusal::NameTaken,
        MembersError::NotAGuest => Refusal::NotAGuest,
        MembersError::NoSuchMember => Refusal::NotSignedIn,
        MembersError::Changed => Refusal::WrongRecovery,
        MembersError::Unavailable(error) => unavailable(error),
    }
}
