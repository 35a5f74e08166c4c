//! A person's profile: who they are, since when, and their role.

use leptos::prelude::*;

use protocol::{Person, Refusal};

use super::{avatar::Avatar, state::ChatState};
use crate::{
    reactive::{effect, memo},
    snapshot::{self, Profile},
    zone,
};

/// The element that buttons open it by.
pub(super) const ID: &str = "profile";

/// What is known of the person whose profile is shown.
#[derive(Clone, PartialEq)]
enum Known {
    /// It is on its way.
    Asked,
    /// The store did not answer.
    Nothing,
    /// They are a member no longer.
    Gone,
    /// All of it.
    All(Profile),
}

/// A card over the page, which the browser opens by its buttons, and closes by Escape or a click beside it.
#[component]
pub(super) fn ProfileCard(
    /// Whose it is.
    person: RwSignal<Option<Person>>,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let known = RwSignal::new(Known::Asked);
    effect(move || {
        let Some(asked) = person.get() else { return };
        known.set(Known::Asked);
        snapshot::read_profile(
            &asked.id.clone(),
            state.room(),
            move |answer: Result<Option<Profile>, Refusal>| {
                // Another may have been chosen since.
                if person.with_untracked(|it| it.as_ref().is_some_and(|it| it.id == asked.id)) {
                    known.set(match answer {
                        Ok(Some(profile)) => Known::All(profile),
                        Ok(None) => Known::Gone,
                        Err(_) => Known::Nothing,
                    });
                }
            },
        );
    });
    let since = memo(move || match known.get() {
        Known::Asked => String::new(),
        Known::Nothing => "Since when can't be told just now.".to_owned(),
        Known::Gone => "They're a member no longer.".to_owned(),
        Known::All(Profile { person, since, admin }) => {
            let date = zone::civil(&state.zone.read(), since).day_month_year();
            let role = if admin { " · admin of this room" } else { "" };
            match person.guest {
                true => format!("Guest since {date}{role}"),
                false => format!("Member since {date}{role}"),
            }
        }
    });
    view! {
        <div class="profile" id=ID popover="auto" role="dialog" aria-label="Profile">
            {move || person.get().map(|Person { id, name, .. }| view! {
                <Avatar id=id.to_string() name=name.to_string() />
                <p class="profile__name" dir="auto">{name.to_string()}</p>
            })}
            <p class="profile__since" role="status">{move || since.get()}</p>
        </div>
    }
}
