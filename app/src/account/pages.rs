//! Sign up, sign in, reset, the account, and the page that shows a recovery code.

use leptos::{either::Either, prelude::*};
use leptos_meta::Title;

use protocol::{Field, Person};

use super::field::{FormField, FormProblem, Kind, Problem, in_address};
use crate::{
    page::{NotNow, Page},
    snapshot::AccountSnapshot,
};

const PASSWORD_HINT: &str =
    "At least 8 characters. A few words that nobody else would put together are best.";
const NAME_HINT: &str = "2 to 32 characters, as others will see it.";

/// Makes an account.
#[component]
pub(crate) fn SignUpPage() -> impl IntoView {
    let problem = Problem::in_address();
    view! {
        <Page heading="Make an account">
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
                <button class="button" type="submit">"Make account"</button>
            </form>
            <p class="page__else">"Have one already? " <a href="/sign-in">"Sign in"</a></p>
            <GuestForm />
        </Page>
    }
}

/// Signs in.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let problem = Problem::in_address();
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
                <Next />
                <button class="button" type="submit">"Sign in"</button>
            </form>
            <p class="page__else">
                "New here? " <a href="/sign-up">"Make an account"</a> " · " <a href="/reset">"Forgot the password"</a>
            </p>
            <GuestForm />
        </Page>
    }
}

/// Sets a new password by a recovery code.
#[component]
pub(crate) fn ResetPage() -> impl IntoView {
    let problem = Problem::in_address();
    let code = in_address("code").unwrap_or_default();
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
                <button class="button" type="submit">"Set password"</button>
            </form>
            <p class="page__else">
                "Lost the code too? Ask whoever runs this place for a link. " <a href="/sign-in">"Sign in"</a>
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
            Some(code) => view! {
                <Page heading="Keep this code">
                    <p class="page__lead">
                        "It sets a new password should you forget yours. It is shown this once, and nobody here can look it up."
                    </p>
                    <p><code class="page__code" aria-label="Recovery code">{code}</code></p>
                    <p><a class="button" href="/" rel="external">"I've kept it, to the rooms"</a></p>
                </Page>
            }.into_any(),
            None => view! {
                <Page heading="Nothing to show">
                    <p class="page__lead">"A recovery code is shown once only. If you have none, set a new password to get another."</p>
                    <p><a class="button" href="/" rel="external">"To the rooms"</a></p>
                </Page>
            }.into_any(),
        } />
    }
}

/// Who one is, and what one can change about that.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let problem = Problem::in_address();
    let is_changed = in_address("done").as_deref() == Some("password");
    view! {
        <WithAccount view=move |account: AccountSnapshot| {
            let problem = problem.clone();
            match account.me {
                None => view! {
                    <Page heading="You're not signed in">
                        <p><a class="button" href="/sign-in">"Sign in"</a></p>
                    </Page>
                }.into_any(),
                Some(me) if me.guest => view! { <Upgrade me problem /> }.into_any(),
                Some(me) => view! { <Settings me problem is_changed /> }.into_any(),
            }
        } />
    }
}

/// A guest becomes an account.
#[component]
fn Upgrade(
    /// The guest.
    me: Person,
    /// What came back with the form.
    problem: Problem,
) -> impl IntoView {
    let name = if problem.name.is_empty() { me.name.to_string() } else { problem.name.clone() };
    view! {
        <Page heading="Keep who you are">
            <p class="page__lead">
                "You're here as a guest, " <strong>{me.name.to_string()}</strong>
                ". With an account you keep your messages and rooms, and can come back from anywhere."
            </p>
            <form class="form" method="post" action="/account/upgrade">
                <FormProblem problem=problem.clone() fields=&[Field::Name, Field::Password] />
                <FormField label="Name" name="name" kind=Kind::Name hint=NAME_HINT value=name problem=problem.clone() />
                <FormField label="Password" name="password" kind=Kind::NewPassword hint=PASSWORD_HINT problem />
                <button class="button" type="submit">"Make account"</button>
            </form>
            <SignOut warning="Sign out, and lose this guest for good" />
        </Page>
    }
}

/// An account's own page.
#[component]
fn Settings(
    /// Whose.
    me: Person,
    /// What came back with the form.
    problem: Problem,
    /// Whether the password has just been changed.
    is_changed: bool,
) -> impl IntoView {
    view! {
        <Page heading=me.name.to_string()>
            {is_changed.then(|| view! {
                <p class="form__done" role="status">"Your password is changed, and you're signed out everywhere else."</p>
            })}
            <h2 class="page__section">"Change the password"</h2>
            <form class="form" method="post" action="/account/password">
                <FormProblem problem=problem.clone() fields=&[Field::Password] />
                <FormField label="Password now" name="old" kind=Kind::Password problem=problem.clone() />
                <FormField
                    label="New password"
                    name="password"
                    kind=Kind::NewPassword
                    hint=PASSWORD_HINT
                    problem
                />
                <button class="button" type="submit">"Change password"</button>
            </form>
            <h2 class="page__section">"Colours"</h2>
            <ThemeForm />
            <SignOut warning="Sign out" />
        </Page>
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
        <form class="form form--apart" method="post" action="/account/sign-out">
            <button class="button button--quiet" type="submit">{warning}</button>
            <a class="button button--quiet" href="/" rel="external">"Back to the rooms"</a>
        </form>
    }
}

/// Brings one back to the room that one came from.
#[component]
fn Next() -> impl IntoView {
    in_address("next").map(|next| view! { <input type="hidden" name="next" value=next /> })
}

/// Goes on without an account.
#[component]
pub(crate) fn GuestForm() -> impl IntoView {
    view! {
        <form class="form form--apart" method="post" action="/account/guest">
            <Next />
            <button class="button button--quiet" type="submit">"Go on as a guest"</button>
        </form>
    }
}

/// Shows something about who looks.
#[component]
fn WithAccount<F, V>(
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
