//! What was found, and how far the search is, in words.

use leptos::prelude::*;

use client::search::{Found, Order, Progress, Seen};
use protocol::{MemberName, Refusal, RoomId, RoomName, Sequence, Source};

use super::{Finder, address, hints::hints, hit::hit};
use crate::{
    page::sign_in_link,
    reactive::{effect, memo},
    words,
};

/// The hits, with what is to be said of them above, and what can be done below.
pub(crate) fn hits(finder: Finder) -> impl IntoView {
    effect(move || finder.follow_more());
    let is_old = memo(move || finder.0.seen.read().is_old);
    view! {
        <div class="search__line">
            <p class="search__status" role="status">
                {move || in_words(&finder.0.seen.read(), finder.shown().len())}
            </p>
            {orders(finder)}
        </div>
        <ol class="search__hits" class:search__hits--old=move || is_old.get() aria-label="Messages that were found">
            <For each=move || finder.shown() key=HitKey::of children=move |found| hit(finder.0, found) />
        </ol>
        {move || below(finder)}
    }
}

/// What makes a hit another one: whatever of it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct HitKey {
    room: (RoomId, RoomName),
    sequence: Sequence,
    author: Option<MemberName>,
    text: String,
    marked: Vec<[usize; 2]>,
    /// Before and after.
    cut: (bool, bool),
}

impl HitKey {
    fn of(found: &Found) -> Self {
        let Found { hit, author, room } = found;
        Self {
            room: (room.id.clone(), room.name.clone()),
            sequence: hit.sequence,
            author: author.as_ref().map(|author| author.name.clone()),
            text: hit.text.clone(),
            marked: hit.marked.clone(),
            cut: (hit.cut_before, hit.cut_after),
        }
    }
}

/// By what the hits are sorted.
fn orders(finder: Finder) -> impl IntoView {
    let button = move |order: Order, name: &'static str| {
        view! {
            <button
                class="search__order"
                type="button"
                aria-pressed=move || Some((finder.0.seen.read().order == order).to_string())
                on:click=move |_| finder.sort(order)
            >
                {name}
            </button>
        }
    };
    view! {
        <div class="search__orders" role="group" aria-label="Order">
            {button(Order::Best, "Best")} {button(Order::Newest, "Newest")}
        </div>
    }
}

/// What went wrong, or what brings more, or what can be typed.
fn below(finder: Finder) -> AnyView {
    let seen = finder.0.seen.read();
    match &seen.progress {
        Progress::Failed(refusal) => failed(finder, refusal).into_any(),
        progress if seen.has_more => {
            let name = if *progress == Progress::Quiet { "More" } else { "Searching…" };
            button("search__more button button--quiet", name, Box::new(move || finder.more()))
        }
        _ if !seen.is_asked || (seen.found.is_some() && !seen.is_old && finder.shown().is_empty()) => {
            hints().into_any()
        }
        _ => ().into_any(),
    }
}

fn failed(finder: Finder, refusal: &Refusal) -> impl IntoView {
    let remedy = match refusal {
        Refusal::NotSignedIn => sign_in_link("button button--quiet", &address(finder.0)).into_any(),
        _ => button("button button--quiet", "Try again", Box::new(move || finder.try_now())),
    };
    view! {
        <div class="search__failed" role="alert">
            <p>{failed_in_words(refusal)}</p>
            {remedy}
        </div>
    }
}

fn button(class: &'static str, name: &'static str, does: Box<dyn Fn()>) -> AnyView {
    view! { <button class=class type="button" on:click=move |_| does()>{name}</button> }.into_any()
}

fn in_words(seen: &Seen, n: usize) -> String {
    let is_waking = seen.source == Some(Source::Newest);
    match (&seen.progress, &seen.found) {
        _ if !seen.is_asked => String::new(),
        (Progress::Searching, _) => "Searching…".to_owned(),
        (Progress::Slow, _) => "Still searching. It takes longer than usual.".to_owned(),
        (_, None) => String::new(),
        (Progress::Failed(_), _) if n == 0 => String::new(),
        (_, Some(_)) if is_waking && n == 0 => {
            "The search is waking up: nothing in the newest messages so far.".to_owned()
        }
        (_, Some(_)) if is_waking => {
            "The search is waking up: these are from the newest messages only.".to_owned()
        }
        (_, Some(_)) => match n {
            0 => "Nothing was found.".to_owned(),
            1 => "1 message".to_owned(),
            n if seen.has_more => format!("The first {n} messages"),
            n => format!("{n} messages"),
        },
    }
}

fn failed_in_words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Unavailable => "The search doesn't answer just now. Try again in a moment.".to_owned(),
        refusal => words::refusal(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_counted() {
        let found = Seen { is_asked: true, found: Some(Vec::new()), ..Seen::default() };
        let more = Seen { has_more: true, ..found.clone() };

        assert_eq!(in_words(&found, 0), "Nothing was found.");
        assert_eq!(in_words(&found, 1), "1 message");
        assert_eq!(in_words(&found, 12), "12 messages");
        assert_eq!(in_words(&more, 20), "The first 20 messages");
    }

    #[test]
    fn nothing_is_said_of_what_was_not_asked_or_is_asked_just_now() {
        let now = Seen { is_asked: true, ..Seen::default() };

        assert_eq!(in_words(&Seen::default(), 0), "");
        assert_eq!(in_words(&now, 0), "");
    }

    #[test]
    fn who_waits_is_told_what_for() {
        let seen = |progress| Seen { is_asked: true, found: Some(Vec::new()), progress, ..Seen::default() };
        let waking = Seen { source: Some(Source::Newest), ..seen(Progress::Quiet) };

        assert_eq!(in_words(&seen(Progress::Searching), 3), "Searching…");
        assert_eq!(in_words(&seen(Progress::Slow), 3), "Still searching. It takes longer than usual.");
        assert!(in_words(&waking, 3).ends_with("from the newest messages only."));
        assert!(in_words(&waking, 0).ends_with("nothing in the newest messages so far."));
    }
}
