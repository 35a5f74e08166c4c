//! A chat in memory with people in rooms, and an index that has just what it is given.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{Router, body::Body};
use backend::{Backend, Index};
use chat::{
    accounts,
    ports::{
        Actor, Deed, Draft, Entry, Members as _, Memberships as _, MessageIndex as _, Revision, RoomLog as _,
        Rooms as _, Start,
    },
    rate::Rate,
    session::{COOKIE, SessionToken},
};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt as _;
use protocol::{
    Hit, Hits, MemberId, MemberName, Message, MessageText, Nonce, Person, RoomId, RoomInfo, RoomName,
    Sequence, Timestamp, Topic,
};
use tower::ServiceExt as _;

pub(crate) struct World {
    pub(crate) backend: Backend,
    router: Router,
    n_written: AtomicU64,
}

impl World {
    /// With a public room, `lobby`, and a private one, `cellar`; ada and bo are in both, and cy in none.
    pub(crate) async fn begin() -> Self {
        Self::with(Backend::in_memory(), by_default()).await
    }

    pub(crate) async fn without_index() -> Self {
        Self::with(Backend { index: Index::None, ..Backend::in_memory() }, by_default()).await
    }

    /// Without a limit that a test would meet.
    pub(crate) async fn unlimited(backend: Backend) -> Self {
        Self::with(backend, Rate { burst: 1_000_000, per_second: 1_000_000.0 }).await
    }

    pub(crate) async fn with(backend: Backend, searches: Rate) -> Self {
        let service = Arc::new(search::Service::new(backend.clone(), search::Config { searches }));
        let world = Self { backend, router: search::router(service), n_written: AtomicU64::new(0) };
        for (name, private) in [("lobby", false), ("cellar", true)] {
            world.make_room(name, private).await;
        }
        for name in ["ada", "bo", "cy"] {
            world.make_member(name).await;
        }
        for member in ["ada", "bo"] {
            for name in ["lobby", "cellar"] {
                world.enter(member, name).await;
            }
        }
        world
    }

    pub(crate) async fn make_room(&self, name: &str, private: bool) {
        let name = RoomName::parse(name).unwrap();
        let info = RoomInfo { id: room(name.as_str()), name, topic: Topic::parse("").unwrap(), private };
        self.backend.rooms.create(&info, Timestamp(1)).await.unwrap();
    }

    pub(crate) async fn enter(&self, member: &str, name: &str) {
        let start = Start { at: Timestamp(1), head: Sequence::ZERO, rooms_max: 100, added_by: None };
        self.backend.memberships.join(&room(name), &id(member), &start).await.unwrap();
    }

    pub(crate) async fn remove(&self, member: &str, name: &str) {
        let deed = Deed { by: Actor::Operator, at: Timestamp(9) };
        self.backend.memberships.leave(&room(name), &id(member), &deed).await.unwrap();
    }

    /// Writes something, which the index does not hear of.
    pub(crate) async fn write(&self, member: &str, name: &str, text: &str) -> Message {
        let n = self.n_written.fetch_add(1, Ordering::Relaxed) + 1;
        let draft = Draft {
            author: id(member),
            nonce: Nonce::parse(&format!("n{n}")).unwrap(),
            text: MessageText::parse(text).unwrap(),
        };
        let head = self.backend.log.heads(&room(name)).await.unwrap().messages;
        let at = Timestamp(1_000_000 + n);
        self.backend.log.append(&room(name), head, at, &[draft]).await.unwrap().remove(0)
    }

    /// Writes something, which is indexed.
    pub(crate) async fn say(&self, member: &str, name: &str, text: &str) -> Message {
        let message = self.write(member, name, text).await;
        self.index(name, &message).await;
        message
    }

    pub(crate) async fn index(&self, name: &str, message: &Message) {
        let private = self.backend.rooms.find(&room(name)).await.unwrap().unwrap().private;
        let entry = Entry::of(&room(name), private, message.clone());
        self.backend.index.put(&[entry]).await.unwrap();
    }

    /// Edits or deletes, which the index does not hear of.
    pub(crate) async fn revise(&self, name: &str, message: &Message, text: Option<&str>) {
        let membership = self.backend.memberships.find(&room(name), &message.author).await.unwrap();
        let revision = Revision {
            message: message.sequence,
            seen: message.revision,
            by: message.author.clone(),
            since: membership.unwrap().since,
            nonce: Nonce::parse(&format!("r{}", message.sequence)).unwrap(),
            at: Timestamp(2_000_000),
            text: text.map(|text| MessageText::parse(text).unwrap()),
        };
        self.backend.log.revise(&room(name), &revision).await.unwrap();
    }

    /// What answers.
    #[cfg(feature = "aws")]
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// What somebody is answered.
    pub(crate) async fn ask(&self, member: &str, params: &[(&str, &str)]) -> (StatusCode, String) {
        let cookie = format!("{COOKIE}={}", token(member).reveal());
        let path = format!("/api/search?{}", serde_urlencoded::to_string(params).unwrap());
        let request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    /// What somebody finds.
    pub(crate) async fn hits(&self, member: &str, params: &[(&str, &str)]) -> Hits {
        let (status, body) = self.ask(member, params).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_str(&body).unwrap()
    }

    /// All that somebody finds, page by page.
    pub(crate) async fn all_hits(&self, member: &str, query: &str, by: &str) -> Vec<Hit> {
        let (mut all, mut next) = (Vec::new(), None::<String>);
        loop {
            let mut params = vec![("q", query), ("by", by), ("limit", "7")];
            if let Some(after) = &next {
                params.push(("after", after));
            }
            let hits = self.hits(member, &params).await;
            all.extend(hits.hits);
            next = hits.next;
            if next.is_none() {
                return all;
            }
        }
    }

    /// A message as it is now.
    pub(crate) async fn read(&self, name: &str, at: Sequence) -> Message {
        self.backend.log.read(&room(name), at, 1).await.unwrap().remove(0)
    }

    /// The texts that somebody finds, the newest first.
    pub(crate) async fn texts(&self, member: &str, query: &str) -> Vec<String> {
        let hits = self.hits(member, &[("q", query), ("by", "newest")]).await;
        hits.hits.into_iter().map(|hit| hit.text).collect()
    }

    async fn make_member(&self, name: &str) {
        let name = MemberName::parse(name).unwrap();
        let person = Person { id: id(name.as_str()), name, guest: false };
        self.backend.members.create(&person, None, Timestamp(1)).await.unwrap();
        let token = token(person.id.as_str());
        let sessions = &self.backend.sessions;
        accounts::begin_session(sessions, &person.id, &token, "a test", process::now()).await.unwrap();
    }
}

/// As often as somebody may search where nobody has said how often.
fn by_default() -> Rate {
    search::Config::read(&mut backend::Settings::new(&|_| None)).searches
}

pub(crate) fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

pub(crate) fn id(name: &str) -> MemberId {
    MemberId::parse(name).unwrap()
}

/// Of a member's session.
pub(crate) fn token(name: &str) -> SessionToken {
    let mut key = [0; 32];
    key[..name.len()].copy_from_slice(name.as_bytes());
    SessionToken::from_random(key)
}
