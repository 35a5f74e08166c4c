//! The page comes alive in the browser.

use crate::{App, browser, zone};

/// Wakes up the page that the server rendered.
pub fn hydrate() {
    console_error_panic_hook::set_once();
    match zone::is_ours() {
        true => leptos::mount::hydrate_body(App),
        false => browser::reload(),
    }
}
