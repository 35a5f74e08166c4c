//! Where the composer would be, for those who cannot write yet.

use leptos::prelude::*;

use client::{Asked, Outcome};
use protocol::Ending;

use super::state::{ChatState, Shown};
use crate::{page::sign_in_link, reactive::memo, words};

/// Joins the room on screen.
#[component]
pub(super) fn JoinBar() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let name = memo(move || state.shown.read().as_ref().map(Shown::name).unwrap_or_default());
    let words = memo(move || {
        let shown = state.shown.read();
        let ended = shown.as_ref().and_then(|shown| shown.ended).filter(|why| *why != Ending::Left);
        let outside = format!("You're reading {} from outside.", name.get());
        ended.map_or(outside.clone(), |why| format!("{} {outside}", words::ending(why)))
    });
    let join = move |_| {
        if let Some(room) = state.room() {
            state.outcome.set(None);
            state.act(|client, _| client.join(&room));
        }
    };
    let problem = memo(move || match state.outcome.get() {
        Some(Outcome::Refused { asked: Asked::Join(of), refusal }) => {
            let shown = state.shown.read();
            let is_here = shown.as_ref().is_some_and(|it| it.room.as_ref() == Some(&of));
            is_here.then(|| words::refusal(&refusal))
        }
        _ => None,
    });
    view! {
        <div class="entry">
            <p class="entry__words" role="status">{move || words.get()}</p>
            <button class="button" type="button" on:click=join>"Join to talk"</button>
            <p class="entry__problem" role="alert">{move || problem.get()}</p>
        </div>
    }
}

/// Becomes somebody.
#[component]
pub(super) fn VisitorBar() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let here = memo(move || {
        let shown = state.shown.read();
        let room = shown.as_ref().and_then(|shown| shown.room.as_ref());
        room.map_or_else(|| "/".to_owned(), |room| format!("/r/{room}"))
    });
    view! {
        <div class="entry">
            <p class="entry__words">"You're reading as a visitor."</p>
            {state.guests_come.then(|| view! {
                <form class="entry__guest" method="post" action="/account/guest">
                    <input type="hidden" name="next" value=move || here.get() />
                    <button class="button" type="submit">"Come in as a guest"</button>
                </form>
            })}
            {move || sign_in_link(if state.guests_come { "button button--quiet" } else { "button" }, &here.read())}
        </div>
    }
}
