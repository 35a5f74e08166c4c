//! The frame of the pages beside the chat: sign-in and the like.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::location::Url;

use protocol::Refusal;

use crate::words;

/// A page with a heading and little else.
#[component]
pub(crate) fn Page(
    /// What it is about: its heading, and its title.
    #[prop(into)]
    heading: String,
    children: Children,
) -> impl IntoView {
    view! {
        <Title text=format!("{heading} · Hubbub") />
        <main class="page">
            <a class="page__home" href="/" rel="external" aria-label="Hubbub, to the rooms">
                <Mark />
                <span>"Hubbub"</span>
            </a>
            <h1 class="page__heading">{heading}</h1>
            {children()}
        </main>
    }
}

/// The mark: two speech marks that make an *h*.
#[component]
pub(crate) fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
            <path class="mark__back" d="M5 3h7a3 3 0 0 1 3 3v17a3 3 0 0 1-3 3H9l-5 4V6a3 3 0 0 1 3-3z" />
            <path class="mark__front" d="M12 12h11a5 5 0 0 1 5 5v13l-5-4h-2v-5a2 2 0 0 0-2-2h-7a2 2 0 0 1-2-2v-3a2 2 0 0 1 2-2z" />
        </svg>
    }
}

/// The address of a form that brings one on to a page.
pub(crate) fn on_to(form: &str, next: &str) -> String {
    format!("{form}?next={}", Url::escape(next))
}

/// Leads to where one signs in, and from there back to a page.
pub(crate) fn sign_in_link(class: &'static str, next: &str) -> impl IntoView + use<> {
    let href = on_to("/sign-in", next);
    view! { <a class=class href=href rel="external">"Sign in"</a> }
}

/// The store did not answer.
#[component]
pub(crate) fn NotNow() -> impl IntoView {
    view! {
        <Page heading="Not just now">
            <p class="page__lead">{words::refusal(&Refusal::Unavailable)}</p>
        </Page>
    }
}

/// Nothing lives at this address.
#[component]
pub(crate) fn NotFound() -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(http::StatusCode::NOT_FOUND);
    }
    view! {
        <Page heading="Nothing here">
            <p class="page__lead">"There is no page at this address."</p>
            <p><a class="button" href="/" rel="external">"To the rooms"</a></p>
        </Page>
    }
}
