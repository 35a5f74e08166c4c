//! Becoming somebody, and being recognised.

use std::sync::Arc;

use axum::{
    extract::{Form, State},
    response::Response,
};
use http::request::Parts;

use chat::{
    accounts,
    ports::{Credentials, Event, Members as _, Sessions as _},
    secrets::CodeHash,
};
use protocol::{Action, MemberName, Password, Person, RecoveryCode, Refusal};

use super::{
    super::{
        Site, guests,
        identity::{now, random},
        news::tell,
        refusals::unavailable,
    },
    begin_session,
    forms::{GuestForm, ResetForm, SignForm},
    invitations,
    landing::{Landing, Page, answer},
    members_refusal, new_credentials,
    settings::set_credentials,
    signed_in, take,
};

/// How many names are tried for a guest before we give up.
const GUEST_NAMES_TRIED: usize = 20;

pub(super) async fn sign_up(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<SignForm>,
) -> Response {
    let done = async {
        let (name, password) = (MemberName::parse(&form.name)?, Password::parse(&form.password)?);
        let invitation = form.invitation()?;
        site.config.lets_sign_up(invitation.as_ref())?;
        take(&site, &parts, Action::SignUp, None).await?;
        let person = Person { id: accounts::member_id(random()), name, guest: false };
        let (code, next) = match &invitation {
            None => {
                let (credentials, code) = new_credentials(&site, password).await?;
                admit(&site, &person, Some(&credentials)).await?;
                (code, form.then())
            }
            Some(invitation) => {
                invitations::room_of(&site, invitation).await?; // Before a password is hashed for nothing.
                let (credentials, code) = new_credentials(&site, password).await?;
                let room = invitations::admit(&site, &person, &credentials, invitation).await?;
                (code, Some(format!("/r/{}", room.id)))
            }
        };
        let token = begin_session(&site, &parts, &person.id).await?;
        Ok(Landing::with_code(token, code, next))
    };
    answer(&site, &parts, Page::SignUp, &form.typed(), done.await)
}

pub(super) async fn sign_in(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<SignForm>,
) -> Response {
    let done = async {
        let name = MemberName::parse(&form.name)?;
        let password = Password::parse(&form.password).map_err(|_| Refusal::WrongCredentials)?;
        take(&site, &parts, Action::SignIn, Some(&name)).await?;
        let account = site.backend.members.by_name(&name).await.map_err(unavailable)?;
        let hash = account.as_ref().and_then(|it| it.credentials.as_ref()).map(|it| it.password.clone());
        let fits = site.hashing.fits(password, hash).await?;
        let Some(account) = account.filter(|_| fits) else { return Err(Refusal::WrongCredentials) };
        let token = begin_session(&site, &parts, &account.person.id).await?;
        // Where the password was changed meanwhile, all sessions were ended but this one.
        let now = site.backend.members.by_id(&account.person.id).await.map_err(unavailable)?;
        if now.is_none_or(|now| now.credentials != account.credentials) {
            site.backend.sessions.end(&token.key()).await.map_err(unavailable)?;
            return Err(Refusal::WrongCredentials);
        }
        Ok(Landing::at(token, form.next()))
    };
    answer(&site, &parts, Page::SignIn, &form.typed(), done.await)
}

pub(super) async fn guest(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<GuestForm>,
) -> Response {
    let done = async {
        site.config.lets_guests_in()?;
        take(&site, &parts, Action::Guest, None).await?;
        for _ in 0..GUEST_NAMES_TRIED {
            let name = guests::name(random());
            let person = Person { id: accounts::member_id(random()), name, guest: true };
            match admit(&site, &person, None).await {
                Ok(()) => {
                    return Ok(Landing::at(begin_session(&site, &parts, &person.id).await?, form.next()));
                }
                Err(Refusal::NameTaken) => {}
                Err(refusal) => return Err(refusal),
            }
        }
        Err(Refusal::Busy { retry_ms: 1000 })
    };
    answer(&site, &parts, Page::SignIn, &form.typed(), done.await)
}

pub(super) async fn upgrade(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<SignForm>,
) -> Response {
    let done = async {
        let (_, account) = signed_in(&site, &parts).await?;
        let (name, password) = (MemberName::parse(&form.name)?, Password::parse(&form.password)?);
        let invitation = form.invitation()?;
        site.config.lets_sign_up(invitation.as_ref())?;
        take(&site, &parts, Action::SignUp, None).await?;
        if !account.person.guest {
            return Err(Refusal::NotAGuest);
        }
        let id = account.person.id;
        if let Some(invitation) = &invitation {
            invitations::brings(&site, invitation, &id).await?;
        }
        let (credentials, code) = new_credentials(&site, password).await?;
        let mut next = None;
        if let Some(invitation) = &invitation {
            // An invitation that is used cannot be given back: not for a name that cannot be had.
            let other = site.backend.members.by_name(&name).await.map_err(unavailable)?;
            if other.is_some_and(|other| other.person.id != id) {
                return Err(Refusal::NameTaken);
            }
            let room = invitations::come(&site, invitation, &id).await?;
            next = Some(format!("/r/{}", room.id));
        }
        site.backend.members.upgrade(&id, &name, &credentials).await.map_err(members_refusal)?;
        site.backend.sessions.end_others(&id, None).await.map_err(unavailable)?;
        let token = begin_session(&site, &parts, &id).await?;
        // The same browser's other tabs come back with the new cookie, and send on.
        tell(&site, Event::Renamed { person: Person { id, name, guest: false } }).await;
        Ok(Landing::with_code(token, code, next))
    };
    answer(&site, &parts, Page::Account("upgrade"), &form.typed(), done.await)
}

pub(super) async fn reset(
    State(site): State<Arc<Site>>,
    parts: Parts,
    Form(form): Form<ResetForm>,
) -> Response {
    let done = async {
        let name = MemberName::parse(&form.name)?;
        let code = RecoveryCode::parse(&form.code)?;
        let password = Password::parse(&form.password)?;
        take(&site, &parts, Action::Reset, Some(&name)).await?;
        let (credentials, new_code) = new_credentials(&site, password).await?;
        let account = site.backend.members.by_name(&name).await.map_err(unavailable)?;
        let used = CodeHash::of(&code);
        let fits = |(_, credentials): &(Person, Credentials)| credentials.recovery == used;
        let account = account.and_then(|it| Some((it.person, it.credentials?))).filter(fits);
        let Some((Person { id, .. }, old)) = account else { return Err(Refusal::WrongRecovery) };
        set_credentials(&site, &id, (&old, &credentials), None).await?;
        Ok(Landing::with_code(begin_session(&site, &parts, &id).await?, new_code, form.then()))
    };
    answer(&site, &parts, Page::Reset, &form.typed(), done.await)
}

async fn admit(site: &Site, person: &Person, credentials: Option<&Credentials>) -> Result<(), Refusal> {
    let backend = &site.backend;
    let member = (person, credentials);
    let admitted = accounts::admit(&backend.members, &backend.memberships, &backend.log, member, now()).await;
    admitted.map_err(members_refusal)
}
