//! What the room is called and what it is about.

use leptos::prelude::*;

use protocol::Field;

use super::{RoomSettings, notice::Notice};
use crate::account::{FormField, Kind, Problem, in_address};

/// Name and topic: to change, or to read.
#[component]
pub(super) fn About(
    /// The room.
    settings: RoomSettings,
) -> impl IntoView {
    let room = settings.room.clone();
    let who_comes = match room.private {
        true => "This room is private: it exists for those who are in it, and for nobody else.",
        false => "This room is public: everybody finds it, and may come in.",
    };
    let is_admin = settings.administration.is_some();
    view! {
        <section class="settings__section" id="about" aria-labelledby="about-heading">
            <h2 class="page__section" id="about-heading">"Name and topic"</h2>
            <p class="settings__lead">{who_comes}</p>
            {match is_admin {
                true => view! { <Describe settings /> }.into_any(),
                false => view! {
                    <dl class="settings__facts">
                        <dt>"Name"</dt>
                        <dd dir="auto">{room.name.to_string()}</dd>
                        <dt>"Topic"</dt>
                        <dd dir="auto">{if room.topic.as_str().is_empty() { "none".to_owned() } else { room.topic.to_string() }}</dd>
                    </dl>
                }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Describe(
    /// The room.
    settings: RoomSettings,
) -> impl IntoView {
    let room = settings.room;
    let problem = Problem::of_form("describe");
    // What was refused comes back as it was typed.
    let (name, topic) = match problem.refusal {
        Some(_) => (problem.name.clone(), in_address("topic").unwrap_or_default()),
        None => (room.name.to_string(), room.topic.to_string()),
    };
    view! {
        <form class="form" method="post" action=format!("/room/{}/describe", room.id)>
            <Notice forms=&["describe"] fields=&[Field::RoomName, Field::Topic] />
            <FormField label="Name" name="name" kind=Kind::Text(Field::RoomName) value=name problem=problem.clone() />
            <FormField label="Topic" name="topic" kind=Kind::Optional(Field::Topic) value=topic problem />
            <button class="button" type="submit">"Save"</button>
        </form>
    }
}
