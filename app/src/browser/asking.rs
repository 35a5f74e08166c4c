//! Requests of the page's own, for what does not come over the socket.

use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Response, window};

use protocol::Refusal;

/// Asks the server for something and hands over what came of it.
pub(crate) fn ask<T: DeserializeOwned + 'static>(
    address: String,
    then: impl FnOnce(Result<T, Refusal>) + 'static,
) {
    spawn_local(async move {
        let answer = match fetch(&address).await {
            Ok((true, text)) => serde_json::from_str(&text).map_err(|_| Refusal::Unavailable),
            Ok((false, text)) => Err(serde_json::from_str(&text).unwrap_or(Refusal::Unavailable)),
            Err(_) => Err(Refusal::Unavailable), // It did not get there.
        };
        then(answer);
    });
}

/// Whether it was done, and what came back.
async fn fetch(address: &str) -> Result<(bool, String), JsValue> {
    let window = window().ok_or(JsValue::NULL)?;
    let response: Response = JsFuture::from(window.fetch_with_str(address)).await?.dyn_into()?;
    let text = JsFuture::from(response.text()?).await?;
    Ok((response.ok(), text.as_string().unwrap_or_default()))
}
