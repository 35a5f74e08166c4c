//! The way out of the room on screen.

use leptos::{ev, prelude::*};

use client::{Asked, Outcome};
use protocol::RoomId;

use super::state::{ChatState, Place, focus_soon};
use crate::{reactive::memo, words};

/// What leads out, for who is inside. It asks once more: nobody comes back to a private room by themselves.
#[component]
pub(super) fn Leave() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let room = memo(move || {
        let shown = state.shown.read();
        shown.as_ref().filter(|it| it.place == Place::Inside).and_then(|it| it.room.clone())
    });
    // Of which room it is asked: not of the next one that is shown.
    let asked = RwSignal::new(None::<RoomId>);
    let asks = memo(move || room.read().is_some() && *asked.read() == *room.read());
    let is_private = memo(move || {
        let shown = state.shown.read();
        shown.as_ref().and_then(|it| it.info.as_ref()).is_some_and(|info| info.private)
    });
    let problem = memo(move || match state.outcome.get() {
        Some(Outcome::Refused { asked: Asked::Leave(of), refusal }) if Some(&of) == room.read().as_ref() => {
            Some(words::refusal(&refusal))
        }
        _ => None,
    });
    let ask = move |_| {
        state.outcome.set(None);
        asked.set(room.get_untracked());
        focus_soon(".people__stay".to_owned());
    };
    let stay = move || {
        asked.set(None);
        focus_soon(".people__leave".to_owned());
    };
    let leave = move |_| {
        if let Some(room) = asked.get_untracked() {
            asked.set(None);
            state.act(|client, _| client.leave(&room));
            focus_soon(".people__close".to_owned());
        }
    };
    let press = move |press: ev::KeyboardEvent| {
        if press.key() == "Escape" {
            press.stop_propagation(); // It answers the question, and nothing else.
            stay();
        }
    };
    view! {
        <Show when=move || room.read().is_some()>
            {move || match asks.get() {
                false => view! {
                    <button class="people__leave button button--quiet button--small" type="button" on:click=ask>
                        "Leave this room"
                    </button>
                }
                .into_any(),
                true => view! {
                    <div class="people__leaving" on:keydown=press>
                        <p role="alert">
                            "Leave this room?"
                            {is_private.get().then_some(" To come back you need an invitation, or an admin who adds you.")}
                        </p>
                        <button class="button button--grave button--small" type="button" on:click=leave>"Leave"</button>
                        <button
                            class="people__stay button button--quiet button--small"
                            type="button"
                            on:click=move |_| stay()
                        >
                            "Stay"
                        </button>
                    </div>
                }
                .into_any(),
            }}
            <p class="people__problem" role="alert">{move || problem.get()}</p>
        </Show>
    }
}
