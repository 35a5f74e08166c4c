//! A room's messages: those near the view, between two spacers as high as all the others.

mod drafts;
#[cfg(feature = "hydrate")]
mod layout;
mod note;
mod row;
mod tools;

use leptos::{ev, html, prelude::*};

use client::rows::{May, Row};
use protocol::{MemberName, RoomId, Sequence};

use self::{drafts::Drafts, note::NoteLine, row::MessageRow};
use super::state::{ChatState, Shown, focus_soon};
use crate::{reactive::memo, zone};

#[cfg(feature = "hydrate")]
pub(crate) use self::layout::{lay_out, scrolled};

/// The elements that the layout measures and moves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Nodes {
    /// What scrolls.
    pub(crate) scroller: NodeRef<html::Div>,
    /// Stands for the rows above.
    pub(crate) above: NodeRef<html::Div>,
    /// The rows.
    pub(crate) rows: NodeRef<html::Ol>,
    /// Stands for the rows below.
    pub(crate) below: NodeRef<html::Div>,
}

/// The messages of the room on screen, and the drafts under them.
#[component]
pub(crate) fn Timeline() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let nodes = state.nodes;
    #[cfg(feature = "hydrate")]
    layout::watch(state);
    let scroll = move |_| {
        #[cfg(feature = "hydrate")]
        scrolled(state);
    };
    let press = move |press: ev::KeyboardEvent| {
        if press.shift_key() || press.alt_key() || press.ctrl_key() || press.meta_key() {
            return;
        }
        match press.key().as_str() {
            "Home" => state.go_to_start(),
            "End" => state.go_to_end(),
            _ => return,
        }
        press.prevent_default(); // The browser would only go as far as what is loaded.
    };
    view! {
        <div class="timeline">
            <TopDay />
            <div
                class="timeline__scroller"
                node_ref=nodes.scroller
                on:scroll=scroll
                on:keydown=press
                tabindex="0"
                role="region"
                aria-label="Messages"
            >
                <div class="timeline__content">
                    <Start />
                    <div class="timeline__spacer" node_ref=nodes.above aria-hidden="true"></div>
                    <ol class="timeline__rows" node_ref=nodes.rows>
                        <For each=move || state.rows.get() key=move |row| RowKey::of(state.room(), row) let:row>
                            <MessageRow row />
                        </For>
                    </ol>
                    <div class="timeline__spacer" node_ref=nodes.below aria-hidden="true"></div>
                    <Drafts />
                </div>
            </div>
            <Newest />
        </div>
    }
}

/// What makes a row another one: the room, and whatever of it is shown, but for who came and went. That happens at any time,
/// and would take the question whether to delete the last message, and the focus, from under whoever answers it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct RowKey {
    room: Option<RoomId>,
    sequence: Sequence,
    revision: Sequence,
    flags: [bool; 3],
    may: May,
    author: Option<(MemberName, bool)>,
}

impl RowKey {
    fn of(room: Option<RoomId>, row: &Row) -> Self {
        Self {
            room,
            sequence: row.message.sequence,
            revision: row.message.revision,
            flags: [row.starts_group, row.starts_day, row.is_first_new],
            may: row.may,
            author: row.author.as_ref().map(|author| (author.name.clone(), author.guest)),
        }
    }
}

/// What stands above the first message.
#[component]
fn Start() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let words = memo(move || {
        let shown = state.shown.read();
        let Some(shown) = shown.as_ref() else { return String::new() };
        start_in_words(shown, state.rows.read().is_empty(), state.edges.read().has_older)
    });
    let note = memo(move || state.edges.read().note.clone());
    view! {
        <p class="timeline__start">{move || words.get()}</p>
        {move || note.get().map(|note| view! { <NoteLine note /> })}
    }
}

fn start_in_words(shown: &Shown, is_empty: bool, has_older: bool) -> String {
    let name = shown.name();
    match (shown.is_loaded, is_empty, has_older) {
        (false, ..) => String::new(),
        (true, true, _) => format!("Nobody has said anything in {name} yet."),
        (true, false, true) => "Earlier messages come in as you scroll up.".to_owned(),
        (true, false, false) => format!("This is where {name} begins."),
    }
}

/// The day of the message at the top of the view, unless that message says it itself.
#[component]
fn TopDay() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let words = memo(move || {
        let top = state.edges.read().top?;
        let rows = state.rows.read();
        let row = rows.iter().find(|row| row.message.sequence == top && !row.starts_day)?;
        let zone = state.zone.read();
        let today = zone::civil(&zone, state.today.get());
        Some(zone::civil(&zone, row.message.at).day_in_words(today))
    });
    view! {
        <p class="timeline__top-day" class:timeline__top-day--shown=move || words.read().is_some() aria-hidden="true">
            {move || words.get()}
        </p>
    }
}

/// Leads back to the newest message.
#[component]
fn Newest() -> impl IntoView {
    let state = expect_context::<ChatState>();
    let is_away = memo(move || state.edges.read().is_away);
    let n_new = memo(move || state.edges.read().n_new);
    let words = move || match n_new.get() {
        0 => "To the newest".to_owned(),
        n => format!("{n} new"),
    };
    view! {
        <Show when=move || is_away.get()>
            <button
                class="timeline__newest"
                class:timeline__newest--new=move || n_new.get() != 0
                type="button"
                on:click=move |_| {
                    state.go_to_end();
                    focus_soon(".timeline__scroller".to_owned());
                }
            >
                {words}
                <span aria-hidden="true">" ↓"</span>
            </button>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use protocol::{RoomInfo, RoomName, Topic};

    use super::*;
    use crate::room::state::Place;

    #[test]
    fn an_empty_room_says_so() {
        let shown = Shown {
            room: RoomId::parse("general").ok(),
            info: Some(RoomInfo {
                id: RoomId::parse("general").unwrap(),
                name: RoomName::parse("General").unwrap(),
                topic: Topic::parse("").unwrap(),
                private: false,
            }),
            place: Place::Inside,
            problem: None,
            ended: None,
            is_loaded: true,
        };

        assert_eq!(start_in_words(&shown, true, false), "Nobody has said anything in General yet.");
        assert_eq!(start_in_words(&shown, false, false), "This is where General begins.");
        assert_eq!(start_in_words(&Shown { is_loaded: false, ..shown }, true, false), "");
    }
}
