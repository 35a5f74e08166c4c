//! Going for good.

use leptos::prelude::*;

use protocol::{Field, Person, Refusal};

use super::{
    common::WithAccount,
    field::{FormField, FormProblem, Kind, Problem, in_address},
};
use crate::{
    page::{Page, sign_in_link},
    snapshot::AccountSnapshot,
};

/// Says what goes and what stays, and asks for what nobody types unawares.
#[component]
pub(crate) fn DeletePage() -> impl IntoView {
    view! {
        <WithAccount view=|account: AccountSnapshot| match account.me {
            Some(me) => view! { <DeleteForm me /> }.into_any(),
            None => view! {
                <Page heading="You're not signed in">
                    <p>{sign_in_link("button", "/account/delete")}</p>
                </Page>
            }.into_any(),
        } />
    }
}

#[component]
fn DeleteForm(
    /// Who would go.
    me: Person,
) -> impl IntoView {
    let name = me.name.to_string();
    let problem = Problem::unless_typed(&name, None);
    let (heading, what) = match me.guest {
        true => ("Delete this guest", "This guest"),
        false => ("Delete the account", "Your account"),
    };
    // What was chosen stays chosen: who mistypes their name does not mean another thing.
    let goes = in_address("legacy").as_deref() == Some("goes");
    let room = match &problem.refusal {
        Some(Refusal::LastAdmin { room }) => {
            let href = format!("/room/{room}");
            Some(view! { <p><a href=href rel="external">"To that room's settings"</a></p> })
        }
        _ => None,
    };
    let password = (!me.guest).then(|| {
        let problem = problem.clone();
        view! { <FormField label="Password" name="password" kind=Kind::Password problem /> }
    });
    view! {
        <Page heading>
            <p class="page__lead">
                {what} " goes for good: you leave every room, invitations that you made hold no longer, and you're signed out everywhere. Nobody can bring it back."
            </p>
            <form class="form" method="post" action="/account/delete">
                <FormProblem problem=problem.clone() fields=&[Field::RoomName, Field::Password] />
                {room}
                <fieldset class="form__choices">
                    <legend class="form__label">"Your messages"</legend>
                    <label class="form__check">
                        <input type="radio" name="legacy" value="stays" checked=!goes />
                        "Stay, by a former member"
                    </label>
                    <label class="form__check">
                        <input type="radio" name="legacy" value="goes" checked=goes />
                        "Are deleted, in every room"
                    </label>
                </fieldset>
                // It is refused as what cannot be undone is everywhere: under the name of what goes.
                <FormField
                    label="Your name, to be sure"
                    name="confirm"
                    kind=Kind::Text(Field::RoomName)
                    hint=format!("Type: {name}")
                    problem=problem.clone()
                />
                {password}
                <button class="button button--grave" type="submit">{heading}</button>
            </form>
            <p class="page__else"><a href="/account">"Keep it"</a></p>
        </Page>
    }
}
