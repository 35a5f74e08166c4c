//! The session that a request carries.

use http::{HeaderMap, header};

use chat::session::SessionToken;

/// The session's token as it was sent.
pub fn session_token(headers: &HeaderMap) -> Option<SessionToken> {
    let cookies = headers.get_all(header::COOKIE).into_iter();
    cookies.filter_map(|value| value.to_str().ok()).find_map(SessionToken::from_cookies)
}
