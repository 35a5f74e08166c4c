//! Keys that work wherever one is: Alt with an arrow goes to the room above or below, Escape back to the composer, Ctrl or
//! Cmd with K to the search, as does a slash where nobody types.

use leptos::{ev, prelude::*};
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
};

use super::{
    search,
    state::{ChatState, People},
};
use crate::reactive::effect;

/// Listens for as long as the chat is shown.
pub(super) fn listen(state: ChatState) {
    let (navigate, path) = (use_navigate(), use_location().pathname);
    let listening = move || {
        window_event_listener(ev::keydown, move |press| {
            if is_composing(&press) {
                return;
            }
            let address = match (press.alt_key(), press.key().as_str()) {
                (true, "ArrowUp") => beside(state, -1),
                (true, "ArrowDown") => beside(state, 1),
                (false, "Escape") => return escape(state),
                (false, key) if state.me.read_untracked().is_some() && searches(&press, key) => {
                    Some(search::PATH.to_owned())
                }
                _ => return,
            };
            if let Some(address) = address {
                press.prevent_default();
                match path.get_untracked() == address {
                    true => search::go_into_box(),
                    false => navigate(&address, NavigateOptions::default()),
                }
            }
        })
    };
    // An effect runs in the browser only: the server, which renders on many threads, keeps nothing of this.
    effect(move || {
        let listener = listening.clone()();
        on_cleanup(move || listener.remove());
    });
}

/// Whether a key is pressed for an input method. Of the Enter that takes a suggestion Safari says so by its code alone: the
/// composition has ended by then. Source: <https://bugs.webkit.org/show_bug.cgi?id=165004>.
pub(super) fn is_composing(press: &ev::KeyboardEvent) -> bool {
    const BY_INPUT_METHOD: u32 = 229;
    press.is_composing() || press.key_code() == BY_INPUT_METHOD
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

/// Whether a key without Alt is one that leads to the search.
fn searches(press: &ev::KeyboardEvent, key: &str) -> bool {
    match press.ctrl_key() || press.meta_key() {
        true => key.eq_ignore_ascii_case("k") && !press.shift_key(),
        false => key == "/" && !is_typing(),
    }
}

fn is_typing() -> bool {
    #[cfg(feature = "hydrate")]
    return crate::browser::is_typing();
    #[cfg(not(feature = "hydrate"))]
    false
}

fn escape(state: ChatState) {
    #[cfg(feature = "hydrate")]
    if crate::browser::has_popover() {
        return; // The browser closes it.
    }
    if state.people.get_untracked() == People::Open {
        state.people.set(People::Shut);
        #[cfg(feature = "hydrate")]
        crate::browser::focus(super::header::TOGGLE); // Who cannot write is not left among the people.
    }
    #[cfg(feature = "hydrate")]
    crate::browser::focus(".composer__text");
}
