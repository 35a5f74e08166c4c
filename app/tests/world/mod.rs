//! The pages on a store in memory, asked without a network.

#![expect(dead_code, unreachable_pub, reason = "each file of tests uses a part of this")]
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

pub mod invitations;
pub mod rooms;

use std::sync::Arc;

use app::{Assets, Config, Site};
use axum::{Router, body::Body};
use backend::{Backend, Edge};
use chat::{
    accounts,
    ports::{Draft, RoomLog as _},
};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use leptos::config::LeptosOptions;
use protocol::{MemberId, MemberName, MessageText, Nonce, Person, RoomId, Sequence, Timestamp};
use tower::ServiceExt as _;

pub const ORIGIN: &str = "http://127.0.0.1:3000";
/// 2025-11-03 13:05:09 UTC.
const NOW_MS: u64 = 1_762_175_109_000;
pub const PASSWORD: &str = "correct horse battery";

#[derive(Clone)]
pub struct World {
    pub backend: Backend,
    router: Router,
}

/// What came back.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

pub async fn fresh_world() -> World {
    fresh_world_with(Config::default()).await
}

pub async fn fresh_world_with(config: Config) -> World {
    world_on(Backend::in_memory(), config).await
}

pub async fn world_on(backend: Backend, config: Config) -> World {
    world_behind(Edge::local(3000), backend, config).await
}

pub async fn world_behind(edge: Edge, backend: Backend, config: Config) -> World {
    accounts::found(&backend.rooms, Timestamp(1)).await.unwrap();
    let options = LeptosOptions::builder().output_name("hubbub").site_root("no-site").build();
    let site = Site::new(backend.clone(), edge, config, Assets { options, build: "test".to_owned() });
    World { router: app::router(Arc::new(site)), backend }
}

impl World {
    pub async fn get(&self, path: &str) -> Reply {
        self.get_as("", path).await
    }

    pub async fn get_as(&self, cookies: &str, path: &str) -> Reply {
        let request = Request::get(path).header(header::COOKIE, cookies).body(Body::empty()).unwrap();
        self.ask(request).await
    }

    /// Sends a form as a browser does, from one of our pages.
    pub async fn post(&self, cookies: &str, path: &str, form: &[(&str, &str)]) -> Reply {
        self.post_from(Some(ORIGIN), cookies, path, form).await
    }

    pub async fn post_from(
        &self,
        origin: Option<&str>,
        cookies: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Reply {
        let mut request = Request::post(path)
            .header(header::COOKIE, cookies)
            .header(header::ACCEPT, "text/html")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        let form = serde_urlencoded::to_string(form).unwrap();
        self.ask(request.body(Body::from(form)).unwrap()).await
    }

    /// Sends a form as a program does, which asks for no page.
    pub async fn post_as_program(&self, cookies: &str, path: &str, form: &[(&str, &str)]) -> Reply {
        let request = Request::post(path)
            .header(header::COOKIE, cookies)
            .header(header::ORIGIN, ORIGIN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let form = serde_urlencoded::to_string(form).unwrap();
        self.ask(request.body(Body::from(form)).unwrap()).await
    }

    /// Signs up; gives the cookies that came.
    pub async fn sign_up(&self, name: &str) -> String {
        self.post("", "/account/sign-up", &[("name", name), ("password", PASSWORD)]).await.cookies()
    }

    /// Signs in; gives the cookies that came, which are none where it failed.
    pub async fn sign_in(&self, name: &str, password: &str) -> String {
        self.post("", "/account/sign-in", &[("name", name), ("password", password)]).await.cookies()
    }

    /// The recovery code, as the page after the form shows it.
    pub async fn code_shown(&self, cookies: &str) -> Option<String> {
        let page = self.get_as(cookies, "/welcome").await.body;
        let (_, code) = page.split_once("<code")?;
        let (_, code) = code.split_once('>')?;
        Some(code.split_once('<')?.0.to_owned())
    }

    /// Whom a page greets.
    pub async fn is_signed_in(&self, cookies: &str, name: &str) -> bool {
        self.get_as(cookies, "/account").await.body.contains(name)
    }

    pub async fn write(&self, room: &str, text: &str) {
        let author = Person {
            id: accounts::member_id([7; 16]),
            name: MemberName::parse("Grace").unwrap(),
            guest: false,
        };
        let backend = &self.backend;
        // Taken already, from the second message on.
        let _ = accounts::admit(
            &backend.members,
            &backend.memberships,
            &backend.log,
            (&author, None),
            Timestamp(1),
        )
        .await;
        self.write_as(author.id, room, text).await;
    }

    pub async fn write_as(&self, author: MemberId, room: &str, text: &str) {
        let room = RoomId::parse(room).unwrap();
        let backend = &self.backend;
        let head = backend.log.heads(&room).await.unwrap().messages;
        let draft = Draft {
            author,
            nonce: Nonce::parse(&format!("n{head}")).unwrap(),
            text: MessageText::parse(text).unwrap(),
        };
        backend.log.append(&room, head, Timestamp(NOW_MS), &[draft]).await.unwrap();
        assert_eq!(backend.log.heads(&room).await.unwrap().messages, Sequence(head.0 + 1));
    }

    async fn ask(&self, request: Request<Body>) -> Reply {
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Reply {
            status: parts.status,
            headers: parts.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
        }
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn location(&self) -> &str {
        self.header("location")
    }

    /// The cookies that were set, as a browser sends them back.
    pub fn cookies(&self) -> String {
        let cookies = self.headers.get_all(header::SET_COOKIE).into_iter();
        let pairs = cookies.map(|it| it.to_str().unwrap().split(';').next().unwrap());
        pairs.collect::<Vec<_>>().join("; ")
    }
}
