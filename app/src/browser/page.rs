//! Small questions to the browser.

use std::time::Duration;

use js_sys::{Array, Date, Math};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlDocument, HtmlElement, HtmlInputElement, ResizeObserver, VisibilityState};

use protocol::Timestamp;

/// Where the style shows the people by itself.
const WIDE: &str = "(min-width: 1100px)";
/// What the system says when it is dark.
const DARK: &str = "(prefers-color-scheme: dark)";
/// Where a choice stands that goes before the system's.
const THEME_ATTRIBUTE: &str = "data-theme";

/// The client's clock: since the page was opened, never set back.
pub(crate) fn now() -> Duration {
    let ms = window().performance().map_or_else(Date::now, |performance| performance.now());
    Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default()
}

/// The time of day.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number of milliseconds")]
pub(crate) fn date() -> Timestamp {
    Timestamp(Date::now() as u64)
}

/// Anything that differs from page to page.
pub(crate) fn seed() -> u64 {
    Math::random().to_bits() ^ Math::random().to_bits().rotate_left(21) ^ date().0.rotate_left(42)
}

/// Whether the reader can see the page.
pub(crate) fn is_visible() -> bool {
    document().visibility_state() == VisibilityState::Visible
}

/// Whether the device says that it has a network.
pub(super) fn is_online() -> bool {
    window().navigator().on_line()
}

/// Whether there is space for the people beside the room.
pub(crate) fn is_wide() -> bool {
    matches!(window().match_media(WIDE), Ok(Some(media)) if media.matches())
}

/// Loads the page anew.
pub(crate) fn reload() {
    // A page can always be loaded anew.
    let _ = window().location().reload();
}

/// Sets a cookie, for the server to render the next page by. Nothing where cookies are forbidden.
pub(crate) fn remember(name: &str, value: &str) {
    const YEAR_S: u32 = 365 * 24 * 60 * 60;
    set_cookie(name, value, YEAR_S);
}

/// Takes a cookie away.
fn forget(name: &str) {
    set_cookie(name, "", 0);
}

fn set_cookie(name: &str, value: &str, age_s: u32) {
    if let Some(document) = document().dyn_ref::<HtmlDocument>() {
        // Forbidden, it is as if it had never been asked for.
        let _ = document.set_cookie(&format!("{name}={value}; Path=/; Max-Age={age_s}; SameSite=Lax"));
    }
}

/// Turns the page dark if it is light, and the other way round. Where the system has it so too, it is followed again.
pub(crate) fn turn_colours() {
    let Some(root) = document().document_element() else { return };
    let is_system_dark = matches!(window().match_media(DARK), Ok(Some(media)) if media.matches());
    let is_dark = match root.get_attribute(THEME_ATTRIBUTE).as_deref() {
        Some(theme) => theme == "dark",
        None => is_system_dark,
    };
    let theme = if is_dark { "light" } else { "dark" };
    let is_followed = is_dark != is_system_dark;
    // The name of an attribute that can be set.
    let _ = if is_followed {
        root.remove_attribute(THEME_ATTRIBUTE)
    } else {
        root.set_attribute(THEME_ATTRIBUTE, theme)
    };
    if is_followed { forget("theme") } else { remember("theme", theme) }
}

/// What this tab keeps under a key, for as long as it is open.
pub(crate) fn kept(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(key).ok()?
}

/// Keeps a text in this tab; an empty one is kept no longer. Nothing where that is forbidden, or full.
pub(crate) fn keep(key: &str, text: &str) {
    let Ok(Some(storage)) = window().session_storage() else { return };
    // The text still stands where it was written: only a reload loses it.
    let _ = match text {
        "" => storage.remove_item(key),
        text => storage.set_item(key, text),
    };
}

/// Moves the focus to the first element that fits.
pub(crate) fn focus(selector: &str) {
    let found = document().query_selector(selector).ok().flatten();
    if let Some(element) = found.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        // What cannot take the focus leaves it where it is.
        let _ = element.focus();
    }
}

/// Likewise, once what has just changed is shown.
pub(crate) fn focus_soon(selector: String) {
    // Leptos shows it in a task of its own, which was woken before this one.
    spawn_local(async move { focus(&selector) });
}

/// Likewise, where nothing has the focus any more.
pub(crate) fn refocus_soon(selector: &'static str) {
    spawn_local(async move {
        let focused = document().active_element();
        // The selector is one.
        if focused.is_none_or(|element| element.matches("body").unwrap_or(false)) {
            focus(selector);
        }
    });
}

/// Moves the focus into a field, with its text selected.
pub(crate) fn select(selector: &str) {
    focus(selector);
    let focused = document().active_element();
    if let Some(input) = focused.and_then(|element| element.dyn_into::<HtmlInputElement>().ok()) {
        input.select();
    }
}

/// Moves the focus from one of the elements that fit to the one so many after it. Whether there is one.
pub(crate) fn focus_beside(selector: &str, by: i32) -> bool {
    let (Ok(all), Some(focused)) = (document().query_selector_all(selector), document().active_element())
    else {
        return false;
    };
    let is_focused = |at: &u32| all.item(*at).is_some_and(|node| node.is_same_node(Some(&*focused)));
    let next = (0..all.length()).find(is_focused).and_then(|at| at.checked_add_signed(by));
    let next = next.and_then(|next| all.item(next)).and_then(|node| node.dyn_into::<HtmlElement>().ok());
    // What cannot take the focus leaves it where it is.
    next.is_some_and(|element| element.focus().is_ok())
}

/// Whether somebody types into a field.
pub(crate) fn is_typing() -> bool {
    let focused = document().active_element();
    // The selector is one.
    focused.is_some_and(|element| element.matches("input, textarea, select").unwrap_or(false))
}

/// Whether something lies over the page that Escape closes.
pub(crate) fn has_popover() -> bool {
    // An error is a browser without popovers, where none is open.
    document().query_selector(":popover-open").is_ok_and(|found| found.is_some())
}

/// Watches until it is dropped.
pub(crate) struct Watched {
    observer: ResizeObserver,
    _changed: Closure<dyn FnMut(Array)>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Says when one of some elements changes its size. None where the browser cannot tell.
pub(crate) fn watch_size(elements: &[&Element], changed: impl Fn() + 'static) -> Option<Watched> {
    let changed = Closure::new(move |_: Array| changed());
    let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok()?;
    for element in elements {
        observer.observe(element);
    }
    Some(Watched { observer, _changed: changed })
}
