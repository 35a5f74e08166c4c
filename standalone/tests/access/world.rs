//! One server for all histories: pages and sockets on a store in memory, without limits that a test would meet.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use tower::ServiceExt as _;

use app::{Assets, Site};
use backend::{Backend, Edge, Following, Settings};
use bench::crowd::{self, Member};
use chat::{
    accounts,
    ports::{Bus as _, Draft, NodeId, RoomLog as _},
    rooms::{self, News},
    session::{COOKIE, SessionToken},
};
use protocol::{MemberName, MessageText, Nonce, Person, RoomId, RoomInfo, RoomName, Sequence, Topic};
use rand::{RngExt as _, rngs::StdRng};
use socket_server::Service;

use crate::ways::{self, Way};

/// What was said is found within this time, on a machine that is busy.
const FOUND_WITHIN: Duration = Duration::from_secs(10);

pub(crate) struct World {
    pub(crate) addr: SocketAddr,
    pub(crate) backend: Backend,
    pages: Router,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with settings by their names.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        let backend = Backend::in_memory();
        accounts::found(&backend.rooms, crowd::now()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let get = |name: &str| {
            let rates = ["SENDS", "JOINS", "ROOMS", "REQUESTS", "ADMIN_ACTS", "SEARCHES"];
            let is_rate = rates.iter().any(|rate| name == format!("HUBBUB_{rate}"));
            let is_count = name == "HUBBUB_CONNECTIONS_PER_ADDRESS";
            let set = settings.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
            let wide = is_rate.then_some("100000/100000").or(is_count.then_some("100000"));
            set.or_else(|| wide.map(str::to_owned))
        };
        let mut read = Settings::new(&get);
        let socket = socket_server::Config::read(&mut read);
        let app = app::Config::read(&mut read);
        let search = search::Config::read(&mut read);
        let edge = Edge::read(&mut read).listening_on(addr.port());
        read.finish().unwrap();
        let build = "test".to_owned();
        let service =
            Service::start(NodeId::from_random(1), backend.clone(), edge.clone(), socket, build.clone());
        let router = socket_server::router(service);
        // Ends with the test.
        tokio::spawn(process::serve(listener, router, process::Peers::Proxies, std::future::pending()));
        let site = Site::new(backend.clone(), edge, app, Assets { build, ..Assets::of_this_program() });
        if let Some(Following { feed, index }) = backend.following.clone() {
            tokio::spawn(async move { indexer::follow(&feed, &index).await });
        }
        let search = search::router(Arc::new(search::Service::new(backend.clone(), search)));
        Self { addr, backend, pages: app::router(Arc::new(site)).merge(search) }
    }

    /// Somebody new, with a session.
    pub(crate) async fn member(&self, random: &mut StdRng) -> Member {
        let id = accounts::member_id(random.random());
        let name = MemberName::parse(&format!("M {id}")).unwrap();
        let person = Person { id, name, guest: true };
        let Backend { members, memberships, log, .. } = &self.backend;
        accounts::admit(members, memberships, log, (&person, None), crowd::now()).await.unwrap();
        let token = self.session(&person, random).await.unwrap();
        Member { person, token }
    }

    /// Another session, if the member may have one.
    pub(crate) async fn session(&self, person: &Person, random: &mut StdRng) -> Option<SessionToken> {
        let token = SessionToken::from_random(random.random());
        let begun =
            accounts::begin_session(&self.backend.sessions, &person.id, &token, "a test", crowd::now());
        begun.await.ok().map(|()| token)
    }

    /// A new room of somebody's, with a message of theirs that is found.
    pub(crate) async fn room(&self, founder: &Member, private: bool, random: &mut StdRng) -> RoomInfo {
        let name = RoomName::parse(&format!("Room {}", random.random::<u64>())).unwrap();
        let topic = Topic::parse("").unwrap();
        let id = rooms::address(&name, private, random.random(), crowd::now());
        let room = RoomInfo { id, name, topic, private };
        rooms::create(
            (&self.backend.rooms, &self.backend.members, &self.backend.erasures),
            &room,
            &founder.person.id,
            crowd::now(),
        )
        .await
        .unwrap();
        self.say(founder, &room).await;
        room
    }

    /// Says something, and waits until that is found.
    async fn say(&self, author: &Member, room: &RoomInfo) {
        let (nonce, text) = (Nonce::parse("first").unwrap(), MessageText::parse("hello").unwrap());
        let draft = Draft { author: author.person.id.clone(), nonce, text };
        self.backend.log.append(&room.id, Sequence::ZERO, crowd::now(), &[draft]).await.unwrap();
        let until = Instant::now() + FOUND_WITHIN;
        while !ways::by_http(self, Some(author), room, Way::Search).await.0 {
            assert!(Instant::now() < until, "what was said is not found within {FOUND_WITHIN:?}");
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Tells the node.
    pub(crate) async fn tell(&self, news: Vec<News>) {
        for (channel, event) in news {
            self.backend.bus.publish(&channel, &event).await.unwrap();
        }
    }

    /// Asks for a page or an address of data, with somebody's session or without one.
    pub(crate) async fn get(&self, session: Option<&SessionToken>, path: &str) -> (StatusCode, String) {
        let cookie = session.map(|token| format!("{COOKIE}={}", token.reveal())).unwrap_or_default();
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        self.ask(request).await
    }

    /// Sends a form, and wants no page for an answer.
    pub(crate) async fn post(
        &self,
        session: Option<&SessionToken>,
        path: &str,
        form: &str,
    ) -> (StatusCode, String) {
        let cookie = session.map(|token| format!("{COOKIE}={}", token.reveal())).unwrap_or_default();
        let request = Request::post(path)
            .header(header::COOKIE, cookie)
            .header(header::ORIGIN, format!("http://{}", self.addr))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form.to_owned()))
            .unwrap();
        self.ask(request).await
    }

    async fn ask(&self, request: Request<Body>) -> (StatusCode, String) {
        let answer = self.pages.clone().oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8_lossy(&body).into_owned())
    }
}

/// The path of an address of a room.
pub(crate) fn path(before: &str, room: &RoomId, after: &str) -> String {
    format!("{before}{room}{after}")
}
