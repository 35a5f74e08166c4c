//! What happens to the page: it is hidden and shown, the network goes and comes.

use std::time::Duration;

use leptos::{ev, prelude::*};

use super::{act, date, is_visible};
use crate::{room::state::ChatState, zone};

/// A new day is noticed within this time.
const DAY_EVERY: Duration = Duration::from_mins(1);

/// Listens for as long as the chat is shown.
pub(super) fn listen(state: ChatState) {
    let online =
        window_event_listener(ev::online, move |_| act(state, |client, now| client.set_online(true, now)));
    let offline =
        window_event_listener(ev::offline, move |_| act(state, |client, now| client.set_online(false, now)));
    let visible = window_event_listener_untyped("visibilitychange", move |_| turned(state));
    let going = window_event_listener_untyped("pagehide", move |_| act(state, client::Client::going));
    let day = set_interval_with_handle(move || look_at_day(state), DAY_EVERY);
    look_at_day(state);
    on_cleanup(move || {
        online.remove();
        offline.remove();
        visible.remove();
        going.remove();
        if let Ok(day) = day {
            day.clear();
        }
    });
}

/// The page was hidden or shown. A timer may have slept meanwhile.
fn turned(state: ChatState) {
    if is_visible() {
        act(state, client::Client::wake);
        state.lay_out_soon();
    } else {
        state.set_reading(false);
        act(state, client::Client::going);
    }
}

fn look_at_day(state: ChatState) {
    let zone = state.zone.read_untracked();
    let day = |at| zone::civil(&zone, at).day();
    let now = date();
    if day(now) != day(state.today.get_untracked()) {
        state.today.set(now);
    }
}
