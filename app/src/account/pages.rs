//! Sign up, sign in, reset, and the page that shows a recovery code.

use leptos::prelude::*;
use leptos_meta::Title;

use protocol::Field;

use super::{
    common::{
        GuestForm, Invite, NAME_HINT, Next, NoSignUp, PASSWORD_HINT, WithAccount, invite_in_address,
        next_in_address, on_to, to_sign_up,
    },
    field::{FormField, FormProblem, Kind, Problem, in_address},
};
use crate::{page::Page, server::SignUp, snapshot::AccountSnapshot};

/// Makes an account.
#[component]
pub(crate) fn SignUpPage() -> impl IntoView {
    view! {
        <WithAccount view=|account: AccountSnapshot| {
            let invite = invite_in_address(account.sign_up);
            let may = account.sign_up.lets(invite.is_some());
            // Who comes by an invitation and has an account already goes back to it.
            let next = invite.as_ref().map_or_else(next_in_address, |invite| Some(format!("/join/{invite}")));
            let sign_in = on_to("/sign-in", next.as_deref());
            let heading = match account.sign_up {
                _ if may => "Make an account",
                SignUp::Invite => "By invitation only",
                SignUp::Open | SignUp::Closed => "No new accounts",
            };
            view! {
                <Page heading>
                    {match may {
                        true => view! { <SignUpForm invite next=next.clone() /> }.into_any(),
                        false => view! { <NoSignUp sign_up=account.sign_up /> }.into_any(),
                    }}
                    <p class="page__else">"Have one already? " <a href=sign_in>"Sign in"</a></p>
                    {account.guests_come.then(|| view! { <GuestForm next /> })}
                </Page>
            }
        } />
    }
}

#[component]
fn SignUpForm(
    /// The invitation that one comes by.
    invite: Option<String>,
    /// Where to go on to; an invitation's room goes before it.
    next: Option<String>,
) -> impl IntoView {
    let problem = Problem::in_address();
    view! {
        <form class="form" method="post" action="/account/sign-up">
            <FormProblem problem=problem.clone() fields=&[Field::Name, Field::Password] />
            <FormField
                label="Name"
                name="name"
                kind=Kind::Name
                hint=NAME_HINT
                value=problem.name.clone()
                problem=problem.clone()
            />
            <FormField label="Password" name="password" kind=Kind::NewPassword hint=PASSWORD_HINT problem />
            <Invite invite />
            <Next next />
            <button class="button" type="submit">"Make account"</button>
        </form>
    }
}

/// Signs in.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    view! {
        <WithAccount view=|account: AccountSnapshot| {
            let problem = Problem::in_address();
            let next = next_in_address();
            let sign_up = to_sign_up(account.sign_up, next.as_deref()).map(|href| view! {
                "New here? " <a href=href>"Make an account"</a> " · "
            });
            let reset = on_to("/reset", next.as_deref());
            view! {
                <Page heading="Sign in">
                    <form class="form" method="post" action="/account/sign-in">
                        <FormProblem problem=problem.clone() fields=&[Field::Name, Field::Password] />
                        <FormField
                            label="Name"
                            name="name"
                            kind=Kind::Name
                            value=problem.name.clone()
                            problem=problem.clone()
                        />
                        <FormField label="Password" name="password" kind=Kind::Password problem />
                        <Next next=next.clone() />
                        <button class="button" type="submit">"Sign in"</button>
                    </form>
                    <p class="page__else">{sign_up} <a href=reset>"Forgot the password"</a></p>
                    {account.guests_come.then(|| view! { <GuestForm next /> })}
                </Page>
            }
        } />
    }
}

/// Sets a new password by a recovery code.
#[component]
pub(crate) fn ResetPage() -> impl IntoView {
    let problem = Problem::in_address();
    let code = in_address("code").unwrap_or_default();
    let next = next_in_address();
    let sign_in = on_to("/sign-in", next.as_deref());
    view! {
        <Page heading="Set a new password">
            <p class="page__lead">"With the recovery code that you were shown when you made the account."</p>
            <form class="form" method="post" action="/account/reset">
                <FormProblem problem=problem.clone() fields=&[Field::Name, Field::Password, Field::RecoveryCode] />
                <FormField
                    label="Name"
                    name="name"
                    kind=Kind::Name
                    value=problem.name.clone()
                    problem=problem.clone()
                />
                <FormField label="Recovery code" name="code" kind=Kind::Code value=code problem=problem.clone() />
                <FormField label="New password" name="password" kind=Kind::NewPassword hint=PASSWORD_HINT problem />
                <Next next />
                <button class="button" type="submit">"Set password"</button>
            </form>
            <p class="page__else">
                "Lost the code too? Ask whoever runs this place for a link. " <a href=sign_in>"Sign in"</a>
            </p>
        </Page>
    }
}

/// Shows a new recovery code, once.
#[component]
pub(crate) fn WelcomePage() -> impl IntoView {
    view! {
        <Title text="Welcome · Hubbub" />
        <WithAccount view=|account: AccountSnapshot| match account.code {
            Some(code) => {
                let next = next_in_address().unwrap_or_else(|| "/".to_owned());
                view! {
                    <Page heading="Keep this code">
                        <p class="page__lead">
                            "It sets a new password should you forget yours. It is shown this once, and nobody here can look it up."
                        </p>
                        <p><code class="page__code" aria-label="Recovery code">{code}</code></p>
                        <p><a class="button" href=next rel="external">"I've kept it, to the rooms"</a></p>
                    </Page>
                }
                .into_any()
            }
            None => view! {
                <Page heading="Nothing to show">
                    <p class="page__lead">"A recovery code is shown once only. If you have none, set a new password to get another."</p>
                    <p><a class="button" href="/" rel="external">"To the rooms"</a></p>
                </Page>
            }.into_any(),
        } />
    }
}
