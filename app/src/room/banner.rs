//! What a member should know about the connection: what happened, what stays safe, what to do.

use leptos::prelude::*;

use client::Status;

use super::{
    search,
    state::{ChatState, NEXT, refocus_soon},
};
use crate::{
    page::sign_in_link,
    reactive::{effect, memo},
};

/// Shown over every page of the chat while something is amiss.
#[component]
pub(super) fn Banner(
    /// The page's path.
    path: Memo<String>,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let notice = memo(move || Notice::of(state.status.get(), state.newer_build.get()));
    let is_pressed = RwSignal::new(false);
    effect(move || {
        if notice.read().is_none() && is_pressed.get_untracked() {
            is_pressed.set(false);
            refocus_soon(NEXT); // The button is gone.
        }
    });
    view! {
        <div class="banner" class:banner--shown=move || notice.get().is_some() role="status">
            {move || notice.get().map(|notice| view! {
                <p class="banner__words">{notice.words(state.me.read().is_none(), state.keeps_drafts.get())}</p>
                <Remedy notice path is_pressed />
            })}
        </div>
    }
}

#[component]
fn Remedy(
    /// What is amiss.
    notice: Notice,
    /// The page's path.
    path: Memo<String>,
    /// Whether somebody has asked not to wait.
    is_pressed: RwSignal<bool>,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let try_now = move |_| {
        is_pressed.set(true);
        state.act(client::Client::try_now);
    };
    match notice {
        Notice::Offline => ().into_any(),
        Notice::Reconnecting | Notice::TooMany => view! {
            <button class="banner__act" type="button" on:click=try_now>"Try now"</button>
        }
        .into_any(),
        Notice::Outdated | Notice::NewerBuild => view! {
            <button class="banner__act" type="button" on:click=|_| reload()>"Reload"</button>
        }
        .into_any(),
        Notice::SessionEnded => {
            (move || sign_in_link("banner__act", &search::here(state, &path.read()))).into_any()
        }
    }
}

/// Something amiss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Notice {
    Reconnecting,
    Offline,
    Outdated,
    NewerBuild,
    SessionEnded,
    TooMany,
}

impl Notice {
    /// The connection goes before a newer page, which can wait.
    fn of(status: Status, newer_build: bool) -> Option<Self> {
        match status {
            Status::Reconnecting { .. } => Some(Self::Reconnecting),
            Status::Offline => Some(Self::Offline),
            Status::Outdated => Some(Self::Outdated),
            Status::SessionEnded => Some(Self::SessionEnded),
            Status::TooMany => Some(Self::TooMany),
            Status::Connecting | Status::Live => newer_build.then_some(Self::NewerBuild),
        }
    }

    /// A visitor sends nothing; `keeps` tells whether what is not sent yet outlives the page.
    fn words(self, is_visitor: bool, keeps: bool) -> &'static str {
        match (self, keeps) {
            (Self::Offline, _) if is_visitor => {
                "You're offline. What is on this page stays; more comes when you're back."
            }
            (Self::Reconnecting, true) => "Reconnecting… What you send now goes out when you're back.",
            (Self::Reconnecting, false) => {
                "Reconnecting… What you send goes out when you're back. Keep this page open until then: \
                 this browser stores nothing."
            }
            (Self::Offline, true) => "You're offline. What you send now goes out when you're back.",
            (Self::Offline, false) => {
                "You're offline. What you send goes out when you're back. Keep this page open until then: \
                 this browser stores nothing."
            }
            (Self::Outdated, true) => {
                "The server speaks a newer language than this page. Reload it; nothing you wrote is lost."
            }
            (Self::Outdated, false) => {
                "The server speaks a newer language than this page. Copy what isn't sent, then reload: \
                 this browser stores nothing."
            }
            (Self::NewerBuild, true) => {
                "There is a newer Hubbub. Reload when it suits you; nothing you wrote is lost."
            }
            (Self::NewerBuild, false) => {
                "There is a newer Hubbub. Reload once all you wrote is sent: this browser stores nothing."
            }
            (Self::SessionEnded, true) => {
                "You're signed out. Sign in again; what isn't sent yet stays on this device."
            }
            (Self::SessionEnded, false) => {
                "You're signed out. Copy what isn't sent, then sign in again: this browser stores nothing."
            }
            (Self::TooMany, _) => "Hubbub is open in too many windows. Close some, then try again.",
        }
    }
}

fn reload() {
    #[cfg(feature = "hydrate")]
    crate::browser::reload();
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_lost_connection_goes_before_a_newer_page() {
        assert_eq!(Notice::of(Status::Live, false), None);
        assert_eq!(Notice::of(Status::Live, true), Some(Notice::NewerBuild));
        assert_eq!(Notice::of(Status::Reconnecting { at: Duration::ZERO }, true), Some(Notice::Reconnecting));
    }

    #[test]
    fn nothing_is_promised_that_a_browser_cannot_keep() {
        for notice in [Notice::Outdated, Notice::NewerBuild, Notice::SessionEnded] {
            let promise = ["nothing you wrote is lost", "stays on this device"];
            assert!(promise.iter().any(|it| notice.words(false, true).contains(it)), "{notice:?}");
            assert!(!promise.iter().any(|it| notice.words(false, false).contains(it)), "{notice:?}");
        }
    }
}
