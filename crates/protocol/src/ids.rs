//! Names that programs give to things.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Field, Refusal, as_text::as_text, limits};

/// Makes a type of short text that is valid by construction: parsed once, cheap to clone.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $field:expr, $expected:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(#[cfg_attr(test, schemars(with = "String", length(min = 1, max = 32)))] Arc<str>);

        impl $name {
            #[doc = concat!("Takes ", $expected, ".")]
            ///
            /// # Errors
            /// [`Refusal::Invalid`] for anything else.
            pub fn parse(text: &str) -> Result<Self, Refusal> {
                let allowed: fn(u8) -> bool = $allowed;
                if text.is_empty() || text.len() > limits::ID_MAX || !text.bytes().all(allowed) {
                    return Err(Refusal::Invalid { field: $field, expected: $expected.to_owned() });
                }
                Ok(Self(text.into()))
            }
        }

        as_text!($name);
    };
}

id! {
    /// A room, and its address: `general` is at `/r/general`. It never changes, whatever the room is called later.
    RoomId, Field::Room, "1 to 32 of a-z, 0-9 and -",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'
}

id! {
    /// A person known to us, with an account or as a guest.
    MemberId, Field::Member, "1 to 32 of a-z and 0-9",
    |b| b.is_ascii_lowercase() || b.is_ascii_digit()
}

id! {
    /// The client's name for a draft; makes sending it again safe.
    Nonce, Field::Nonce, "1 to 32 of A-Z, a-z, 0-9, - and _",
    |b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'
}

/// A client's number for a request; the answer repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct RequestId(pub u32);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_id_is_what_fits_an_address() {
        assert!(RoomId::parse("rust-2026").is_ok());
        for bad in ["", "Rust", "a b", "a/b", "é", &"x".repeat(33)] {
            assert!(
                matches!(RoomId::parse(bad), Err(Refusal::Invalid { field: Field::Room, .. })),
                "{bad:?}"
            );
        }
    }
}
