//! The search in the browser: asks what it wants to know, and wakes it when it is time.

use std::time::Duration;

use leptos::prelude::*;

use client::search::Search;
use protocol::{RoomId, Sequence};

use super::{date, now, readdress};
use crate::{
    room::{
        search::{PATH, query},
        state::{ChatState, put},
    },
    snapshot, zone,
};

/// What the browser holds for the search: it stays while one looks at a hit, so that the way back leads to the others.
#[derive(Default)]
pub(crate) struct Finding {
    search: Search,
    /// The room that one came from, and the message in its address.
    pub(crate) from: Option<(RoomId, Option<Sequence>)>,
    /// How many hits there were when more were asked for.
    pub(crate) n_before: Option<usize>,
}

/// What is done with a search. Behind a pointer: what does it is then compiled once.
type Does = Box<dyn FnOnce(&mut Search, Duration)>;

/// Does something with the search, and shows what came of it.
pub(crate) fn find(state: ChatState, does: Does) {
    let done = state.driver().try_with_value(|driver| {
        let Finding { search, .. } = &mut *driver.finding.borrow_mut();
        does(search, now());
        (search.take_question(), search.seen(), search.next_wake())
    });
    let Some((question, seen, wake_at)) = done else { return }; // The chat was left meanwhile.
    state.learn(seen.found.iter().flatten().map(|found| &found.room));
    put(state.seen, seen);
    state
        .driver()
        .with_value(|driver| driver.finding_wakes.set(wake_at, move || find(state, Box::new(Search::wake))));
    if let Some(question) = question {
        show_in_address(state);
        let number = question.number;
        let offset = zone::offset_minutes(&state.zone.read_untracked(), date());
        snapshot::find(&question, offset, move |answer| {
            find(state, Box::new(move |search, now| search.answered(number, answer, now)));
        });
    }
}

/// What is looked for can be sent as a link, and is there again after a reload.
pub(crate) fn show_in_address(state: ChatState) {
    readdress(PATH, &query(&state.sought.read_untracked(), state.seen.read_untracked().order));
}
