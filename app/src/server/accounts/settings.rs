//! What members change about themselves.

use std::sync::Arc;

use axum::{
    extract::{Form, State},
    response::Response,
};
use http::request::Parts;

use chat::{
    ports::{Credentials, Event, Members as _, MembersError, Session, Sessions as _},
    session::SessionKey,
};
use protocol::{Action, MemberId, MemberName, Password, Person, Refusal};

use super::{
    super::{
        Site,
        identity::{now, random},
        news::tell,
        refusals::unavailable,
    },
    forms::{NameForm, PasswordForm, SessionForm, SessionsForm, SignOutForm, ThemeForm},
    landing::{self, Landing, Page, answer},
    members_refusal, prove, signed_in, take,
};

/// How often credentials are set of which no answer says whether they are.
const SET_TRIED: usize = 3;

pub(super) async fn sign_out(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(_): Form<SignOutForm>,
) -> Response {
    let done = async {
        if let Some(token) = process::session_token(&parts.headers) {
            let ended = token.key();
            let session = site.backend.sessions.find(&ended, now()).await.map_err(unavailable)?;
            site.backend.sessions.end(&ended).await.map_err(unavailable)?;
            if let Some(session) = session {
                tell(&site, Event::SessionEnded { member: session.member, session: ended }).await;
            }
        }
        Ok(Landing::signed_out("/"))
    };
    answer(&site, &parts, Page::Account("sign-out"), &[], done.await)
}

pub(super) async fn rename(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<NameForm>,
) -> Response {
    let done = async {
        let (_, account) = signed_in(&site, &parts).await?;
        let name = MemberName::parse(&form.name)?;
        // A guest's name says that they are one: another comes with the account.
        if account.person.guest {
            return Err(Refusal::NotSignedIn);
        }
        // A name is taken here as by signing up, so no faster.
        take(&site, &parts, Action::SignUp, None).await?;
        let id = account.person.id;
        site.backend.members.rename(&id, &name).await.map_err(members_refusal)?;
        tell(&site, Event::Renamed { person: Person { id, name, guest: false } }).await;
        Ok(Landing::at_account("name"))
    };
    answer(&site, &parts, Page::Account("name"), &[("name", &form.name)], done.await)
}

pub(super) async fn change_password(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<PasswordForm>,
) -> Response {
    let done = async {
        let (session, account) = signed_in(&site, &parts).await?;
        let new = Password::parse(&form.password)?;
        let Some(current) = account.credentials else { return Err(Refusal::WrongCredentials) };
        prove(&site, &parts, &account.person.id, &current, &form.old).await?;
        let password = site.hashing.hash(new, random()).await?;
        let new = Credentials { password, recovery: current.recovery.clone() };
        let set = set_credentials(&site, &account.person.id, (&current, &new), Some(&session)).await;
        set.map_err(|refusal| match refusal {
            Refusal::WrongRecovery => Refusal::WrongCredentials, // They were changed meanwhile.
            other => other,
        })?;
        Ok(Landing::at_account("password"))
    };
    answer(&site, &parts, Page::Account("password"), &[], done.await)
}

/// Ends one of the member's own sessions. Whether another's is there is not said.
pub(super) async fn end_session(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<SessionForm>,
) -> Response {
    let done = async {
        let (_, account) = signed_in(&site, &parts).await?;
        let key = SessionKey::from_stored(form.session);
        let session = site.backend.sessions.find(&key, now()).await.map_err(unavailable)?;
        if session.is_some_and(|it| it.member == account.person.id) {
            site.backend.sessions.end(&key).await.map_err(unavailable)?;
            tell(&site, Event::SessionEnded { member: account.person.id, session: key }).await;
        }
        Ok(Landing::at_account("session"))
    };
    answer(&site, &parts, Page::Account("sessions"), &[], done.await)
}

pub(super) async fn end_other_sessions(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(_): Form<SessionsForm>,
) -> Response {
    let done = async {
        let (session, account) = signed_in(&site, &parts).await?;
        end_sessions(&site, &account.person.id, Some(&session)).await?;
        Ok(Landing::at_account("sessions"))
    };
    answer(&site, &parts, Page::Account("sessions"), &[], done.await)
}

pub(super) async fn theme(State(site): State<Arc<Site>>, Form(form): Form<ThemeForm>) -> Response {
    landing::with_theme(&site, form.theme, &form.next())
}

/// Gives a member new credentials in place of the old ones, and ends their sessions but one: also where nobody can tell
/// whether that was done, since it may have been.
pub(super) async fn set_credentials(
    site: &Site,
    member: &MemberId,
    (old, new): (&Credentials, &Credentials),
    keep: Option<&Session>,
) -> Result<(), Refusal> {
    let set = async || site.backend.members.set_credentials(member, old, new).await;
    let mut done = set().await;
    for _ in 1..SET_TRIED {
        if !matches!(done, Err(MembersError::Unavailable(_))) {
            break;
        }
        done = set().await;
    }
    let is_or_may_be_set = matches!(done, Ok(()) | Err(MembersError::Unavailable(_)));
    let ended = if is_or_may_be_set { end_sessions(site, member, keep).await } else { Ok(()) };
    done.map_err(members_refusal)?;
    ended
}

/// Ends a member's sessions but one, and closes their sockets.
async fn end_sessions(site: &Site, member: &MemberId, keep: Option<&Session>) -> Result<(), Refusal> {
    let kept = keep.map(|session| &session.key);
    site.backend.sessions.end_others(member, kept).await.map_err(unavailable)?;
    tell(site, Event::SessionsEnded { member: member.clone(), kept: kept.cloned() }).await;
    Ok(())
}
