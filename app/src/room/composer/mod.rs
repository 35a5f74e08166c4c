//! The box a member writes in. Rules in [`state`]; here only wiring and markup.

mod state;

use leptos::{ev, html, prelude::*};

use protocol::RoomId;

use self::state::KeyPress;
pub(crate) use self::state::State;
use super::state::ChatState;
use crate::{reactive::memo, words};

/// Where one writes to the room on screen.
#[component]
pub(crate) fn Composer() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let room = memo(move || state.shown.read().as_ref().and_then(|shown| shown.room.clone()));
    let name = memo(move || state.shown.read().as_ref().map(super::state::Shown::name).unwrap_or_default());
    let problem = RwSignal::new(None::<String>);
    let area = NodeRef::<html::Textarea>::new();
    keep_in_step(state, room, area);

    let send = move || {
        let Some(room) = room.get_untracked() else { return };
        let sending = state.composer.read_untracked().to_send(&room);
        match sending {
            Some(Ok(text)) => {
                problem.set(None);
                if let Some(nonce) = state.compose(&room, text) {
                    state.composer.update(|composer| composer.save(&room, nonce));
                }
            }
            Some(Err(refusal)) => problem.set(Some(words::refusal(&refusal))),
            None => {}
        }
    };
    let press = move |press: ev::KeyboardEvent| {
        let modified = press.shift_key() || press.alt_key() || press.ctrl_key() || press.meta_key();
        let key = KeyPress { enter: press.key() == "Enter", modified, composing: press.is_composing() };
        if State::sends(key) {
            press.prevent_default();
            send();
        }
    };
    let write = move |text: String| {
        let Some(room) = room.get_untracked() else { return };
        let is_empty = text.is_empty();
        problem.set(None);
        state.composer.update(|composer| composer.edit(&room, text));
        if !is_empty {
            state.act(|client, now| client.type_in(&room, now));
        }
    };
    let text = memo(move || {
        let room = room.get();
        room.map_or_else(String::new, |room| state.composer.read().text(&room).to_owned())
    });
    let remaining = memo(move || {
        let room = room.get()?;
        state.composer.read().remaining(&room)
    });
    view! {
        <form
            class="composer"
            on:submit=move |submit| {
                submit.prevent_default();
                send();
            }
        >
            <div class="composer__box">
                <div class="composer__grow">
                    <textarea
                        class="composer__text"
                        aria-label=move || format!("Message to {}", name.get())
                        placeholder=move || format!("Say something in {}", name.get())
                        rows="1"
                        dir="auto"
                        autocomplete="off"
                        enterkeyhint="send"
                        node_ref=area
                        on:input:target=move |input| write(input.target().value())
                        on:keydown=press
                    />
                    // As high as the text, so the box above it is too. The blank gives the last line its height.
                    <div class="composer__mirror" dir="auto" aria-hidden="true">{move || text.get() + " "}</div>
                </div>
                <button
                    class="composer__send"
                    class:composer__send--idle=move || text.read().trim().is_empty()
                    type="submit"
                    aria-label="Send"
                >
                    <svg class="composer__arrow" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
                        <path d="M3 10h12M10 4.5 15.5 10 10 15.5" />
                    </svg>
                </button>
            </div>
            <p class="composer__line">
                <span class="composer__problem" role="alert">{move || problem.get()}</span>
                <output
                    class="composer__rest"
                    class:composer__rest--over=move || remaining.get().is_some_and(|rest| rest < 0)
                >
                    {move || remaining.get().map(rest_in_words)}
                </output>
            </p>
        </form>
    }
}

/// The element shows the state's text, and what was written before the page came alive is the state's.
fn keep_in_step(state: ChatState, room: Memo<Option<RoomId>>, area: NodeRef<html::Textarea>) {
    Effect::new(move |woke: Option<bool>| {
        let (Some(area), Some(room)) = (area.get(), room.get()) else { return woke.unwrap_or(false) };
        let text = state.composer.read().text(&room).to_owned();
        let written = area.value();
        match woke {
            Some(true) if written != text => area.set_value(&text),
            Some(true) => {}
            #[cfg(feature = "hydrate")]
            _ if !written.is_empty() => state.composer.update(|composer| composer.wake(&room, written)),
            _ => area.set_value(&text),
        }
        true
    });
}

/// What is written and not sent is there again after a reload, for the same member in the same tab.
#[cfg(feature = "hydrate")]
pub(crate) fn keep_over_reloads(state: ChatState) {
    let Some(key) = state.me.read_untracked().as_ref().map(|me| format!("hubbub-texts-{}", me.id)) else {
        return;
    };
    Effect::new(move |is_restored: Option<()>| {
        if is_restored.is_none()
            && let Some(kept) = crate::browser::kept(&key)
        {
            state.composer.update(|composer| composer.restore(&kept));
        }
        crate::browser::keep(&key, &state.composer.read().to_keep());
    });
}

fn rest_in_words(rest: i64) -> String {
    match rest {
        0.. => format!("{rest} left"),
        _ => format!("{} too many", -rest),
    }
}
