//! What whoever runs a program asks it.

use std::{sync::Arc, time::Duration};

use axum::{Router, http::StatusCode, routing::get};

use backend::Backend;
use chat::ports::Rooms as _;

/// The store answers within this time, or the program is not ready.
const READY_WITHIN: Duration = Duration::from_secs(3);

/// `/healthz`, which says that the program runs and asks nobody; `/readyz`, which says whether the store answers.
pub fn health(backend: Backend, is_stopping: impl Fn() -> bool + Send + Sync + 'static) -> Router {
    let is_stopping = Arc::new(is_stopping);
    let ready = move || {
        let (backend, is_stopping) = (backend.clone(), Arc::clone(&is_stopping));
        async move { ready(&backend, is_stopping()).await }
    };
    Router::new().route("/healthz", get(|| async { "alive\n" })).route("/readyz", get(ready))
}

async fn ready(backend: &Backend, is_stopping: bool) -> (StatusCode, &'static str) {
    match tokio::time::timeout(READY_WITHIN, backend.rooms.list(None, 1)).await {
        Ok(Ok(_)) if !is_stopping => (StatusCode::OK, "ready\n"),
        Ok(Ok(_)) => (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"),
        Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
    }
}
