//! Where a form ends: a redirect with its cookies, or back at the form with what was wrong.

use axum::{
    Json,
    response::{AppendHeaders, IntoResponse as _, Redirect, Response},
};
use cookie::{Cookie, SameSite, time::Duration};
use http::{header, request::Parts};

use chat::session::{COOKIE, LIFETIME, SessionToken};
use protocol::{RecoveryCode, Refusal, wire};

use super::{
    super::{Site, status},
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

    /// Signed in, with a recovery code to show.
    pub(super) fn with_code(token: SessionToken, code: RecoveryCode) -> Self {
        Self { session: Change::Begin(token), code: Some(code), to: "/welcome".to_owned() }
    }

    pub(super) fn signed_out() -> Self {
        Self { session: Change::End, code: None, to: "/".to_owned() }
    }

    pub(super) fn password_changed() -> Self {
        Self { session: Change::None, code: None, to: "/account?done=password".to_owned() }
    }
}

/// The page that a form stands on.
#[derive(Clone, Copy)]
pub(super) enum Page {
    SignUp,
    SignIn,
    Reset,
    Account,
}

impl Page {
    fn path(self) -> &'static str {
        match self {
            Self::SignUp => "/sign-up",
            Self::SignIn => "/sign-in",
            Self::Reset => "/reset",
            Self::Account => "/account",
        }
    }
}

/// Makes the answer. What was typed as `name` comes back with a refusal; passwords and codes never do.
pub(super) fn answer(
    site: &Site,
    parts: &Parts,
    page: Page,
    name: &str,
    done: Result<Landing, Refusal>,
) -> Response {
    let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let wants_page = accept.is_some_and(|accept| accept.contains("text/html"));
    let landing = match done {
        Ok(landing) => landing,
        Err(refusal) if wants_page => {
            let query = [("problem", wire::encode(&refusal)), ("name", name.to_owned())];
            let query = serde_urlencoded::to_string(query).expect("pairs of texts are a query");
            return Redirect::to(&format!("{}?{query}", page.path())).into_response();
        }
        Err(refusal) => return (status::of(&refusal), Json(refusal)).into_response(),
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
    let cookies = AppendHeaders(cookies.into_iter().map(|it| (header::SET_COOKIE, it)));
    (cookies, Redirect::to(&landing.to)).into_response()
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
