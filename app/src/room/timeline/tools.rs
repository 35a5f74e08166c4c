//! What one can do with a message: of one's own, or as an admin of the room.

use leptos::{ev, prelude::*};

use client::{Asked, Outcome, rows::May};
use protocol::Sequence;

use crate::{
    reactive::memo,
    room::state::{ChatState, focus_soon},
    words,
};

/// Buttons that edit and delete; the latter asks once more, since nothing brings a text back.
#[component]
pub(super) fn Tools(
    /// Which message.
    sequence: Sequence,
    /// What one may do with it.
    may: May,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let room = state.room();
    let asks = RwSignal::new(false);
    let problem = memo(move || match state.outcome.get() {
        Some(Outcome::Refused { asked: Asked::Delete(of, it), refusal }) => {
            (Some(of) == room && it == sequence).then(|| words::refusal(&refusal))
        }
        _ => None,
    });
    // What is pressed makes way for what comes, which takes the focus over.
    let focus = move |class: &str| focus_soon(format!("#m{sequence} .{class}"));
    let ask = move || {
        asks.set(true);
        focus("tools__keep");
    };
    let keep = move || {
        asks.set(false);
        focus("tools__delete");
    };
    let delete = move || {
        asks.set(false);
        state.delete(sequence);
        focus_soon(".timeline__scroller".to_owned()); // The message has no tools any more.
    };
    let press = move |press: ev::KeyboardEvent| {
        if press.key() == "Escape" && asks.get_untracked() {
            press.stop_propagation(); // It answers the question, and nothing else.
            keep();
        }
    };
    view! {
        <div class="tools" class:tools--asking=move || asks.get() on:keydown=press>
            {move || match asks.get() {
                false => view! {
                    {(may == May::Edit).then(|| view! {
                        <button class="tools__tool" type="button" on:click=move |_| state.edit(sequence)>"Edit"</button>
                    })}
                    <button class="tools__tool tools__delete" type="button" on:click=move |_| ask()>"Delete"</button>
                }
                .into_any(),
                true => view! {
                    <span class="tools__question" role="alert">"Delete it for everybody?"</span>
                    <button class="tools__tool tools__tool--wrong" type="button" on:click=move |_| delete()>
                        "Delete"
                    </button>
                    <button class="tools__tool tools__keep" type="button" on:click=move |_| keep()>"Keep"</button>
                }
                .into_any(),
            }}
        </div>
        {move || problem.get().map(|words| view! { <p class="tools__problem" role="alert">{words}</p> })}
    }
}
