//! The box of the search, and what it offers while one types. Offers are taken by arrows and Enter or Tab, or by a click.

use leptos::{ev, html, prelude::*, web_sys::HtmlInputElement};

use client::search::{Offer, Offers};

use super::{super::shortcuts::is_composing, Finder, PATH};

/// The element of the list of offers.
const OFFERS: &str = "offers";

/// Where one types what to look for.
pub(crate) fn field(finder: Finder) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    keep_in_step(finder, input);
    let take = move |at: usize| {
        if let (Some((text, cursor)), Some(input)) = (finder.take(at), input.get_untracked()) {
            put_into(&input, &text, cursor);
        }
    };
    let press = move |press: ev::KeyboardEvent| {
        if !is_plain(&press) {
            return;
        }
        let chosen = finder.0.offers.read_untracked().chosen;
        let is_taken = match (press.key().as_str(), chosen) {
            ("ArrowDown", _) => finder.choose(Offers::step_down),
            ("ArrowUp", _) => finder.choose(Offers::step_up),
            ("Enter" | "Tab", Some(at)) => {
                take(at);
                true
            }
            ("Escape", _) => finder.decline_offers(),
            _ => false,
        };
        if is_taken {
            press.prevent_default();
            press.stop_propagation(); // What is around the box has other uses for these keys.
        }
    };
    let rows = move || {
        let Offers { all, chosen, .. } = finder.0.offers.get();
        let row = |(at, offer): (usize, Offer)| {
            view! {
                <li
                    class="search__offer"
                    role="option"
                    id=format!("{OFFERS}-{at}")
                    aria-selected=(chosen == Some(at)).to_string()
                    on:mousedown=move |press| {
                        press.prevent_default(); // The focus stays in the box.
                        take(at);
                    }
                >
                    <span class="search__typed" dir="auto">{offer.typed}</span>
                    <span class="search__meaning">{offer.meaning}</span>
                </li>
            }
            .into_any()
        };
        all.into_iter().enumerate().map(row).collect::<Vec<_>>()
    };
    view! {
        <form
            class="search__form"
            role="search"
            action=PATH
            on:submit=move |submit| {
                submit.prevent_default();
                finder.shut_offers();
                finder.try_now();
            }
        >
            {glass()}
            <input
                class="search__input"
                name="q"
                type="text"
                role="combobox"
                aria-label="Search messages"
                aria-autocomplete="list"
                aria-controls=OFFERS
                aria-expanded=move || Some((!finder.0.offers.read().all.is_empty()).to_string())
                aria-activedescendant=move || finder.0.offers.read().chosen.map(|at| format!("{OFFERS}-{at}"))
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                enterkeyhint="search"
                placeholder="slides from:ada"
                value=finder.0.sought.get_untracked()
                node_ref=input
                on:input:target=move |input| {
                    let input = input.target();
                    finder.write(input.value(), cursor_in(&input));
                }
                on:blur=move |_| {
                    finder.decline_offers();
                }
                on:keydown=press
            />
            <ul class="search__offers" role="listbox" id=OFFERS aria-label="Suggestions">{rows}</ul>
        </form>
    }
}

/// A magnifying glass.
pub(crate) fn glass() -> impl IntoView {
    view! {
        <svg class="glass" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
            <circle cx="8.5" cy="8.5" r="5" />
            <path d="m12.5 12.5 4 4" />
        </svg>
    }
}

/// The element shows the state's text, and what was typed before the page came alive is the state's.
fn keep_in_step(finder: Finder, input: NodeRef<html::Input>) {
    Effect::new(move |woke: Option<bool>| {
        let is_awake = woke.unwrap_or(false);
        let (text, Some(input)) = (finder.0.sought.get(), input.get()) else { return is_awake };
        let typed = input.value();
        if !is_awake && !typed.is_empty() && typed != text {
            finder.write(typed, 0);
        } else if typed != text {
            input.set_value(&text);
        }
        true
    });
}

fn put_into(input: &HtmlInputElement, text: &str, cursor: usize) {
    let cursor = u32::try_from(text[..cursor].encode_utf16().count()).ok();
    input.set_value(text);
    // A field of text always has a cursor.
    let _ = input.set_selection_start(cursor).and_then(|()| input.set_selection_end(cursor));
}

/// Where the cursor stands, in bytes.
fn cursor_in(input: &HtmlInputElement) -> usize {
    let units = input.selection_start().ok().flatten();
    bytes_of(&input.value(), units.and_then(|units| usize::try_from(units).ok()).unwrap_or_default())
}

/// How many bytes of a text so many units of UTF-16 are, in which browsers count.
fn bytes_of(text: &str, units: usize) -> usize {
    let mut n = 0;
    let end = text.char_indices().find(|(_, c)| {
        let is_end = n >= units;
        n += c.len_utf16();
        is_end
    });
    end.map_or(text.len(), |(at, _)| at)
}

/// Whether a key is pressed alone, and not for a letter that takes several.
pub(super) fn is_plain(press: &ev::KeyboardEvent) -> bool {
    !(is_composing(press) || press.shift_key() || press.alt_key() || press.ctrl_key() || press.meta_key())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_counted_in_bytes() {
        assert_eq!(bytes_of("aé😀b", 0), 0);
        assert_eq!(bytes_of("aé😀b", 2), 3);
        assert_eq!(bytes_of("aé😀b", 4), 7);
        assert_eq!(bytes_of("aé😀b", 99), 8);
    }
}
