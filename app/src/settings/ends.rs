//! Leaving the room, and deleting it.

use leptos::prelude::*;

use protocol::Field;

use super::{RoomSettings, notice::Notice};
use crate::account::{FormField, FormProblem, Kind, Problem};

/// Goes, alone, and asks once more before.
#[component]
pub(super) fn Leave(
    /// The room.
    settings: RoomSettings,
) -> impl IntoView {
    let after = match settings.room.private {
        true => "What you wrote stays. To come back you need an invitation, or an admin who adds you.",
        false => "What you wrote stays, and you can come back whenever you like.",
    };
    view! {
        <section class="settings__section" id="leave" aria-labelledby="leave-heading">
            <h2 class="page__section" id="leave-heading">"Leave"</h2>
            <Notice forms=&["leave"] />
            <p class="settings__lead">{after}</p>
            <details class="settings__asked">
                <summary class="button button--quiet">"Leave this room"</summary>
                <form class="form" method="post" action=format!("/room/{}/leave", settings.room.id)>
                    <button class="button button--grave" type="submit">"Leave"</button>
                </form>
            </details>
        </section>
    }
}

/// Takes the room from everybody.
#[component]
pub(super) fn Delete(
    /// The room.
    settings: RoomSettings,
) -> impl IntoView {
    let room = settings.room;
    let problem = Problem::unless_typed(&room.name.to_string(), Some("delete"));
    view! {
        <section class="settings__section settings__section--apart" id="delete" aria-labelledby="delete-heading">
            <h2 class="page__section" id="delete-heading">"Delete"</h2>
            <p class="settings__lead">
                "The room and all that was said in it go for good, for everybody. To do that, type what it is called: "
                <bdi class="settings__named">{room.name.to_string()}</bdi>
            </p>
            <form class="form" method="post" action=format!("/room/{}/delete", room.id)>
                <FormProblem problem=problem.clone() fields=&[Field::RoomName] />
                <FormField
                    label="The room's name"
                    name="name"
                    id="delete-name"
                    kind=Kind::Text(Field::RoomName)
                    value=problem.name.clone()
                    problem
                />
                <button class="button button--grave" type="submit">"Delete this room"</button>
            </form>
        </section>
    }
}
