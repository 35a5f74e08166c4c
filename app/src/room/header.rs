//! What a room is called, what it is about, and how many are here.

use leptos::prelude::*;

use super::{
    search::{self, glass},
    state::{ChatState, People, Place, Shown, focus_soon},
};
use crate::reactive::memo;

/// The button that shows the people and folds them away.
pub(super) const TOGGLE: &str = ".room__here";

/// The head of the room on screen.
#[component]
pub(super) fn Header() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let name = memo(move || state.shown.read().as_ref().map(Shown::name).unwrap_or_default());
    let topic = memo(move || {
        let shown = state.shown.read();
        let info = shown.as_ref().and_then(|shown| shown.info.as_ref());
        info.map(|info| info.topic.to_string()).unwrap_or_default()
    });
    let n_here = memo(move || state.here.read().n_here);
    let settings = memo(move || {
        let shown = state.shown.read();
        let inside = shown.as_ref().filter(|shown| shown.place == Place::Inside);
        inside.and_then(|shown| shown.room.as_ref()).map(|room| format!("/room/{room}"))
    });
    let can_search = memo(move || state.me.read().is_some());
    let is_open = move || match state.people.get() {
        People::IfWide => None,
        People::Open => Some("true"),
        People::Shut => Some("false"),
    };
    view! {
        <header class="room__header">
            <a class="room__back" href="/rooms" aria-label="To the list of rooms">
                <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="M12 4 6 10l6 6" /></svg>
            </a>
            <div class="room__titles">
                <h1 class="room__name" dir="auto">{move || name.get()}</h1>
                <p class="room__topic" dir="auto" title=move || topic.get()>{move || topic.get()}</p>
            </div>
            // On a phone, where the rooms and the search above them are another page.
            {move || can_search.get().then(|| view! {
                <a class="room__search" href=search::PATH aria-label="Search">{glass()}</a>
            })}
            {move || settings.get().map(|href| view! {
                <a class="room__settings" href=href rel="external" aria-label="About this room">
                    <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
                        <path d="M3 6h8M15 6h2M3 14h2M9 14h8" />
                        <circle cx="13" cy="6" r="2" />
                        <circle cx="7" cy="14" r="2" />
                    </svg>
                </a>
            })}
            <button
                class="room__here"
                type="button"
                aria-expanded=is_open
                aria-controls="people"
                on:click=move |_| toggle_people(state)
            >
                <span class="room__dot" aria-hidden="true"></span>
                {move || here_in_words(n_here.get())}
            </button>
        </header>
    }
}

/// Shows the people, or folds them away. Where they lie over the room the focus goes to them, and from them it comes back.
pub(super) fn toggle_people(state: ChatState) {
    let next = match state.people.get_untracked() {
        People::IfWide if is_wide() => People::Shut,
        People::IfWide | People::Shut => People::Open,
        People::Open => People::Shut,
    };
    state.people.set(next);
    match next {
        People::Open if is_wide() => {}
        People::Open => focus_soon(".people__close".to_owned()),
        People::IfWide | People::Shut => focus_soon(TOGGLE.to_owned()),
    }
}

/// Whether the style shows the people by itself.
fn is_wide() -> bool {
    #[cfg(feature = "hydrate")]
    return crate::browser::is_wide();
    #[cfg(not(feature = "hydrate"))]
    false
}

fn here_in_words(n_here: usize) -> String {
    match n_here {
        0 => "People".to_owned(),
        n => format!("{n} here"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_not_counted() {
        assert_eq!(here_in_words(0), "People");
        assert_eq!(here_in_words(12), "12 here");
    }
}
