//! Finding what was said. How a search behaves, [`client::search`] decides; here it is asked and shown.
//!
//! Its parts are functions, not components, and what changes is one closure where that can be: browsers load less.

mod field;
mod hints;
mod hit;
mod hits;
mod state;

use leptos::{ev, prelude::*};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate},
    location::Url,
};

use client::search::Order;

use self::field::is_plain;
pub(super) use self::{
    field::{field, glass},
    hits::hits,
    state::Finder,
};
use super::{state::ChatState, title};
use crate::{
    page::sign_in_link,
    reactive::{effect, titled},
};

/// Where the search is.
pub(crate) const PATH: &str = "/search";

/// What arrows go along: the box, the hits, and what brings more.
#[cfg(feature = "hydrate")]
const STOPS: &str = ".search__input, .hit, .search__more";

/// The search: a box, and under it what was found. What is looked for stands in the address.
#[component]
pub(crate) fn SearchPage() -> impl IntoView {
    let state = expect_context::<ChatState>();
    view! {
        <Title text=titled(move || title(state, "Search")) />
        {match state.me.read_untracked().is_some() {
            true => open(Finder(state)).into_any(),
            false => shut(&in_address()).into_any(),
        }}
    }
}

fn open(finder: Finder) -> impl IntoView {
    finder.come();
    let location = use_location();
    finder.0.sought.set(said(&location.search.read_untracked(), "q"));
    effect(move || {
        // Whoever goes on to another page has its address before this one is gone.
        if *location.pathname.read() == PATH {
            let address = location.search.read();
            finder.open(said(&address, "q"), Order::parse(&said(&address, "by")));
        }
    });
    effect(move || finder.begin());
    on_cleanup(move || finder.leave());
    let navigate = use_navigate();
    let press = move |press: ev::KeyboardEvent| {
        if !is_plain(&press) {
            return;
        }
        match press.key().as_str() {
            "ArrowDown" if step(1) => press.prevent_default(),
            "ArrowUp" if step(-1) => press.prevent_default(),
            "Escape" => {
                press.stop_propagation(); // It leads back, and does nothing else.
                navigate(&finder.from(), NavigateOptions::default());
            }
            _ => {}
        }
    };
    view! {
        <main class="search" on:keydown=press>
            <h1 class="hidden">"Search"</h1>
            <header class="search__head">
                // On a phone.
                <a class="room__back" href="/rooms" aria-label="To the list of rooms">
                    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="M12 4 6 10l6 6" /></svg>
                </a>
                {field(finder)}
            </header>
            <div class="search__scroller">
                <p class="search__unscripted">"Searching needs JavaScript, which is switched off here."</p>
                {hits(finder)}
            </div>
        </main>
    }
}

/// For visitors, who cannot search.
pub(super) fn shut(query: &str) -> impl IntoView {
    view! {
        <main class="room room--none">
            <h1 class="room__name">"Search"</h1>
            <p>"Only members and guests can search what was said."</p>
            <p>{sign_in_link("button", &format!("{PATH}{query}"))}</p>
            <p><a href="/rooms">"See which rooms there are"</a></p>
        </main>
    }
}

/// What stands behind the path while something is looked for.
pub(crate) fn query(text: &str, order: Order) -> String {
    match (text.is_empty(), order) {
        (true, _) => String::new(),
        (false, Order::Best) => format!("?q={}", Url::escape(text)),
        (false, Order::Newest) => format!("?q={}&by={}", Url::escape(text), order.name()),
    }
}

/// The address of what is looked for.
fn address(state: ChatState) -> String {
    format!("{PATH}{}", query(&state.sought.read(), state.seen.read().order))
}

/// The address of a path's page, with what is looked for where it is this one.
pub(super) fn here(state: ChatState, path: &str) -> String {
    if path == PATH { address(state) } else { path.to_owned() }
}

/// What stands behind the path now, as [`query`] has it.
fn in_address() -> String {
    let address = use_location().search;
    let address = address.read_untracked();
    query(&said(&address, "q"), Order::parse(&said(&address, "by")))
}

/// What an address says under a name, by the part of it behind the question mark. The router's own reading of it takes
/// what is escaped apart twice.
fn said(query: &str, name: &str) -> String {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = pairs.find(|(key, _)| *key == name).map(|(_, value)| value.replace('+', " "));
    Url::unescape(&value.unwrap_or_default())
}

/// The focus goes into the box, and whatever one types takes the place of what is there.
pub(super) fn go_into_box() {
    #[cfg(feature = "hydrate")]
    crate::browser::select(".search__input");
}

/// Goes on by so many stops; whether there is one.
fn step(by: i32) -> bool {
    #[cfg(feature = "hydrate")]
    return crate::browser::focus_beside(STOPS, by);
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = by;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_what_is_looked_for() {
        assert_eq!(said("q=tea+%26%20cake&by=newest", "q"), "tea & cake");
        assert_eq!(said("q=tea&by=newest", "by"), "newest");
        assert_eq!(said("q=50%2520off", "q"), "50%20off");
        assert_eq!(said("by=best", "q"), "");
        assert_eq!(said("", "q"), "");
    }
}
