//! The page that an invitation's link leads to.

use leptos::{either::Either, prelude::*};

use protocol::{Person, Refusal};

use super::{
    common::GuestForm,
    field::{FormProblem, Problem},
};
use crate::{
    page::{NotNow, Page, on_to},
    server::SignUp,
    snapshot::{AccountSnapshot, InvitationSnapshot, Invited},
    words,
};

/// Shows where an invitation leads to, and the ways there.
#[component]
pub(crate) fn JoinPage() -> impl IntoView {
    match use_context::<InvitationSnapshot>() {
        Some(InvitationSnapshot { account, token, invited: Ok(invited) }) => {
            view! { <Invitation account token invited /> }.into_any()
        }
        Some(InvitationSnapshot { invited: Err(refusal), .. }) => view! { <NoWay refusal /> }.into_any(),
        None => view! { <NotNow /> }.into_any(),
    }
}

#[component]
fn Invitation(
    /// Who looks.
    account: AccountSnapshot,
    /// The invitation's token.
    token: String,
    /// What it leads to.
    invited: Invited,
) -> impl IntoView {
    let Invited { room, by, is_inside } = invited;
    let words = match (is_inside, by) {
        (true, _) => "You're in this room already.".into_any(),
        (false, Some(by)) => view! { <bdi>{by.to_string()}</bdi> " invites you to this room." }.into_any(),
        (false, None) => "You're invited to this room.".into_any(),
    };
    let private = room.private.then_some(" It exists for its members only.");
    let topic = (!room.topic.as_str().is_empty())
        .then(|| view! { <p class="page__topic">{room.topic.to_string()}</p> });
    let as_whom = account.me.as_ref().filter(|_| !is_inside).map(|me| {
        view! { " You'd come as " <bdi>{me.name.to_string()}</bdi> "." }
    });
    let ways = match account.me.clone() {
        Some(_) if is_inside => {
            let href = format!("/r/{}", room.id);
            view! { <p><a class="button" href=href rel="external">"Open the room"</a></p> }.into_any()
        }
        Some(me) => view! { <Join me account token /> }.into_any(),
        None => view! { <ComeIn account token /> }.into_any(),
    };
    view! {
        <Page heading=room.name.to_string()>
            {topic}
            <p class="page__lead">{words} {private} {as_whom}</p>
            <FormProblem problem=Problem::in_address() fields=&[] />
            {ways}
        </Page>
    }
}

/// Joins as who one is.
#[component]
fn Join(
    /// Who.
    me: Person,
    /// What they may become.
    account: AccountSnapshot,
    /// The invitation's token.
    token: String,
) -> impl IntoView {
    // Elsewhere a guest can make an account at any time; here it takes an invitation, and this is one.
    let upgrade = (me.guest && account.sign_up == SignUp::Invite).then(|| {
        let href = format!("/account?invite={token}");
        view! { <a class="button button--quiet" href=href>"Join with an account"</a> }
    });
    view! {
        <form class="form form--row" method="post" action=format!("/join/{token}")>
            <button class="button" type="submit">"Join"</button>
            {upgrade}
        </form>
    }
}

/// Becomes somebody first.
#[component]
fn ComeIn(
    /// What one may become.
    account: AccountSnapshot,
    /// The invitation's token.
    token: String,
) -> impl IntoView {
    let next = format!("/join/{token}");
    let (sign_up, sign_in) = (format!("/sign-up?invite={token}"), on_to("/sign-in", &next));
    view! {
        <p class="form form--row">
            {match account.sign_up {
                SignUp::Closed => Either::Left(view! { <a class="button" href=sign_in>"Sign in to join"</a> }),
                SignUp::Open | SignUp::Invite => Either::Right(view! {
                    <a class="button" href=sign_up>"Make an account"</a>
                    <a class="button button--quiet" href=sign_in>"Sign in"</a>
                }),
            }}
        </p>
        {account.guests_come.then(|| view! { <GuestForm next=Some(next) /> })}
    }
}

/// An invitation that leads nowhere.
#[component]
fn NoWay(
    /// Why.
    refusal: Refusal,
) -> impl IntoView {
    view! {
        <Page heading="This link leads nowhere">
            <p class="page__lead">{words::refusal(&refusal)}</p>
            <p><a class="button" href="/" rel="external">"To the rooms"</a></p>
        </Page>
    }
}
