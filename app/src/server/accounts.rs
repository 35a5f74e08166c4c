//! Accounts: plain forms, so that they work before, and without, any script. Each ends in a redirect, or for programs
//! that do not ask for a page in the refusal as JSON.

mod forms;
mod landing;

use std::sync::Arc;

use axum::{
    Router,
    extract::{Form, State},
    response::Response,
    routing::post,
};
use http::request::Parts;

use chat::{
    accounts,
    ports::{
        Account, Bus as _, Channel, Credentials, Event, Members as _, MembersError, Session, Sessions as _,
    },
    secrets::CodeHash,
    session::SessionToken,
};
use protocol::{Action, MemberId, MemberName, Password, Person, RecoveryCode, Refusal};

pub(super) use self::landing::{CODE_COOKIE, cookie_of_ours};
use self::{
    forms::{GuestForm, PasswordForm, ResetForm, SignForm, SignOutForm, ThemeForm},
    landing::{Landing, Page, answer},
};
use super::{
    Site, guests,
    identity::{self, now, random},
    limiter::Whose,
};

/// How many names are tried for a guest before we give up.
const GUEST_NAMES_TRIED: usize = 20;

pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/account/sign-up", post(sign_up))
        .route("/account/sign-in", post(sign_in))
        .route("/account/sign-out", post(sign_out))
        .route("/account/guest", post(guest))
        .route("/account/upgrade", post(upgrade))
        .route("/account/reset", post(reset))
        .route("/account/password", post(change_password))
        .route("/account/theme", post(theme))
        .with_state(site)
}

async fn sign_up(State(site): State<Arc<Site>>, parts: Parts, Form(form): Form<SignForm>) -> Response {
    let done = async {
        let (name, password) = (MemberName::parse(&form.name)?, Password::parse(&form.password)?);
        take(&site, &parts, Action::SignUp, None)?;
        let (credentials, code) = new_credentials(&site, password).await?;
        let person = Person { id: accounts::member_id(random()), name, guest: false };
        admit(&site, &person, Some(&credentials)).await?;
        let token = begin_session(&site, &person.id).await?;
        Ok(Landing::with_code(token, code))
    };
    answer(&site, &parts, Page::SignUp, &form.name, done.await)
}

async fn sign_in(State(site): State<Arc<Site>>, parts: Parts, Form(form): Form<SignForm>) -> Response {
    let done = async {
        let name = MemberName::parse(&form.name)?;
        let password = Password::parse(&form.password).map_err(|_| Refusal::WrongCredentials)?;
        take(&site, &parts, Action::SignIn, Some(&name))?;
        let account = site.backend.members.by_name(&name).await.map_err(unavailable)?;
        let hash = account.as_ref().and_then(|it| it.credentials.as_ref()).map(|it| it.password.clone());
        let fits = site.hashing.fits(password, hash).await?;
        let Some(account) = account.filter(|_| fits) else { return Err(Refusal::WrongCredentials) };
        let token = begin_session(&site, &account.person.id).await?;
        Ok(Landing::at(token, form.next()))
    };
    answer(&site, &parts, Page::SignIn, &form.name, done.await)
}

async fn sign_out(State(site): State<Arc<Site>>, parts: Parts, Form(_): Form<SignOutForm>) -> Response {
    let done = async {
        if let Some(token) = identity::token(&parts.headers) {
            let ended = token.key();
            let session = site.backend.sessions.find(&ended, now()).await.map_err(unavailable)?;
            site.backend.sessions.end(&ended).await.map_err(unavailable)?;
            if let Some(session) = session {
                tell(&site, Event::SessionEnded { member: session.member, session: ended }).await;
            }
        }
        Ok(Landing::signed_out())
    };
    answer(&site, &parts, Page::Account, "", done.await)
}

