//! What several pages about being someone have in common.

use leptos::{either::Either, prelude::*};

use chat::invite::InviteToken;

use super::field::in_address;
use crate::{
    page::{self, NotNow},
    server::{SignUp, local_path},
    snapshot::AccountSnapshot,
};

/// What a new password takes.
pub(super) const PASSWORD_HINT: &str =
    "At least 8 characters. A few words that nobody else would put together are best.";
/// What a name takes.
pub(super) const NAME_HINT: &str = "2 to 32 characters, as others will see it.";

/// Shows something about who looks.
#[component]
pub(super) fn WithAccount<F, V>(
    /// What to show.
    view: F,
) -> impl IntoView
where
    F: FnOnce(AccountSnapshot) -> V,
    V: IntoView + 'static,
{
    match use_context::<AccountSnapshot>() {
        Some(account) => Either::Left(view(account)),
        None => Either::Right(view! { <NotNow /> }),
    }
}

/// Goes on without an account.
#[component]
pub(super) fn GuestForm(
    /// Where to.
    next: Option<String>,
) -> impl IntoView {
    view! {
        <form class="form form--apart" method="post" action="/account/guest">
            <Next next />
            <button class="button button--quiet" type="submit">"Go on as a guest"</button>
        </form>
    }
}

/// Brings one back to where one came from.
#[component]
pub(super) fn Next(
    /// The page that one came from.
    next: Option<String>,
) -> impl IntoView {
    next.map(|next| view! { <input type="hidden" name="next" value=next /> })
}

/// The invitation that one comes by.
#[component]
pub(super) fn Invite(
    /// Its token.
    invite: Option<String>,
) -> impl IntoView {
    invite.map(|invite| view! { <input type="hidden" name="invite" value=invite /> })
}

/// Says that no account can be made, or how one can.
#[component]
pub(super) fn NoSignUp(
    /// Who may make one.
    sign_up: SignUp,
) -> impl IntoView {
    let words = match sign_up {
        SignUp::Invite => {
            "New accounts are made here by invitation only. Ask somebody who has one for a link."
        }
        SignUp::Open | SignUp::Closed => "No new accounts are made here.",
    };
    view! { <p class="page__lead">{words}</p> }
}

/// The address of a form that brings one on to a page.
pub(super) fn on_to(form: &str, next: Option<&str>) -> String {
    match next {
        Some(next) => page::on_to(form, next),
        None => form.to_owned(),
    }
}

/// The address of the form that makes an account and brings one on to a page; none where none can be made. Who is on the
/// way to an invitation comes by it.
pub(super) fn to_sign_up(sign_up: SignUp, next: Option<&str>) -> Option<String> {
    match (sign_up, next.and_then(|next| next.strip_prefix("/join/"))) {
        (SignUp::Closed, _) | (SignUp::Invite, None) => None,
        (SignUp::Open | SignUp::Invite, Some(invite)) => Some(format!("/sign-up?invite={invite}")),
        (SignUp::Open, None) => Some(on_to("/sign-up", next)),
    }
}

/// The page in the address to go on to; none where the address names none that is ours.
pub(super) fn next_in_address() -> Option<String> {
    in_address("next").filter(|next| local_path(next) == *next)
}

/// The invitation in the address, if it can be one and accounts can be made.
pub(super) fn invite_in_address(sign_up: SignUp) -> Option<String> {
    let invite = in_address("invite").filter(|_| sign_up != SignUp::Closed)?;
    InviteToken::parse(&invite).map(|token| token.reveal().to_owned())
}
