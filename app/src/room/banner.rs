//! What a member should know about the connection: what happened, what stays safe, what to do.

use leptos::prelude::*;

use client::Status;

use super::state::ChatState;

/// Shown over the room while something is amiss.
#[component]
pub(super) fn Banner() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let notice = Memo::new(move |_| Notice::of(state.status.get(), state.newer_build.get()));
    view! {
        <div class="banner" class:banner--shown=move || notice.get().is_some() role="status">
            {move || notice.get().map(|notice| view! {
                <p class="banner__words">{notice.words()}</p>
                <Remedy notice />
            })}
        </div>
    }
}

#[component]
fn Remedy(
    /// What is amiss.
    notice: Notice,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    match notice {
        Notice::Offline => ().into_any(),
        Notice::Reconnecting | Notice::TooMany => view! {
            <button class="banner__act" type="button" on:click=move |_| state.act(client::Client::try_now)>"Try now"</button>
        }
        .into_any(),
        Notice::Outdated | Notice::NewerBuild => view! {
            <button class="banner__act" type="button" on:click=|_| reload()>"Reload"</button>
        }
        .into_any(),
        Notice::SessionEnded => view! { <a class="banner__act" href="/sign-in" rel="external">"Sign in"</a> }.into_any(),
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

    fn words(self) -> &'static str {
        match self {
            Self::Reconnecting => "Reconnecting… What you send now goes out when you're back.",
            Self::Offline => "You're offline. What you send now goes out when you're back.",
            Self::Outdated => {
                "The server speaks a newer language than this page. Reload it; nothing you wrote is lost."
            }
            Self::NewerBuild => {
                "There is a newer Hubbub. Reload when it suits you; nothing you wrote is lost."
            }
            Self::SessionEnded => {
                "You're signed out. Sign in again; what isn't sent yet stays on this device."
            }
            Self::TooMany => "Hubbub is open in too many windows. Close some, then try again.",
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
}