async fn guest(State(site): State<Arc<Site>>, parts: Parts, Form(form): Form<GuestForm>) -> Response {
    let done = async {
        take(&site, &parts, Action::Guest, None)?;
        for _ in 0..GUEST_NAMES_TRIED {
            let name = guests::name(random());
            let person = Person { id: accounts::member_id(random()), name, guest: true };
            match admit(&site, &person, None).await {
                Ok(()) => return Ok(Landing::at(begin_session(&site, &person.id).await?, form.next())),
                Err(Refusal::NameTaken) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Err(Refusal::Busy { retry_ms: 1000 })
    };
    answer(&site, &parts, Page::SignIn, "", done.await)
}

async fn upgrade(State(site): State<Arc<Site>>, parts: Parts, Form(form): Form<SignForm>) -> Response {
    let done = async {
        let (_, account) = signed_in(&site, &parts).await?;
        let (name, password) = (MemberName::parse(&form.name)?, Password::parse(&form.password)?);
        take(&site, &parts, Action::SignUp, None)?;
        if !account.person.guest {
            return Err(Refusal::NotAGuest);
        }
        let (credentials, code) = new_credentials(&site, password).await?;
        let id = account.person.id;
        site.backend.members.upgrade(&id, &name, &credentials).await.map_err(members_refusal)?;
        site.backend.sessions.end_others(&id, None).await.map_err(unavailable)?;
        let token = begin_session(&site, &id).await?;
        // The same browser's other tabs come back with the new cookie, and send on.
        tell(&site, Event::Renamed { person: Person { id, name, guest: false } }).await;
        Ok(Landing::with_code(token, code))
    };
    answer(&site, &parts, Page::Account, &form.name, done.await)
}

async fn reset(State(site): State<Arc<Site>>, parts: Parts, Form(form): Form<ResetForm>) -> Response {
    let done = async {
        let name = MemberName::parse(&form.name)?;
        let code = RecoveryCode::parse(&form.code)?;
        let password = Password::parse(&form.password)?;
        take(&site, &parts, Action::Reset, Some(&name))?;
        let (credentials, new_code) = new_credentials(&site, password).await?;
        let account = site.backend.members.by_name(&name).await.map_err(unavailable)?;
        let used = CodeHash::of(&code);
        let fits = |account: &Account| account.credentials.as_ref().is_some_and(|it| it.recovery == used);
        let Some(account) = account.filter(fits) else { return Err(Refusal::WrongRecovery) };
        let id = account.person.id;
        site.backend.members.set_credentials(&id, &used, &credentials).await.map_err(members_refusal)?;
        end_sessions(&site, &id, None).await?;
        Ok(Landing::with_code(begin_session(&site, &id).await?, new_code))
    };
    answer(&site, &parts, Page::Reset, &form.name, done.await)
}

async fn change_password(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<PasswordForm>,
) -> Response {
    let done = async {
        let (session, account) = signed_in(&site, &parts).await?;
        let new = Password::parse(&form.password)?;
        let old = Password::parse(&form.old).map_err(|_| Refusal::WrongCredentials)?;
        take(&site, &parts, Action::SignIn, Some(&account.person.name))?;
        let Some(current) = account.credentials else { return Err(Refusal::WrongCredentials) };
        if !site.hashing.fits(old, Some(current.password)).await? {
            return Err(Refusal::WrongCredentials);
        }
        let password = site.hashing.hash(new, random()).await?;
        let credentials = Credentials { password, recovery: current.recovery.clone() };
        let id = account.person.id;
        let set = site.backend.members.set_credentials(&id, &current.recovery, &credentials).await;
        set.map_err(members_refusal)?;
        end_sessions(&site, &id, Some(&session)).await?;
        Ok(Landing::password_changed())
    };
    answer(&site, &parts, Page::Account, "", done.await)
}

async fn theme(State(site): State<Arc<Site>>, Form(form): Form<ThemeForm>) -> Response {
    landing::with_theme(&site, form.theme, &form.next())
}

fn take(site: &Site, parts: &Parts, action: Action, name: Option<&MemberName>) -> Result<(), Refusal> {
    site.limiter.take(action, Whose::Address(identity::address(site, parts)))?;
    match name {
        Some(name) => site.limiter.take(action, Whose::Name(name.key())),
        None => Ok(()),
    }
}

async fn new_credentials(site: &Site, password: Password) -> Result<(Credentials, RecoveryCode), Refusal> {
    let code = RecoveryCode::from_random(random());
    let password = site.hashing.hash(password, random()).await?;
    Ok((Credentials { password, recovery: CodeHash::of(&code) }, code))
}

async fn admit(site: &Site, person: &Person, credentials: Option<&Credentials>) -> Result<(), Refusal> {
    let backend = &site.backend;
    let member = (person, credentials);
    let admitted = accounts::admit(&backend.members, &backend.memberships, &backend.log, member, now()).await;
    admitted.map_err(members_refusal)
}

async fn begin_session(site: &Site, member: &MemberId) -> Result<SessionToken, Refusal> {
    let token = SessionToken::from_random(random());
    accounts::begin_session(&site.backend.sessions, member, &token, now()).await.map_err(unavailable)?;
    Ok(token)
}

async fn signed_in(site: &Site, parts: &Parts) -> Result<(Session, Account), Refusal> {
    identity::session(site, &parts.headers).await.map_err(unavailable)?.ok_or(Refusal::NotSignedIn)
}

/// Ends a member's sessions but one, and closes their sockets.
async fn end_sessions(site: &Site, member: &MemberId, keep: Option<&Session>) -> Result<(), Refusal> {
    let kept = keep.map(|session| &session.key);
    site.backend.sessions.end_others(member, kept).await.map_err(unavailable)?;
    tell(site, Event::SessionsEnded { member: member.clone(), kept: kept.cloned() }).await;
    Ok(())
}

/// Tells the nodes at once. Where that fails they find out from the store, within half a minute.
async fn tell(site: &Site, event: Event) {
    if let Err(error) = site.backend.bus.publish(&Channel::Members, &event).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "Could not tell the nodes about a session");
    }
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

fn unavailable(error: chat::ports::Unavailable) -> Refusal {
    tracing::error!(error = &error as &dyn std::error::Error, "The store did not answer a page");
    Refusal::Unavailable
}
