//! The browser side: wakes the page up.

use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page's script, once.
#[wasm_bindgen]
pub fn hydrate() {
    app::hydrate();
}
