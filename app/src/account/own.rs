//! Who one is, and what one can change about that.

use leptos::prelude::*;

use protocol::{Field, Person};

use super::{
    common::{Invite, NAME_HINT, NoSignUp, PASSWORD_HINT, WithAccount, invite_in_address},
    devices::Devices,
    field::{FormField, FormProblem, Kind, Problem, in_address},
};
use crate::{
    page::{Page, sign_in_link},
    snapshot::AccountSnapshot,
};

/// The account's page; of a guest, who may become one; or of nobody.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    view! {
        <WithAccount view=|account: AccountSnapshot| match account.me.clone() {
            None => view! { <Nobody /> }.into_any(),
            Some(me) if me.guest => view! { <Upgrade me account /> }.into_any(),
            Some(me) => view! { <Settings me account /> }.into_any(),
        } />
    }
}

/// Nobody is signed in, perhaps because they have just gone for good.
#[component]
fn Nobody() -> impl IntoView {
    let said = match in_address("done").as_deref() {
        Some("gone") => {
            Some("Your messages stay where they are, by a former member. Your name is free again.")
        }
        Some("erased") => Some(
            "Your messages are being deleted too: those in big rooms may take some seconds more. Your name is free again.",
        ),
        _ => None,
    };
    match said {
        Some(said) => view! {
            <Page heading="Deleted for good">
                <p class="page__lead" role="status">{said}</p>
                <p><a class="button" href="/" rel="external">"To the rooms"</a></p>
            </Page>
        }
        .into_any(),
        None => view! {
            <Page heading="You're not signed in">
                <p>{sign_in_link("button", "/account")}</p>
            </Page>
        }
        .into_any(),
    }
}

/// A guest becomes an account.
#[component]
fn Upgrade(
    /// The guest.
    me: Person,
    /// What they may become.
    account: AccountSnapshot,
) -> impl IntoView {
    let problem = Problem::of_form("upgrade");
    let invite = invite_in_address(account.sign_up);
    let may = account.sign_up.lets(invite.is_some());
    let name = if problem.name.is_empty() { me.name.to_string() } else { problem.name.clone() };
    let kept =
        may.then_some(" With an account you keep your messages and rooms, and can come back from anywhere.");
    view! {
        <Page heading=if may { "Keep who you are" } else { "You're a guest" }>
            <p class="page__lead">"You're here as a guest, " <strong>{me.name.to_string()}</strong> "." {kept}</p>
            {match may {
                true => view! {
                    <form class="form" method="post" action="/account/upgrade">
                        <FormProblem problem=problem.clone() fields=&[Field::Name, Field::Password] />
                        <FormField
                            label="Name"
                            name="name"
                            kind=Kind::Name
                            hint=NAME_HINT
                            value=name
                            problem=problem.clone()
                        />
                        <FormField
                            label="Password"
                            name="password"
                            kind=Kind::NewPassword
                            hint=PASSWORD_HINT
                            problem
                        />
                        <Invite invite />
                        <button class="button" type="submit">"Make account"</button>
                    </form>
                }
                .into_any(),
                false => view! {
                    <FormProblem problem fields=&[] />
                    <NoSignUp sign_up=account.sign_up />
                }
                .into_any(),
            }}
            <SignOut warning="Sign out, and lose this guest for good" />
            <Leave words="Delete this guest" />
        </Page>
    }
}

/// An account's own page.
#[component]
fn Settings(
    /// Whose.
    me: Person,
    /// What is shown of it.
    account: AccountSnapshot,
) -> impl IntoView {
    let name = me.name.to_string();
    let done = match in_address("done").as_deref() {
        Some("name") => Some(format!("You're called {name} now.")),
        Some("password") => {
            Some("Your password is changed, and you're signed out everywhere else.".to_owned())
        }
        Some("session") => Some("You're signed out there.".to_owned()),
        Some("sessions") => Some("You're signed out everywhere else.".to_owned()),
        _ => None,
    };
    let done = done.map(|done| view! { <p class="form__done" role="status">{done}</p> });
    view! {
        <Page heading=name.clone()>
            {done}
            <h2 class="page__section">"Change the name"</h2>
            <NameForm name />
            <h2 class="page__section">"Change the password"</h2>
            <PasswordForm />
            <h2 class="page__section">"Where you're signed in"</h2>
            <Devices account />
            <h2 class="page__section">"Colours"</h2>
            <ThemeForm />
            <SignOut warning="Sign out" />
            <Leave words="Delete the account" />
        </Page>
    }
}

/// Gives one another name.
#[component]
fn NameForm(
    /// The name one has.
    name: String,
) -> impl IntoView {
    let problem = Problem::of_form("name");
    let value = if problem.name.is_empty() { name } else { problem.name.clone() };
    view! {
        <form class="form" method="post" action="/account/name">
            <FormProblem problem=problem.clone() fields=&[Field::Name] />
            <FormField label="Name" name="name" kind=Kind::Name hint=NAME_HINT value problem />
            <button class="button button--quiet" type="submit">"Change name"</button>
        </form>
    }
}

/// Gives one another password.
#[component]
fn PasswordForm() -> impl IntoView {
    let problem = Problem::of_form("password");
    view! {
        <form class="form" method="post" action="/account/password">
            <FormProblem problem=problem.clone() fields=&[Field::Password] />
            <FormField label="Password now" name="old" kind=Kind::Password problem=problem.clone() />
            <FormField label="New password" name="password" kind=Kind::NewPassword hint=PASSWORD_HINT problem />
            <button class="button button--quiet" type="submit">"Change password"</button>
        </form>
    }
}

/// Chooses the colours of every page.
#[component]
fn ThemeForm() -> impl IntoView {
    let choices = [("system", "As the system has them"), ("light", "Light"), ("dark", "Dark")];
    let choices = choices.map(|(value, label)| {
        view! { <button class="button button--quiet" type="submit" name="theme" value=value>{label}</button> }
    });
    view! {
        <form class="form form--row" method="post" action="/account/theme">
            <input type="hidden" name="next" value="/account" />
            {choices.into_iter().collect_view()}
        </form>
    }
}

#[component]
fn SignOut(
    /// What the button says.
    warning: &'static str,
) -> impl IntoView {
    view! {
        <FormProblem problem=Problem::of_form("sign-out") fields=&[] />
        <form class="form form--apart" method="post" action="/account/sign-out">
            <button class="button button--quiet" type="submit">{warning}</button>
            <a class="button button--quiet" href="/" rel="external">"Back to the rooms"</a>
        </form>
    }
}

/// The way out for good.
#[component]
fn Leave(
    /// What the link says.
    words: &'static str,
) -> impl IntoView {
    view! { <p class="page__else"><a href="/account/delete">{words}</a></p> }
}
