//! What the forms send.

use serde::Deserialize;

use chat::{
    invite::{InviteKey, InviteToken},
    ports::Legacy,
};
use protocol::Refusal;

use crate::room::search::PATH;

/// Name and password, for sign-up, sign-in and a guest who becomes an account.
#[derive(Deserialize)]
pub(super) struct SignForm {
    pub(super) name: String,
    pub(super) password: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    invite: String,
}

impl SignForm {
    pub(super) fn next(&self) -> String {
        local_path(&self.next)
    }

    /// The page to go on to once there was something else to see; none for the start page.
    pub(super) fn then(&self) -> Option<String> {
        then(&self.next)
    }

    /// The invitation that one comes by, if one does.
    ///
    /// # Errors
    /// [`Refusal::NoSuchInvite`] for what cannot be one.
    pub(super) fn invitation(&self) -> Result<Option<InviteKey>, Refusal> {
        match self.invite.as_str() {
            "" => Ok(None),
            invite => Ok(Some(InviteToken::parse(invite).ok_or(Refusal::NoSuchInvite)?.key())),
        }
    }

    /// What comes back with the form.
    pub(super) fn typed(&self) -> Vec<(&str, &str)> {
        said([("name", &self.name), ("next", &self.next), ("invite", &self.invite)])
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

    /// What comes back with the form.
    pub(super) fn typed(&self) -> Vec<(&str, &str)> {
        said([("next", &self.next)])
    }
}

#[derive(Deserialize)]
pub(super) struct SignOutForm {}

#[derive(Deserialize)]
pub(in crate::server) struct JoinForm {}

#[derive(Deserialize)]
pub(super) struct NameForm {
    pub(super) name: String,
}

#[derive(Deserialize)]
pub(super) struct SessionForm {
    /// The session's key as the page has it.
    pub(super) session: String,
}

#[derive(Deserialize)]
pub(super) struct SessionsForm {}

/// Who goes says so by their name.
#[derive(Deserialize)]
pub(in crate::server) struct DeleteForm {
    pub(super) confirm: String,
    /// None from a guest.
    #[serde(default)]
    pub(super) password: String,
    pub(super) legacy: LegacyChoice,
}

/// What is to become of one's messages.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LegacyChoice {
    Stays,
    Goes,
}

impl LegacyChoice {
    /// As the form has it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stays => "stays",
            Self::Goes => "goes",
        }
    }

    /// Where it is said what was done.
    pub(super) fn said_at(self) -> &'static str {
        match self {
            Self::Stays => "/account?done=gone",
            Self::Goes => "/account?done=erased",
        }
    }
}

impl From<LegacyChoice> for Legacy {
    fn from(choice: LegacyChoice) -> Self {
        match choice {
            LegacyChoice::Stays => Self::Stays,
            LegacyChoice::Goes => Self::Goes,
        }
    }
}

/// The colours that somebody chooses.
#[derive(Deserialize)]
pub(super) struct ThemeForm {
    pub(super) theme: Theme,
    #[serde(default)]
    next: String,
}

impl ThemeForm {
    pub(super) fn next(&self) -> String {
        local_path(&self.next)
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
    #[serde(default)]
    next: String,
}

impl ResetForm {
    /// The page to go on to once the new code was seen; none for the start page.
    pub(super) fn then(&self) -> Option<String> {
        then(&self.next)
    }

    /// What comes back with the form.
    pub(super) fn typed(&self) -> Vec<(&str, &str)> {
        said([("name", &self.name), ("next", &self.next)])
    }
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    pub(super) old: String,
    pub(super) password: String,
}

/// The path of a room or its settings, of all rooms, one's account, an invitation, a search, or the start page: a form
/// never sends its reader elsewhere.
pub(crate) fn local_path(path: &str) -> String {
    let is_room = path
        .strip_prefix("/r/")
        .or_else(|| path.strip_prefix("/room/"))
        .is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'/'));
    let is_invitation = path.strip_prefix("/join/").is_some_and(|token| InviteToken::parse(token).is_some());
    let is_search = path
        .strip_prefix(PATH)
        .is_some_and(|rest| rest.is_empty() || (rest.starts_with('?') && is_query(rest)));
    let is_page = matches!(path, "/rooms" | "/account" | "/account/delete");
    if is_room || is_invitation || is_search || is_page { path.to_owned() } else { "/".to_owned() }
}

fn then(next: &str) -> Option<String> {
    Some(local_path(next)).filter(|next| next != "/")
}

/// The fields that say something.
fn said<'a, const N: usize>(fields: [(&'a str, &'a String); N]) -> Vec<(&'a str, &'a str)> {
    fields.into_iter().filter(|(_, text)| !text.is_empty()).map(|(name, text)| (name, &**text)).collect()
}

/// Whether all of it may stand in an address as it is.
fn is_query(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"?&=%+-_.~!*'()".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere() {
        assert_eq!(local_path("/r/general/42"), "/r/general/42");
        for ours in
            ["/rooms", "/search", "/search?q=a%20b&by=newest", "/room/general", "/account", "/account/delete"]
        {
            assert_eq!(local_path(ours), ours);
        }
        let invitation = format!("/join/{}", "0a".repeat(16));
        assert_eq!(local_path(&invitation), invitation);
        for bad in [
            "",
            "//evil.example",
            "https://evil.example",
            "/r/\\evil",
            "/r/a?b",
            "/room/../x",
            "/room/a?b",
            "/account/sign-out",
            "/x",
            "/join/",
            "/join/../x",
            "/roomservice",
            "/searchlight",
            "/search?q=a b",
            "/search?q=a\r\nSet-Cookie:",
        ] {
            assert_eq!(local_path(bad), "/", "{bad}");
        }
    }
}
