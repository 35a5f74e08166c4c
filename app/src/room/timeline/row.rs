//! One message.

use leptos::prelude::*;

use client::rows::{May, Row};

use super::{note::NoteLine, tools::Tools};
use crate::{
    reactive::memo,
    room::{avatar::Avatar, state::ChatState, text::Text},
    zone,
};

/// A message, with what stands above and below it: the day, the line *new*, who came and went.
#[component]
pub(super) fn MessageRow(
    /// The message and how it stands.
    row: Row,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let Row { message, author, starts_group, starts_day, is_first_new, may, .. } = row;
    let (sequence, at) = (message.sequence, message.at);
    let known = author.as_ref().map(|author| author.name.to_string());
    // Who is no member any more has no initials either: those of these words would be somebody's.
    let initials = known.clone().unwrap_or_default();
    let name = known.unwrap_or_else(|| "A former member".to_owned());
    let moment = move || zone::civil(&state.zone.read(), at);
    let day = move || moment().day_in_words(zone::civil(&state.zone.read(), state.today.get()));
    let href = state.room().map(|room| format!("/r/{room}/{sequence}"));
    let is_marked = memo(move || state.marked.get() == Some(sequence));
    let note = memo(move || {
        let rows = state.rows.read();
        let at = rows.binary_search_by_key(&sequence, |row| row.message.sequence).ok()?;
        rows[at].note.clone()
    });
    let time = view! {
        <a class="message__time" href=href aria-label=move || format!("{}, link to this message", moment().time())>
            <time datetime=move || moment().iso()>{move || moment().time()}</time>
        </a>
    };
    let has_tools = may != May::Read;
    let edited = message.revised.map(|at| {
        let then = move || zone::civil(&state.zone.read(), at);
        let words = move || {
            let (then, today) = (then(), zone::civil(&state.zone.read(), state.today.get()));
            let is_same_day = then.day() == moment().day();
            if is_same_day { then.time() } else { format!("{}, {}", then.day_in_words(today), then.time()) }
        };
        view! { <p class="message__edited">"edited " <time datetime=move || then().iso()>{words}</time></p> }
    });
    let text = match message.text {
        Some(text) => view! {
            <Text text=text.to_string() />
            {edited}
        }
        .into_any(),
        None => view! { <p class="message__gone">"This message was deleted."</p> }.into_any(),
    };
    let body = match starts_group {
        true => view! {
            <Avatar id=message.author.to_string() name=initials />
            <div class="message__main">
                <p class="message__head">
                    <strong class="message__author" dir="auto">{name}</strong>
                    {author.is_some_and(|it| it.guest).then(|| view! { <span class="message__guest">"guest"</span> })}
                    {time}
                </p>
                {text}
            </div>
        }
        .into_any(),
        false => view! {
            {time}
            <div class="message__main">
                <span class="hidden">{format!("{name}: ")}</span>
                {text}
            </div>
        }
        .into_any(),
    };
    view! {
        <li
            class="message"
            class:message--first=starts_group
            class:message--new=is_first_new
            class:message--marked=move || is_marked.get()
            tabindex=has_tools.then_some("-1")
            id=format!("m{sequence}")
        >
            {starts_day.then(|| view! { <p class="message__day"><span>{day}</span></p> })}
            {is_first_new.then(|| view! { <p class="message__new"><span>"new"</span></p> })}
            <div class="message__body">{body} {has_tools.then(|| view! { <Tools sequence may /> })}</div>
            {move || note.get().map(|note| view! { <NoteLine note /> })}
        </li>
    }
}
