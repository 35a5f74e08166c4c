//! What Unicode says of texts: by tables of ours, and in a browser by its own, which then need not be loaded.

#[cfg(not(target_family = "wasm"))]
pub(crate) use self::ours::{folded, nfc};
#[cfg(target_family = "wasm")]
pub(crate) use self::the_browsers::{folded, nfc};

#[cfg(not(target_family = "wasm"))]
mod ours {
    use unicode_normalization::UnicodeNormalization as _;

    /// With one way of writing each letter.
    pub(crate) fn nfc(text: &str) -> String {
        text.nfc().collect()
    }

    /// With one way of writing what looks alike, in small letters.
    pub(crate) fn folded(text: &str) -> String {
        text.nfkc().flat_map(char::to_lowercase).nfkc().collect()
    }
}

#[cfg(target_family = "wasm")]
mod the_browsers {
    use js_sys::JsString;

    pub(crate) fn nfc(text: &str) -> String {
        JsString::from(text).normalize("NFC").into()
    }

    pub(crate) fn folded(text: &str) -> String {
        JsString::from(text).normalize("NFKC").to_lower_case().normalize("NFKC").into()
    }
}
