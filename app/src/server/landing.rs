//! Where a form ends: a redirect with its cookies, or back at the form with what was wrong.

use axum::{
    Json,
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use http::{header, request::Parts};

use protocol::{Refusal, wire};

/// As much of each field comes back with a refused form: more than any field takes, and little enough for an address.
const TYPED_MAX: usize = 300;

/// A form that was refused: where it stands, and what was typed.
pub(super) struct Back<'a> {
    /// The page that it stands on.
    pub(super) page: &'a str,
    /// Where on the page, if not at its top.
    pub(super) section: Option<&'a str>,
    /// What comes back with it. Passwords and codes never do.
    pub(super) typed: &'a [(&'a str, &'a str)],
}

/// Brings the reader back to the form. Programs, which do not ask for a page, get the refusal itself.
pub(super) fn refused(parts: &Parts, back: &Back<'_>, refusal: Refusal) -> Response {
    let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    if !accept.is_some_and(|accept| accept.contains("text/html")) {
        return (process::status(&refusal), Json(refusal)).into_response();
    }
    let typed = back.typed.iter().map(|(name, text)| (*name, text.chars().take(TYPED_MAX).collect()));
    let query: Vec<(&str, String)> = [("problem", wire::encode(&refusal))].into_iter().chain(typed).collect();
    let query = serde_urlencoded::to_string(query).expect("pairs of texts are a query");
    let section = back.section.map(|section| format!("#{section}")).unwrap_or_default();
    Redirect::to(&format!("{}?{query}{section}", back.page)).into_response()
}

/// Sends the reader on, with cookies to set.
pub(super) fn landed(cookies: Vec<String>, to: &str) -> Response {
    let cookies = AppendHeaders(cookies.into_iter().map(|it| (header::SET_COOKIE, it)));
    (cookies, Redirect::to(to)).into_response()
}
