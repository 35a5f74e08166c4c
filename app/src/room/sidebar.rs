//! The member's rooms, with what is unread, and who they are.

use leptos::{ev, prelude::*};

use protocol::Person;

use super::{
    avatar::Avatar,
    search::{self, glass},
    state::ChatState,
};
use crate::{
    page::{Mark, sign_in_link},
    reactive::memo,
};

/// The list beside the room.
#[component]
pub(super) fn Sidebar(
    /// The page's path.
    path: Memo<String>,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let is_visitor = memo(move || state.me.read().is_none());
    let is_search = memo(move || *path.read() == search::PATH);
    view! {
        <nav class="sidebar" aria-label="Rooms">
            <div class="sidebar__head">
                <Mark />
                <span class="sidebar__home">"Hubbub"</span>
                <button class="sidebar__colours" type="button" aria-label="Light or dark" on:click=|_| turn_colours()>
                    <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
                        <circle cx="10" cy="10" r="7" />
                        <path d="M10 3a7 7 0 0 1 0 14z" />
                    </svg>
                </button>
            </div>
            {(!is_visitor.get_untracked()).then(|| search_link(is_search))}
            <div class="sidebar__scroller">
                <ul class="sidebar__rooms">
                    <For each=move || state.rooms.get() key=|room| (room.info.id.clone(), room.info.name.clone()) let:room>
                        <RoomLink room />
                    </For>
                </ul>
                <a class="sidebar__browse" href="/rooms">
                    {move || if is_visitor.get() { "Look around the rooms" } else { "All rooms, or a new one" }}
                </a>
            </div>
            <div class="sidebar__foot">
                {move || match state.me.get() {
                    Some(me) => view! { <Me me /> }.into_any(),
                    None => sign_in_link("sidebar__sign-in", &search::here(state, &path.read())).into_any(),
                }}
            </div>
        </nav>
    }
}

/// Leads to the search, or into its box where it is open already.
fn search_link(is_there: Memo<bool>) -> impl IntoView {
    let press = move |click: ev::MouseEvent| {
        if is_there.get_untracked() {
            click.prevent_default();
            search::go_into_box();
        }
    };
    view! {
        <a
            class="sidebar__search"
            href=search::PATH
            aria-current=move || is_there.get().then_some("page")
            aria-keyshortcuts="Control+K Meta+K /"
            on:click=press
        >
            {glass()}
            <span class="sidebar__name">"Search"</span>
            <span class="sidebar__key" aria-hidden="true">"/"</span>
        </a>
    }
}

#[component]
fn RoomLink(
    /// The room as it first stood here.
    room: client::Room,
) -> impl IntoView {
    let state = expect_context::<ChatState>();
    let id = room.info.id.clone();
    let (of_unread, of_shown) = (id.clone(), id.clone());
    let first = room.unread();
    let unread = memo(move || {
        let rooms = state.rooms.read();
        rooms.iter().find(|room| room.info.id == of_unread).map_or(first, client::Room::unread)
    });
    let is_shown =
        memo(move || state.shown.read().as_ref().is_some_and(|shown| shown.room.as_ref() == Some(&of_shown)));
    let (name, is_private) = (room.info.name.to_string(), room.info.private);
    let label = {
        let name = if is_private { format!("{name}, private") } else { name.clone() };
        move || match unread.get() {
            0 => name.clone(),
            n => format!("{name}, {n} unread"),
        }
    };
    view! {
        <li>
            <a
                class="sidebar__room"
                class:sidebar__room--private=is_private
                class:sidebar__room--unread=move || unread.get() != 0
                href=format!("/r/{id}")
                aria-current=move || is_shown.get().then_some("page")
                aria-label=label
            >
                <span class="sidebar__name" dir="auto">{name}</span>
                {move || (unread.get() != 0).then(|| view! { <span class="sidebar__unread">{in_short(unread.get())}</span> })}
            </a>
        </li>
    }
}

#[component]
fn Me(
    /// Who looks.
    me: Person,
) -> impl IntoView {
    let (name, note) = (me.name.to_string(), if me.guest { "guest · keep this name" } else { "account" });
    view! {
        <a class="sidebar__me" href="/account" rel="external">
            <Avatar id=me.id.to_string() name=name.clone() />
            <span class="sidebar__who">
                <span class="sidebar__my-name" dir="auto">{name}</span>
                <span class="sidebar__note">{note}</span>
            </span>
        </a>
    }
}

fn turn_colours() {
    #[cfg(feature = "hydrate")]
    crate::browser::turn_colours();
}

/// A count that fits its place.
fn in_short(n: u64) -> String {
    match n {
        0..=999 => n.to_string(),
        _ => "999+".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_fits_its_place() {
        assert_eq!(in_short(999), "999");
        assert_eq!(in_short(12_345), "999+");
    }
}
