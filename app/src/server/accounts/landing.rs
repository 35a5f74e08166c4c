//! Where a form ends: a redirect with its cookies, or back at the form with what was wrong.

use axum::response::{IntoResponse as _, Redirect, Response};
use cookie::{Cookie, SameSite, time::Duration};
use http::{header, request::Parts};

use chat::{
    invite::InviteToken,
    session::{COOKIE, LIFETIME, SessionToken},
};
use protocol::{RecoveryCode, Refusal, RoomId};

use super::{
    super::{
        Site,
        landing::{Back, landed, refused},
    },
    forms::Theme,
};

/// Shows a recovery code once: read by `/welcome` only, gone after five minutes.
pub(in crate::server) const CODE_COOKIE: &str = "hubbub_code";

/// What a form came to.
pub(super) struct Landing {
    session: Change,
    code: Option<RecoveryCode>,
    to: String,
}

enum Change {
    None,
    Begin(SessionToken),
    End,
}

impl Landing {
    /// Signed in, at a page.
    pub(super) fn at(token: SessionToken, to: String) -> Self {
        Self { session: Change::Begin(token), code: None, to }
    }

    /// Signed in, with a recovery code to show, and perhaps a page to go on to.
    pub(super) fn with_code(token: SessionToken, code: RecoveryCode, next: Option<String>) -> Self {
        let next = next
            .map(|next| serde_urlencoded::to_string([("next", next)]).expect("a pair of texts is a query"));
        let to = next.map_or_else(|| "/welcome".to_owned(), |next| format!("/welcome?{next}"));
        Self { session: Change::Begin(token), code: Some(code), to }
    }

    /// Signed out, at a page.
    pub(super) fn signed_out(to: &str) -> Self {
        Self { session: Change::End, code: None, to: to.to_owned() }
    }

    /// Back on the page of the account, which says what was done.
    pub(super) fn at_account(done: &str) -> Self {
        Self { session: Change::None, code: None, to: format!("/account?done={done}") }
    }

    /// In a room.
    pub(super) fn in_room(room: &RoomId) -> Self {
        Self { session: Change::None, code: None, to: format!("/r/{room}") }
    }
}

/// The page that a form stands on.
#[derive(Clone, Copy)]
pub(super) enum Page<'a> {
    SignUp,
    SignIn,
    Reset,
    /// The account's, with the form's name: there are several.
    Account(&'a str),
    Delete,
    /// An invitation's; none where its link is not whole.
    Invitation(Option<&'a InviteToken>),
}

impl Page<'_> {
    fn path(self) -> String {
        match self {
            Self::SignUp => "/sign-up".to_owned(),
            Self::SignIn => "/sign-in".to_owned(),
            Self::Reset => "/reset".to_owned(),
            Self::Account(_) => "/account".to_owned(),
            Self::Delete => "/account/delete".to_owned(),
            Self::Invitation(token) => format!("/join/{}", token.map_or("unknown", InviteToken::reveal)),
        }
    }
}

/// Makes the answer. What was typed comes back with a refusal.
pub(super) fn answer(
    site: &Site,
    parts: &Parts,
    page: Page<'_>,
    typed: &[(&str, &str)],
    done: Result<Landing, Refusal>,
) -> Response {
    let landing = match done {
        Ok(landing) => landing,
        Err(refusal) => {
            let form = match page {
                Page::Account(form) => Some(("form", form)),
                _ => None,
            };
            let typed: Vec<_> = typed.iter().copied().chain(form).collect();
            return refused(parts, &Back { page: &page.path(), section: None, typed: &typed }, refusal);
        }
    };
    let mut cookies = Vec::new();
    match &landing.session {
        Change::None => {}
        Change::Begin(token) => {
            let age = Duration::try_from(LIFETIME).expect("a month fits");
            cookies.push(cookie_of_ours(site, COOKIE, token.reveal(), age));
        }
        Change::End => cookies.push(cookie_of_ours(site, COOKIE, "", Duration::ZERO)),
    }
    if let Some(code) = &landing.code {
        cookies.push(cookie_of_ours(site, CODE_COOKIE, &code.grouped(), Duration::minutes(5)));
    }
    landed(cookies, &landing.to)
}

/// Remembers the colours that somebody chose. The page's own switch does the same by script, so scripts may read it.
pub(super) fn with_theme(site: &Site, theme: Theme, to: &str) -> Response {
    let (value, age) = match theme {
        Theme::System => ("", Duration::ZERO),
        Theme::Light => ("light", Duration::days(365)),
        Theme::Dark => ("dark", Duration::days(365)),
    };
    let cookie = Cookie::build(("theme", value)).path("/").same_site(SameSite::Lax).max_age(age);
    let cookie = cookie.secure(site.edge.is_https()).build().to_string();
    ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
}

/// A cookie that no script reads and no other site's form sends.
pub(in crate::server) fn cookie_of_ours(site: &Site, name: &str, value: &str, age: Duration) -> String {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(site.edge.is_https())
        .max_age(age)
        .build()
        .to_string()
}
