//! A room's messages.

use std::collections::HashMap;

use leptos::prelude::*;

use protocol::{MemberId, Message, Timestamp};

use crate::{snapshot::RoomSnapshot, zone};

/// The messages that the page came with.
#[component]
pub(crate) fn Timeline(
    /// The room.
    room: RoomSnapshot,
) -> impl IntoView {
    let (zone, now) = expect_context::<(Signal<String>, Timestamp)>();
    let people: HashMap<MemberId, String> =
        room.page.people.iter().map(|person| (person.id.clone(), person.name.to_string())).collect();
    let is_empty = room.page.messages.is_empty();
    let mut before = None;
    let rows = room.page.messages.into_iter().map(|message| {
        let Message { sequence, author, at, text, .. } = message;
        let author = people.get(&author).cloned().unwrap_or_default();
        let text = text.map_or_else(|| "This message was deleted.".to_owned(), |text| text.to_string());
        let earlier = before.replace(at);
        view! {
            {move || {
                let day = zone::civil(&zone.read(), at);
                let is_new = earlier.is_none_or(|earlier| zone::civil(&zone.read(), earlier).day() != day.day());
                let words = day.day_in_words(zone::civil(&zone.read(), now));
                is_new.then(|| view! { <li class="timeline__day">{words}</li> })
            }}
            <li class="message" id=format!("m{sequence}")>
                <strong class="message__author">{author}</strong>
                <time
                    class="message__time"
                    datetime=move || zone::civil(&zone.read(), at).iso()
                >
                    {move || zone::civil(&zone.read(), at).time()}
                </time>
                <p class="message__text">{text}</p>
            </li>
        }
    });
    view! {
        <ol class="timeline">{rows.collect_view()}</ol>
        {is_empty.then(|| view! {
            <p class="timeline__empty">{format!("Nobody has said anything in {} yet.", room.info.name)}</p>
        })}
    }
}
