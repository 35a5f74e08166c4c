//! Pages and components, rendered on the server and alive in the browser.
//!
//! Built with `ssr` for the server or with `hydrate` for the browser, never with both.

#![expect(unreachable_pub, reason = "Leptos's macros make what they generate public")]
#![cfg_attr(
    debug_assertions,
    expect(
        clippy::large_types_passed_by_value,
        reason = "the chat's state is a handle of handles, copied into closures; each also tells where it was made"
    )
)]
#![recursion_limit = "256"]

#[cfg(feature = "ssr")]
mod account;
#[cfg(feature = "hydrate")]
mod browser;
mod page;
mod reactive;
mod room;
#[cfg(feature = "ssr")]
mod server;
#[cfg(feature = "ssr")]
mod settings;
#[cfg(feature = "ssr")]
mod shell;
mod snapshot;
#[cfg(feature = "hydrate")]
mod wake;
mod words;
mod zone;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::{
    ParamSegment, SsrMode, StaticSegment,
    components::{ParentRoute, Route, Router, Routes},
};

#[cfg(feature = "ssr")]
use self::account::{AccountPage, DeletePage, JoinPage, ResetPage, SignInPage, SignUpPage, WelcomePage};
#[cfg(feature = "ssr")]
use self::settings::RoomSettingsPage;
use self::{
    page::NotFound,
    room::{Chat, RoomBrowser, RoomPane, SearchPage},
};

#[cfg(feature = "ssr")]
pub use self::server::{Assets, Config, SignUp, Site, router};
#[cfg(feature = "hydrate")]
pub use self::wake::hydrate;

/// The whole of it: which page an address shows.
#[cfg(feature = "ssr")]
#[component]
pub(crate) fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <ChatRoutes />
                <Route path=StaticSegment("sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=StaticSegment("sign-up") view=SignUpPage ssr=SsrMode::Async />
                <Route path=StaticSegment("reset") view=ResetPage ssr=SsrMode::Async />
                <Route path=StaticSegment("account") view=AccountPage ssr=SsrMode::Async />
                <Route
                    path=(StaticSegment("account"), StaticSegment("delete"))
                    view=DeletePage
                    ssr=SsrMode::Async
                />
                <Route path=(StaticSegment("join"), ParamSegment("token")) view=JoinPage ssr=SsrMode::Async />
                <Route path=StaticSegment("welcome") view=WelcomePage ssr=SsrMode::Async />
                <Route path=(StaticSegment("room"), ParamSegment("id")) view=RoomSettingsPage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}

/// The pages that come alive in the browser. The others are forms, which work as they are: no code is sent for them,
/// and links to them load a document.
#[cfg(not(feature = "ssr"))]
#[component]
pub(crate) fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=NotFound>
                <ChatRoutes />
            </Routes>
        </Router>
    }
}

/// The chat's pages.
#[component(transparent)]
fn ChatRoutes() -> impl leptos_router::MatchNestedRoutes + Clone {
    view! {
        <ParentRoute path=StaticSegment("") view=Chat ssr=SsrMode::Async>
            <Route path=(StaticSegment("r"), ParamSegment("room")) view=RoomPane ssr=SsrMode::Async />
            <Route
                path=(StaticSegment("r"), ParamSegment("room"), ParamSegment("sequence"))
                view=RoomPane
                ssr=SsrMode::Async
            />
            <Route path=StaticSegment("rooms") view=RoomBrowser ssr=SsrMode::Async />
            <Route path=StaticSegment("search") view=SearchPage ssr=SsrMode::Async />
        </ParentRoute>
    }
    .into_inner()
}
