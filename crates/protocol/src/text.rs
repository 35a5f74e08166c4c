//! Texts that people write, within their limits.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};
#[cfg(not(target_family = "wasm"))]
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use crate::{Field, Refusal, as_text::as_text, limits, unicode};

/// Makes a type of text that people write: `tidy` puts it in order, then its length and letters are checked.
macro_rules! text {
    ($(#[$doc:meta])* $name:ident, $field:expr, $min:expr, $max:expr, $tidy:expr, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(test, derive(schemars::JsonSchema))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(#[cfg_attr(test, schemars(with = "String"))] Arc<str>);

        impl $name {
            /// Tidies and checks `text`.
            ///
            /// # Errors
            /// [`Refusal::TooShort`], [`Refusal::TooLong`] and [`Refusal::Invalid`] name the field and the limit.
            pub fn parse(text: &str) -> Result<Self, Refusal> {
                let tidy: fn(&str) -> String = $tidy;
                let text = tidy(text);
                check_length(text.chars().count(), $field, $min, $max)?;
                let allowed: fn(char) -> bool = $allowed;
                match text.chars().all(allowed) {
                    true => Ok(Self(text.into())),
                    false => Err(Refusal::Invalid {
                        field: $field,
                        expected: "no control characters and no invisible ones".to_owned(),
                    }),
                }
            }
        }

        as_text!($name);
    };
}

text! {
    /// What a message says: not blank, otherwise as it was written.
    MessageText, Field::Text, 1, limits::TEXT_MAX, as_written, |_| true
}

text! {
    /// What a member is called. Unique by its [`MemberName::key`].
    MemberName, Field::Name, limits::MEMBER_NAME_MIN, limits::MEMBER_NAME_MAX, one_line,
    |c| is_visible(c) && !joins(c)
}

text! {
    /// What a room is called.
    RoomName, Field::RoomName, 1, limits::ROOM_NAME_MAX, one_line, is_visible
}

text! {
    /// What a room is about; may be empty.
    Topic, Field::Topic, 0, limits::TOPIC_MAX, one_line, is_visible
}

impl MessageText {
    /// How long it is within a frame, where some letters are escaped.
    pub fn wire_bytes(&self) -> usize {
        let bytes = self.0.bytes().map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 2,
            0..0x20 => "\\u0000".len(),
            _ => 1,
        });
        bytes.sum()
    }
}

impl MemberName {
    /// What makes a name the same name: `Ada`, `ADA` and `Ａｄａ` have one key.
    pub fn key(&self) -> String {
        unicode::folded(&self.0)
    }
}

impl RoomName {
    /// What lists are sorted by.
    pub fn key(&self) -> String {
        unicode::folded(&self.0)
    }

    /// The address that a public room of this name gets: its letters a-z and digits, other runs as one `-`.
    /// None where nothing is left, as with a name in another script.
    #[cfg(not(target_family = "wasm"))]
    pub fn slug(&self) -> Option<String> {
        let folded = self.0.nfkd().flat_map(char::to_lowercase);
        let mut slug = String::new();
        for c in folded.filter(|c| !is_combining_mark(*c)) {
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                _ if slug.is_empty() || slug.ends_with('-') => {}
                _ => slug.push('-'),
            }
        }
        slug.truncate(limits::ID_MAX);
        let slug = slug.trim_end_matches('-');
        (!slug.is_empty()).then(|| slug.to_owned())
    }
}

/// A password as it was typed. Never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Checks the length. Spaces count, nothing is trimmed.
    ///
    /// # Errors
    /// [`Refusal::TooShort`] and [`Refusal::TooLong`].
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let n_scalars = text.chars().count();
        check_length(n_scalars, Field::Password, limits::PASSWORD_MIN, limits::PASSWORD_MAX)?;
        Ok(Self(text.to_owned()))
    }

    /// The password itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// The code that resets a password: 20 letters and digits, shown once in groups of four. Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl RecoveryCode {
    /// The letters of a code: none that is mistaken for another (no I, L, O, U). Source: Crockford's Base32.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const LEN: usize = 20;

    /// Makes a code of random bytes.
    pub fn from_random(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes.iter().map(|byte| char::from(Self::ALPHABET[usize::from(byte % 32)])).collect())
    }

    /// Takes a code as people type it: in any case, with spaces and hyphens, with O for 0 and I or L for 1.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it cannot be a code.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let code: String = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != '-')
            .map(|c| match c.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect();
        let is_code = code.len() == Self::LEN && code.bytes().all(|b| Self::ALPHABET.contains(&b));
        match is_code {
            true => Ok(Self(code)),
            false => Err(Refusal::Invalid {
                field: Field::RecoveryCode,
                expected: "20 letters and digits".to_owned(),
            }),
        }
    }

    /// The code without its groups, as it is hashed.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The code in groups of four, as it is shown.
    pub fn grouped(&self) -> String {
        let groups: Vec<&str> = (0..Self::LEN).step_by(4).map(|at| &self.0[at..at + 4]).collect();
        groups.join("-")
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

fn as_written(text: &str) -> String {
    match text.trim().is_empty() {
        true => String::new(),
        false => text.to_owned(),
    }
}

/// NFC, with each run of white space as one space and none at the ends.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    unicode::nfc(&words.join(" "))
}

