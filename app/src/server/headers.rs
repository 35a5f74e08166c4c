//! What every answer says, and what every request that changes something must say.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use leptos::nonce::Nonce;

use super::Site;

/// Refuses to change anything on behalf of another site's page.
pub(super) async fn same_origin(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let origin = request.headers().get(header::ORIGIN).and_then(|value| value.to_str().ok());
    if changes && !site.edge.allows(origin) {
        return (StatusCode::FORBIDDEN, "This request comes from another site's page.\n").into_response();
    }
    next.run(request).await
}

/// Pages are made for one reader and are never kept.
pub(super) async fn pages(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; base-uri 'none'"));
    response
}

/// For how long a browser that came by https comes by nothing else: a year.
const STRICT: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What no answer is without.
pub(super) async fn everywhere(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    const HEADERS: [(&str, &str); 4] = [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if site.edge.is_https() {
        response.headers_mut().insert(header::STRICT_TRANSPORT_SECURITY, STRICT);
    }
    response
}

/// The policy of a page: only our own scripts and those that carry the nonce, nothing inline.
pub(crate) fn content_security_policy(nonce: &Nonce, is_watched: bool) -> String {
    // `cargo leptos watch` reloads the page through a socket of its own.
    let watch = if is_watched { " ws://127.0.0.1:3001 ws://localhost:3001" } else { "" };
    format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'nonce-{nonce}'; style-src 'self'; \
         connect-src 'self'{watch}; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'"
    )
}
