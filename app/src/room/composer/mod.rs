//! The box a member writes in. Rules in [`state`]; here only wiring and markup.

mod editing;
mod state;

use leptos::{ev, html, prelude::*};

use client::{Asked, Outcome};
use protocol::RoomId;

use self::state::KeyPress;
pub(crate) use self::{editing::Saving, state::State};
use super::{shortcuts::is_composing, state::ChatState};
use crate::{
    reactive::{effect, memo},
    words,
};

/// Where one writes to the room on screen.
#[component]
pub(crate) fn Composer() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let name = memo(move || state.shown.read().as_ref().map(super::state::Shown::name).unwrap_or_default());
    let desk = Desk::new(state);
    let Desk { room, is_editing, problem, .. } = desk;
    let area = NodeRef::<html::Textarea>::new();
    keep_in_step(state, room, area);
    let text = memo(move || {
        let room = room.get();
        room.map_or_else(String::new, |room| state.composer.read().text(&room).to_owned())
    });
    let remaining = memo(move || {
        let room = room.get()?;
        state.composer.read().remaining(&room)
    });
    let label = memo(move || match is_editing.get() {
        false => format!("Message to {}", name.get()),
        true => "Your message, to be edited".to_owned(),
    });
    view! {
        // No form: what a browser submits before the page is alive is lost.
        <div class="composer">
            {move || is_editing.get().then(|| view! {
                <p class="composer__editing">
                    "You're editing a message. "
                    <button class="composer__cancel" type="button" on:click=move |_| desk.cancel()>
                        "Leave it as it was"
                    </button>
                </p>
            })}
            <div class="composer__box">
                <div class="composer__grow">
                    <textarea
                        class="composer__text"
                        aria-label=move || label.get()
                        placeholder=move || format!("Say something in {}", name.get())
                        rows="1"
                        dir="auto"
                        autocomplete="off"
                        enterkeyhint="send"
                        node_ref=area
                        on:input:target=move |input| desk.write(input.target().value())
                        on:keydown=move |press| desk.press(&press)
                    />
                    // As high as the text, so the box above it is too. The blank gives the last line its height.
                    <div class="composer__mirror" dir="auto" aria-hidden="true">{move || text.get() + " "}</div>
                </div>
                <button
                    class="composer__send"
                    class:composer__send--idle=move || text.read().trim().is_empty()
                    type="button"
                    aria-label=move || if is_editing.get() { "Save" } else { "Send" }
                    on:click=move |_| desk.send()
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
            <p class="composer__unscripted">"Writing needs JavaScript, which is switched off here."</p>
        </div>
    }
}

/// What is done at the composer.
#[derive(Clone, Copy)]
struct Desk {
    state: ChatState,
    /// The room on screen.
    room: Memo<Option<RoomId>>,
    /// Whether a message of it is being edited.
    is_editing: Memo<bool>,
    /// Why what is written was not taken.
    problem: RwSignal<Option<String>>,
}

impl Desk {
    fn new(state: ChatState) -> Self {
        let room = memo(move || state.shown.read().as_ref().and_then(|shown| shown.room.clone()));
        let is_editing = memo(move || {
            let room = room.get();
            room.is_some_and(|room| state.composer.read().is_editing(&room))
        });
        let problem = RwSignal::new(None::<String>);
        effect(move || {
            room.track();
            problem.set(None); // It was about what is written in the room before.
        });
        effect(move || {
            if let Some(Outcome::Refused { asked: Asked::Edit(of, _), refusal }) = state.outcome.get()
                && state.room() == Some(of)
            {
                problem.set(Some(words::refusal(&refusal)));
            }
        });
        Self { state, room, is_editing, problem }
    }

    /// Sends what is written, or saves what is edited.
    fn send(self) {
        let Some(room) = self.room.get_untracked() else { return };
        if self.is_editing.get_untracked() {
            let saved = self.state.save_edit();
            return self.problem.set(saved.err().map(|refusal| words::refusal(&refusal)));
        }
        let sending = self.state.composer.read_untracked().to_send(&room);
        match sending {
            Some(Ok(text)) => {
                self.problem.set(None);
                if let Some(nonce) = self.state.compose(&room, text) {
                    self.state.composer.update(|composer| composer.save(&room, nonce));
                }
            }
            Some(Err(refusal)) => self.problem.set(Some(words::refusal(&refusal))),
            None => {}
        }
    }

    fn press(self, press: &ev::KeyboardEvent) {
        let modified = press.shift_key() || press.alt_key() || press.ctrl_key() || press.meta_key();
        let key = KeyPress { enter: press.key() == "Enter", modified, composing: is_composing(press) };
        if State::sends(key) {
            press.prevent_default();
            self.send();
        } else if press.key() == "Escape" && !is_composing(press) && self.is_editing.get_untracked() {
            press.stop_propagation(); // It ends the edit, and nothing else.
            self.cancel();
        } else if press.key() == "ArrowUp" && !modified && self.is_blank() && self.state.edit_last() {
            press.prevent_default();
        }
    }

    fn write(self, text: String) {
        let Some(room) = self.room.get_untracked() else { return };
        let types = !text.is_empty() && !self.is_editing.get_untracked();
        self.problem.set(None);
        self.state.composer.update(|composer| composer.edit(&room, text));
        if types {
            self.state.act(|client, now| client.type_in(&room, now));
        }
    }

    /// Leaves the message that is being edited as it is.
    fn cancel(self) {
        let Some(room) = self.room.get_untracked() else { return };
        self.problem.set(None);
        self.state.composer.update(|composer| composer.cancel_edit(&room));
        #[cfg(feature = "hydrate")]
        crate::browser::focus(".composer__text");
    }

    fn is_blank(self) -> bool {
        let room = self.room.get_untracked();
        room.is_some_and(|room| self.state.composer.read_untracked().text(&room).is_empty())
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
