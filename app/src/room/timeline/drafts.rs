//! What is on its way: under the messages, until it is one of them.

use leptos::prelude::*;

use client::DraftState;
use protocol::Nonce;

use crate::{
    room::{
        avatar::Avatar,
        state::{ChatState, DraftRow, NEXT, focus_soon},
        text::Text,
    },
    words,
};

/// The drafts of the room on screen.
#[component]
pub(super) fn Drafts() -> impl IntoView {
    let state = expect_context::<ChatState>();
    view! {
        <ol class="timeline__drafts" aria-label="On their way">
            <For
                each=move || state.drafts.get()
                key=|row| (row.entry.draft.nonce.clone(), row.starts_group)
                let:row
            >
                <OneDraft row />
            </For>
        </ol>
    }
}

#[component]
fn OneDraft(
    /// The draft as it first stood here.
    row: DraftRow,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let DraftRow { entry, starts_group } = row;
    let nonce = entry.draft.nonce;
    let progress = {
        let (nonce, first) = (nonce.clone(), entry.state);
        Memo::new(move |before: Option<&DraftState>| {
            let drafts = state.drafts.read();
            let now = drafts.iter().find(|row| row.entry.draft.nonce == nonce);
            now.map(|row| row.entry.state.clone()).or(before.cloned()).unwrap_or_else(|| first.clone())
        })
    };
    let is_sent = move || matches!(progress.get(), DraftState::Sent { .. });
    let is_refused = move || matches!(progress.get(), DraftState::Refused(_));
    let refusal = move || match progress.get() {
        DraftState::Refused(refusal) => Some(words::refusal(&refusal)),
        _ => None,
    };
    let me = state.me.get_untracked().filter(|_| starts_group);
    let (avatar, head) = me
        .map(|me| {
            let (id, name) = (me.id.to_string(), me.name.to_string());
            let author = name.clone();
            (
                view! { <Avatar id name /> },
                view! { <p class="message__head"><strong class="message__author" dir="auto">{author}</strong></p> },
            )
        })
        .unzip();
    view! {
        <li
            class="message message--draft"
            class:message--first=starts_group
            class:message--sent=is_sent
            class:message--refused=is_refused
        >
            <div class="message__body">
                {avatar}
                <div class="message__main">
                    {head}
                    <Text text=entry.draft.text.to_string() />
                    <span class="message__clock" role="img" aria-label="Sending"></span>
                    {move || refusal().map(|words| view! { <Refused words nonce=nonce.clone() /> })}
                </div>
            </div>
        </li>
    }
}

/// Why a draft was not taken, and what to do about it.
#[component]
fn Refused(
    /// Why.
    words: String,
    /// Which draft.
    nonce: Nonce,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let (again, away) = (nonce.clone(), nonce);
    view! {
        <div class="message__refused" role="alert">
            <p class="message__why">{words}</p>
            <button
                class="button button--small"
                type="button"
                on:click=move |_| {
                    state.act(|client, now| client.retry(&again, now));
                    focus_soon(NEXT.to_owned());
                }
            >
                "Try again"
            </button>
            <button
                class="button button--small button--quiet"
                type="button"
                on:click=move |_| {
                    state.act(|client, _| client.discard(&away));
                    focus_soon(NEXT.to_owned());
                }
            >
                "Discard"
            </button>
        </div>
    }
}
