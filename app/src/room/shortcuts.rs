//! Keys that work wherever one is: Alt with an arrow goes to the room above or below, Escape back to the composer.

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use super::state::{ChatState, People};
use crate::reactive::effect;

/// Listens for as long as the chat is shown.
pub(super) fn listen(state: ChatState) {
    let navigate = use_navigate();
    let listening = move || {
        window_event_listener(ev::keydown, move |press| {
            if press.is_composing() {
                return;
            }
            let step = match (press.alt_key(), press.key().as_str()) {
                (true, "ArrowUp") => -1,
                (true, "ArrowDown") => 1,
                (false, "Escape") => return escape(state),
                _ => return,
            };
            if let Some(address) = beside(state, step) {
                press.prevent_default();
                navigate(&address, NavigateOptions::default());
            }
        })
    };
    // An effect runs in the browser only: the server, which renders on many threads, keeps nothing of this.
    effect(move || {
        let listener = listening.clone()();
        on_cleanup(move || listener.remove());
    });
}

/// The address of the room so many places below.
fn beside(state: ChatState, step: isize) -> Option<String> {
    let rooms = state.rooms.read_untracked();
    let shown = state.room();
    let at = rooms.iter().position(|room| Some(&room.info.id) == shown.as_ref());
    let next = match at {
        Some(at) => at.checked_add_signed(step)?,
        None => 0,
    };
    rooms.get(next).map(|room| format!("/r/{}", room.info.id))
}

fn escape(state: ChatState) {
    #[cfg(feature = "hydrate")]
    if crate::browser::has_popover() {
        return; // The browser closes it.
    }
    if state.people.get_untracked() == People::Open {
        state.people.set(People::Shut);
    }
    #[cfg(feature = "hydrate")]
    crate::browser::focus(".composer__text");
}
