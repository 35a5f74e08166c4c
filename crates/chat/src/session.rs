//! How a browser proves who it is: a random token in a cookie, of which we keep the hash.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::secrets::{hex, sha256_hex};

/// The cookie that page, socket and search share. HttpOnly, SameSite=Lax, and Secure where the origin is https.
pub const COOKIE: &str = "hubbub_session";
/// A session ends when it was not used for this long. Use moves its end, at most once a day.
pub const LIFETIME: Duration = Duration::from_hours(24 * 30);

/// A session's secret: 32 random bytes in hexadecimal. Only its owner's browser keeps it; not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(String);

impl SessionToken {
    /// Makes a token of random bytes.
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(hex(&bytes))
    }

    /// Finds the token in the value of a `Cookie` header.
    pub fn from_cookies(header: &str) -> Option<Self> {
        header.split(';').find_map(|pair| {
            let value = pair.trim().strip_prefix(COOKIE)?.strip_prefix('=')?;
            let is_token = value.len() == 64 && value.bytes().all(|b| b.is_ascii_hexdigit());
            is_token.then(|| Self(value.to_owned()))
        })
    }

    /// The token for the cookie.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Under which the store keeps the session.
    pub fn key(&self) -> SessionKey {
        SessionKey(sha256_hex(self.0.as_bytes()))
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(…)")
    }
}

/// The SHA-256 of a token in hexadecimal: who has it cannot be the session.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionKey(String);

impl SessionKey {
    /// Takes a key from the store.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The key for the store.
    pub fn as_stored(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_among_other_cookies() {
        let token = SessionToken::from_random([0xAB; 32]);
        let header = format!("tz=Europe/Berlin; {COOKIE}={}; theme=dark", token.reveal());

        assert_eq!(SessionToken::from_cookies(&header), Some(token));
    }

    #[test]
    fn what_cannot_be_a_token_is_none() {
        for header in ["", "hubbub_session=", "hubbub_session=abc", "xhubbub_session=1", "hubbub_sessionx=1"]
        {
            assert_eq!(SessionToken::from_cookies(header), None, "{header}");
        }
    }
}