/// Joiners shape Persian words and make one emoji of several; between Latin letters they are invisible.
fn joins(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

/// Not a control character, nor one that hides or reorders its neighbours: names must look like what they are.
fn is_visible(c: char) -> bool {
    let hides = matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}'
        | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}');
    !c.is_control() && !hides
}

fn check_length(n_scalars: usize, field: Field, min: usize, max: usize) -> Result<(), Refusal> {
    match n_scalars {
        n if n < min => Err(Refusal::TooShort { field, limit: min }),
        n if n > max => Err(Refusal::TooLong { field, limit: max }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_of_the_limit_is_taken_and_one_more_is_not() {
        assert!(MessageText::parse(&"😀".repeat(limits::TEXT_MAX)).is_ok());
        assert_eq!(
            MessageText::parse(&"a".repeat(limits::TEXT_MAX + 1)),
            Err(Refusal::TooLong { field: Field::Text, limit: limits::TEXT_MAX })
        );
    }

    #[test]
    fn a_blank_text_is_refused_and_another_kept_as_written() {
        assert_eq!(MessageText::parse(" \n\t"), Err(Refusal::TooShort { field: Field::Text, limit: 1 }));
        assert_eq!(MessageText::parse("  indented\n").unwrap().as_str(), "  indented\n");
    }

    #[test]
    fn what_a_text_takes_on_the_wire_is_what_its_frame_has_of_it() {
        for text in ["hi", "\"\\\n\r\t\u{8}\u{C}", "\u{1}\u{1F}\u{7F}", "é😀"] {
            let text = MessageText::parse(text).unwrap();
            assert_eq!(text.wire_bytes(), serde_json::to_string(&text).unwrap().len() - 2, "{text}");
        }
    }

    #[test]
    fn names_that_look_alike_are_one_name() {
        let key = |name: &str| MemberName::parse(name).unwrap().key();

        assert_eq!(key("Ada"), key("ADA"));
        assert_eq!(key("Ａｄａ"), key("ada"));
        assert_eq!(key("  Ada   Lovelace "), key("ada lovelace"));
        assert_ne!(key("Ada"), key("Adam"));
    }

    #[test]
    fn a_name_hides_nothing() {
        for bad in ["a\u{202E}b", "a\u{200B}b", "a\u{200D}b", "a\u{0000}b", "ab\u{FEFF}", "\u{3164}\u{3164}"]
        {
            assert!(
                matches!(MemberName::parse(bad), Err(Refusal::Invalid { field: Field::Name, .. })),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_slug_is_a_room_id() {
        let slug = |name: &str| RoomName::parse(name).unwrap().slug();

        assert_eq!(slug("Café & Bar!").as_deref(), Some("cafe-bar"));
        assert_eq!(slug("Рыбалка"), None);
        assert_eq!(slug("C++ 20").as_deref(), Some("c-20"));
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = RecoveryCode::from_random([1; 20]);

        assert_eq!(code.grouped(), "1111-1111-1111-1111-1111");
        assert_eq!(RecoveryCode::parse(" illL-1111 1111-1111-1111").unwrap(), code);
    }

    proptest! {
        #[test]
        fn any_slug_parses_as_a_room_id(name in "\\PC{1,48}") {
            let slug = RoomName::parse(&name).ok().and_then(|name| name.slug());
            prop_assert!(slug.is_none_or(|slug| crate::RoomId::parse(&slug).is_ok()));
        }

        #[test]
        fn tidying_twice_changes_nothing(name in "\\PC{2,32}") {
            if let Ok(once) = MemberName::parse(&name) {
                prop_assert_eq!(MemberName::parse(once.as_str()).unwrap(), once);
            }
        }
    }
}
