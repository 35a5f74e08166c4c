//! Invitations to the room.

use leptos::{nonce::use_nonce, prelude::*};

use chat::ports::{Invite, InvitesError};
use protocol::{Field, RoomId, limits};

use super::{RoomSettings, notice::Notice};
use crate::account::{FormField, Kind, Problem, in_address};

/// The invitations, and a form for another; to admins.
#[component]
pub(super) fn Invitations(
    /// The room.
    settings: RoomSettings,
) -> impl IntoView {
    let administration = settings.administration.clone()?;
    let room = settings.room.id.clone();
    let rows = administration.invites.into_iter();
    let rows = rows.map(|invite| view! { <Invitation settings=settings.clone() invite /> }).collect_view();
    Some(view! {
        <section class="settings__section" id="invitations" aria-labelledby="invitations-heading">
            <h2 class="page__section" id="invitations-heading">"Invitations"</h2>
            <p class="settings__lead">"Whoever has the link of an invitation may come in by it, until it has run out."</p>
            {administration.link.map(|link| view! { <Link link /> })}
            <InviteForm room />
            <ul class="settings__rows">{rows}</ul>
        </section>
    })
}

/// The link of a new invitation. It is selected, for copying; the address leads to it, which gives it the focus.
#[component]
fn Link(
    /// The link.
    link: String,
) -> impl IntoView {
    const SCRIPT: &str = "document.querySelector('.settings__link').select()";
    view! {
        <div class="settings__fresh">
            <label class="form__label" for="invitation-link">"The link of the new invitation"</label>
            <input
                class="form__input settings__link"
                id="invitation-link"
                type="text"
                readonly
                value=link
                aria-describedby="invitation-link-hint"
            />
            <p class="form__hint" id="invitation-link-hint">"It is shown this once. Copy it now, and give it to those it is meant for."</p>
        </div>
        <script nonce=use_nonce()>{SCRIPT}</script>
    }
}

#[component]
fn InviteForm(
    /// The room.
    room: RoomId,
) -> impl IntoView {
    const DAYS: &str = "7";
    const USES: &str = "10";
    let problem = Problem::of_form("invite");
    let typed = |name, otherwise: &str| match problem.refusal {
        Some(_) => in_address(name).unwrap_or_default(),
        None => otherwise.to_owned(),
    };
    let (days, uses) = (typed("days", DAYS), typed("uses", USES));
    view! {
        <form class="form settings__inline settings__inline--numbers" method="post" action=format!("/room/{room}/invite")>
            <Notice forms=&["invite", "withdraw"] fields=&[Field::InviteDays, Field::InviteUses] />
            <FormField
                label="Days it holds"
                name="days"
                kind=Kind::Number(Field::InviteDays, limits::INVITE_DAYS_MAX)
                value=days
                problem=problem.clone()
            />
            <FormField
                label="People it is for"
                name="uses"
                kind=Kind::Number(Field::InviteUses, limits::INVITE_USES_MAX)
                value=uses
                problem
            />
            <button class="button button--quiet" type="submit">"Make an invitation"</button>
        </form>
    }
}

#[component]
fn Invitation(
    /// The room.
    settings: RoomSettings,
    /// One of its invitations.
    invite: Invite,
) -> impl IntoView {
    let maker = settings.name(&invite.by).unwrap_or_else(|| "a former member".to_owned());
    let used = format!("{} of {} came by it", invite.uses, invite.uses_max);
    let until = match invite.holds(settings.now) {
        Ok(()) => format!("holds until {}", settings.moment(invite.expires)),
        Err(InvitesError::UsedUp) => "is used up".to_owned(),
        Err(_) => "has run out".to_owned(),
    };
    let described = format!("invitation-{}", invite.key.as_stored());
    view! {
        <li class="settings__row">
            <div class="settings__who">
                <p id=described.clone()>"By " <bdi class="settings__named">{maker}</bdi> " · " {settings.moment(invite.created)}</p>
                <p class="settings__about">{used} " · " {until}</p>
            </div>
            <form class="settings__tools" method="post" action=format!("/room/{}/withdraw", settings.room.id)>
                <input type="hidden" name="invite" value=invite.key.as_stored().to_owned() />
                <button class="button button--quiet button--small" type="submit" aria-describedby=described>"Withdraw"</button>
            </form>
        </li>
    }
}
