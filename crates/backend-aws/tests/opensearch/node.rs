//! The real node, asked past the gate.

use axum::body::Bytes;
use http::{Method, Request};
use serde_json::Value;

use crate::http1::send;

/// Where it is: `127.0.0.1:15000`.
pub(crate) fn node() -> String {
    engines::told("HUBBUB_TEST_OPENSEARCH").trim_start_matches("http://").to_owned()
}

/// Asks the node for something that it does.
pub(crate) async fn ask(method: Method, path: &str, body: Value) -> Value {
    let body = if body.is_null() { Bytes::new() } else { body.to_string().into() };
    let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
    let response = send(&node(), request.body(body).unwrap()).await;
    let told = serde_json::from_slice(response.body()).unwrap();
    assert!(response.status().is_success(), "{path}: {told}");
    told
}
