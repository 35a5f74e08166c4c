//! What the forms send.

use serde::Deserialize;

/// Name and password, for sign-up, sign-in and a guest who becomes an account.
#[derive(Deserialize)]
pub(super) struct SignForm {
    pub(super) name: String,
    pub(super) password: String,
    #[serde(default)]
    next: String,
}

impl SignForm {
    pub(super) fn next(&self) -> String {
        local_path(&self.next)
    }
}

#[derive(Deserialize)]
pub(super) struct GuestForm {
    #[serde(default)]
    next: String,
}

impl GuestForm {
    pub(super) fn next(&self) -> String {
        local_path(&self.next)
    }
}

#[derive(Deserialize)]
pub(super) struct SignOutForm {}

/// The colours that somebody chooses.
#[derive(Deserialize)]
pub(super) struct ThemeForm {
    pub(super) theme: Theme,
    #[serde(default)]
    next: String,
}

impl ThemeForm {
    pub(super) fn next(&self) -> String {
        match self.next.as_str() {
            "/account" => self.next.clone(),
            next => local_path(next),
        }
    }
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Theme {
    System,
    Light,
    Dark,
}

#[derive(Deserialize)]
pub(super) struct ResetForm {
    pub(super) name: String,
    pub(super) code: String,
    pub(super) password: String,
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    pub(super) old: String,
    pub(super) password: String,
}

/// A room's path, or the start page: a form never sends its reader elsewhere.
fn local_path(path: &str) -> String {
    let is_room = path
        .strip_prefix("/r/")
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'/'));
    if is_room { path.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(local_path("/r/general/42"), "/r/general/42");
        for bad in ["", "//evil.example", "https://evil.example", "/r/\\evil", "/r/a?b", "/x"] {
            assert_eq!(local_path(bad), "/", "{bad}");
        }
    }
}
