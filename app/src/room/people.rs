//! Who is in the room.

use leptos::prelude::*;

use protocol::{Here, Person};

use super::{
    avatar::Avatar,
    header::toggle_people,
    leaving::Leave,
    profile::{self, ProfileCard},
    state::{ChatState, People},
};
use crate::reactive::memo;

/// The people of the room on screen.
#[component]
pub(super) fn PeoplePanel() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let chosen = RwSignal::new(None::<Person>);
    let rest = memo(move || rest_in_words(&state.here.read()));
    view! {
        <aside
            class="people"
            class:people--open=move || state.people.get() == People::Open
            class:people--shut=move || state.people.get() == People::Shut
            id="people"
            aria-label="People"
        >
            <div class="people__head">
                <h2 class="people__title">"People"</h2>
                <button class="people__close" type="button" aria-label="Hide people" on:click=move |_| toggle_people(state)>
                    "×"
                </button>
            </div>
            <div class="people__scroller" tabindex="0" role="group" aria-label="Who is in this room">
                <Group heading="Here" people=Signal::derive(move || state.here.read().here.clone()) is_away=false chosen />
                <Group heading="Away" people=Signal::derive(move || state.here.read().away.clone()) is_away=true chosen />
                <p class="people__rest">{move || rest.get()}</p>
            </div>
            <Leave />
            <ProfileCard person=chosen />
        </aside>
    }
}

#[component]
fn Group(
    /// What they have in common.
    heading: &'static str,
    /// They.
    people: Signal<Vec<Person>>,
    /// Whether they are away.
    is_away: bool,
    /// Whose profile is shown.
    chosen: RwSignal<Option<Person>>,
) -> impl IntoView {
    let is_empty = memo(move || people.read().is_empty());
    view! {
        <Show when=move || !is_empty.get()>
            <h3 class="people__heading" id=format!("people-{heading}")>{heading}</h3>
            <ul class="people__list" class:people__list--away=is_away aria-labelledby=format!("people-{heading}")>
                <For each=move || people.get() key=|it| (it.id.clone(), it.name.clone(), it.guest) let:person>
                    <PersonRow person chosen />
                </For>
            </ul>
        </Show>
    }
}

#[component]
fn PersonRow(
    /// Who.
    person: Person,
    /// Whose profile is shown.
    chosen: RwSignal<Option<Person>>,
) -> impl IntoView {
    let (name, guest) = (person.name.to_string(), person.guest);
    view! {
        <li>
            <button
                class="people__person"
                type="button"
                aria-haspopup="dialog"
                popovertarget=profile::ID
                popovertargetaction="show"
                on:click={
                    let person = person.clone();
                    move |_| chosen.set(Some(person.clone()))
                }
            >
                <Avatar id=person.id.to_string() name=name.clone() />
                <span class="people__who">
                    <span class="people__name" dir="auto">{name}</span>
                    {guest.then(|| view! { <span class="people__guest">"guest"</span> })}
                </span>
            </button>
        </li>
    }
}

/// How many are not listed, in a room with too many for a list.
fn rest_in_words(here: &Here) -> Option<String> {
    let n_listed = here.here.len() + here.away.len();
    let n_rest = here.n_members.saturating_sub(n_listed);
    (n_rest > 0).then(|| format!("and {n_rest} more"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_fit_is_counted() {
        let here = Here { n_here: 0, n_members: 1234, here: Vec::new(), away: Vec::new() };
        assert_eq!(rest_in_words(&here).as_deref(), Some("and 1234 more"));
        assert_eq!(rest_in_words(&Here::default()), None);
    }
}
