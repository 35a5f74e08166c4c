//! What an invitation is proved by: a random token in its link, of which we keep the hash.

use std::fmt;

use crate::secrets::{hex, sha256_hex};

/// An invitation's secret: 16 random bytes in hexadecimal. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteToken(String);

impl InviteToken {
    /// Makes a token of random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(hex(&bytes))
    }

    /// Reads a token as it stands in a link; none for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_token =
            text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        is_token.then(|| Self(text.to_owned()))
    }

    /// The token for the link.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Under which the store keeps the invitation.
    pub fn key(&self) -> InviteKey {
        InviteKey(sha256_hex(self.0.as_bytes()))
    }
}

impl fmt::Debug for InviteToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InviteToken(…)")
    }
}

/// The SHA-256 of a token in hexadecimal: who has it cannot come by the invitation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InviteKey(String);

impl InviteKey {
    /// Takes a key from the store, or from a form.
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
    fn a_token_is_read_back_from_its_link() {
        let token = InviteToken::from_random([0xAB; 16]);

        assert_eq!(InviteToken::parse(token.reveal()), Some(token));
        for bad in ["", "abc", &"AB".repeat(16), &"g".repeat(32), &"a".repeat(33)] {
            assert_eq!(InviteToken::parse(bad), None, "{bad}");
        }
    }
}
