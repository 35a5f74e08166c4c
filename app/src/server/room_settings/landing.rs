//! Where a form of a room ends: on the room's page, or elsewhere when the room is closed to its sender.

use axum::response::Response;
use cookie::time::Duration;
use http::request::Parts;

use chat::invite::InviteToken;
use protocol::{Refusal, RoomId};

use super::super::{
    Site,
    accounts::cookie_of_ours,
    landing::{Back, landed, refused},
};

/// Shows an invitation's link once: read by its room's page only, gone after five minutes.
pub(in crate::server) const INVITE_COOKIE: &str = "hubbub_invite";

/// What a form came to.
pub(super) enum Landing {
    /// It was done, which its page says.
    OnPage,
    /// An invitation was made, whose link its page shows.
    WithInvitation(InviteToken),
    /// It was done, and its page is the sender's no longer.
    Elsewhere,
}

/// Makes the answer to a form of a room, which stands in a section of the room's page.
pub(super) fn answer(
    site: &Site,
    (parts, room): (&Parts, &RoomId),
    (form, section): (&str, &str),
    typed: &[(&str, &str)],
    done: Result<Landing, Refusal>,
) -> Response {
    let page = format!("/room/{room}");
    match done {
        Ok(Landing::OnPage) => landed(Vec::new(), &format!("{page}?done={form}#{section}")),
        Ok(Landing::WithInvitation(token)) => {
            let value = format!("{room}.{}", token.reveal());
            let cookie = cookie_of_ours(site, INVITE_COOKIE, &value, Duration::minutes(5));
            landed(vec![cookie], &format!("{page}#invitation-link"))
        }
        Ok(Landing::Elsewhere) => landed(Vec::new(), "/rooms"),
        Err(refusal) => {
            let typed: Vec<_> = [("form", form)].into_iter().chain(typed.iter().copied()).collect();
            refused(parts, &Back { page: &page, section: Some(section), typed: &typed }, refusal)
        }
    }
}

/// The token that a cookie of ours brings to a room's page.
pub(super) fn token_for(room: &RoomId, cookie: &str) -> Option<InviteToken> {
    let (of, token) = cookie.split_once('.')?;
    InviteToken::parse(token).filter(|_| of == room.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_shown_on_its_own_rooms_page() {
        let room = |id| RoomId::parse(id).unwrap();
        let token = "ab".repeat(16);

        assert!(token_for(&room("den"), &format!("den.{token}")).is_some());
        assert!(token_for(&room("nook"), &format!("den.{token}")).is_none());
        assert!(token_for(&room("den"), "den.<script>").is_none());
    }
}
