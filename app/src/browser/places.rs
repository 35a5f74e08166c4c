//! Where one is, by the address and by the router, which keeps a history of its own.

use leptos::{ev, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsValue;

use crate::reactive::effect;

/// Tells the router where a step through the browser's history has led. It knows such a step only as one back, to the
/// address that it last saw there; after any other it would leave the address as it is for a link to where its own
/// history ends.
pub(super) fn follow_steps() {
    let navigate = use_navigate();
    effect(move || {
        let navigate = navigate.clone();
        let listener = window_event_listener(ev::popstate, move |_| {
            if let Ok(here) = location().href() {
                navigate(
                    &here,
                    NavigateOptions { replace: true, scroll: false, ..NavigateOptions::default() },
                );
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// Gives the page at a path another query in its address. Nothing where another page is on its way there already, or gone.
pub(crate) fn readdress(path: &str, query: &str) {
    let window = window();
    if window.location().pathname().is_ok_and(|now| now == path)
        && let Ok(history) = window.history()
    {
        // Browsers refuse it where it is done too often: the next one counts.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&format!("{path}{query}")));
    }
}
