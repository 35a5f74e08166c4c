//! Passwords and recovery codes, as the store keeps them.

use std::fmt;

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc},
};
use protocol::{Password, RecoveryCode};
use sha2::{Digest, Sha256};

/// An Argon2id hash in PHC form, with its salt and cost. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Hashes a password: some 20 ms and 19 MiB of work. Source of the cost: OWASP's Password Storage Cheat Sheet
    /// (19 MiB, 2 passes, 1 lane), which is the crate's default.
    pub fn of(password: &Password, salt: [u8; 16]) -> Self {
        let hash: phc::PasswordHash = Argon2::default()
            .hash_password_with_salt(password.reveal().as_bytes(), &salt)
            .expect("lengths and cost are within Argon2's bounds");
        Self(hash.to_string())
    }

    /// Takes a hash from the store.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The hash for the store.
    pub fn as_stored(&self) -> &str {
        &self.0
    }

    /// Whether this is the hash of a password. As much work as [`PasswordHash::of`].
    pub fn is_of(&self, password: &Password) -> bool {
        phc::PasswordHash::new(&self.0)
            .is_ok_and(|hash| Argon2::default().verify_password(password.reveal().as_bytes(), &hash).is_ok())
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// The SHA-256 of a recovery code. A code has 100 random bits, so that a slow hash would add nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct CodeHash(String);

impl CodeHash {
    /// Hashes a code.
    pub fn of(code: &RecoveryCode) -> Self {
        Self(sha256_hex(code.reveal().as_bytes()))
    }

    /// Takes a hash from the store.
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The hash for the store.
    pub fn as_stored(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash(…)")
    }
}

pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("writing to a String cannot fail");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_password_itself_fits_its_hash() {
        let password = Password::parse("correct horse").unwrap();
        let other = Password::parse("correct Horse").unwrap();

        let hash = PasswordHash::of(&password, [7; 16]);

        assert!(hash.as_stored().starts_with("$argon2id$"));
        assert!(hash.is_of(&password));
        assert!(!hash.is_of(&other));
    }

    #[test]
    fn no_secret_is_shown() {
        let hash = PasswordHash::from_stored("$argon2id$secret".to_owned());
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
    }
}
