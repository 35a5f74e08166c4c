//! The page comes alive in the browser.

use crate::App;

/// Wakes up the page that the server rendered.
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(App);
}
