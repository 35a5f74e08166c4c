//! The document that every page stands in.

use http::{HeaderValue, header, request::Parts};
use leptos::{config::LeptosOptions, nonce::use_nonce, prelude::*};
use leptos_axum::ResponseOptions;
use leptos_meta::{HashedStylesheet, MetaTags};

use crate::{App, room::search::PATH, server};

/// Renders the document, with its content security policy.
pub(crate) fn shell(options: LeptosOptions) -> impl IntoView {
    #[expect(clippy::disallowed_methods, reason = "cargo-leptos says by a variable that it watches")]
    let is_watched = std::env::var("LEPTOS_WATCH").is_ok();
    if let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), use_nonce()) {
        let policy = server::content_security_policy(&nonce, is_watched);
        let policy = HeaderValue::from_str(&policy).expect("the policy is ASCII");
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    let parts = use_context::<Parts>();
    let theme = parts.as_ref().and_then(|parts| server::theme(&parts.headers));
    let zone = parts.map(|parts| server::zone(&parts.headers));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-theme=theme data-zone=zone>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, interactive-widget=resizes-content" />
                <meta name="color-scheme" content="light dark" />
                <meta name="theme-color" content="#faf8f5" media="(prefers-color-scheme: light)" />
                <meta name="theme-color" content="#10131c" media="(prefers-color-scheme: dark)" />
                <link rel="icon" href="/mark.svg" type="image/svg+xml" />
                <HashedStylesheet id="hubbub-style" options=options.clone() />
                <AutoReload options=options.clone() />
                {is_alive().then(|| view! { <HydrationScripts options /> })}
                <MetaTags />
            </head>
            <body>
                <App />
                <ScrollToPlace />
            </body>
        </html>
    }
}

/// Whether the page is one of those that come alive: the chat's. The others are forms and need no code.
fn is_alive() -> bool {
    use_context::<Parts>().is_none_or(|parts| {
        let path = parts.uri.path();
        path.starts_with("/r/") || path == "/rooms" || path == PATH
    })
}

/// Shows the message in the address, the first unread one, or a room's last, before the page comes alive. Outside of [`App`], since only
/// a document that comes from the server may run a script of its own.
#[component]
fn ScrollToPlace() -> impl IntoView {
    const SCRIPT: &str = "{const s=document.querySelector('.timeline__scroller'),\
        m=document.querySelector('.message--marked')||document.querySelector('.message--new');\
        if(s)s.scrollTop=m?m.offsetTop-s.clientHeight/3:s.scrollHeight}";
    view! { <script nonce=use_nonce()>{SCRIPT}</script> }
}
