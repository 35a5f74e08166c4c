//! A node on a free port, with an empty backend in memory.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use backend::{Backend, Edge, Settings};
use chat::{accounts, ports::NodeId, rooms, session::SessionToken};
use protocol::{MemberName, Person, RoomId, RoomInfo, RoomName, Timestamp, Topic};
use socket_server::{Config, Service};

use crate::client::Client;

/// What a test waits for comes within this time, or the test fails.
pub(crate) const SOON: Duration = Duration::from_mins(1);

pub(crate) struct Node {
    pub(crate) addr: SocketAddr,
    pub(crate) backend: Backend,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    n_members: AtomicU64,
}

/// Somebody with an account and a session, in the room `general`.
pub(crate) struct Member {
    pub(crate) person: Person,
    pub(crate) token: SessionToken,
    addr: SocketAddr,
}

impl Node {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts a node with settings by their names.
    pub(crate) async fn start_with(settings: &[(&str, &str)]) -> Self {
        Self::start_on(Backend::in_memory(), NodeId::from_random(1), settings).await
    }

    /// Starts another node over the same backend.
    pub(crate) async fn start_beside(other: &Self) -> Self {
        Self::start_on(other.backend.clone(), NodeId::from_random(2), &[]).await
    }

    /// Starts a node over a backend.
    pub(crate) async fn start_on(backend: Backend, node: NodeId, settings: &[(&str, &str)]) -> Self {
        accounts::found(&backend.rooms, now()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let get =
            |name: &str| settings.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
        let mut read = Settings::new(&get);
        let (config, edge) = (Config::read(&mut read), Edge::read(&mut read).listening_on(addr.port()));
        read.finish().unwrap();
        let peers = config.peers(&edge);
        let service = Service::start(node, backend.clone(), edge, config, "test".to_owned());
        let asked = Arc::clone(&service);
        let health = process::health(backend.clone(), move || asked.is_draining());
        let router = socket_server::router(Arc::clone(&service)).merge(health);
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(process::serve(listener, router, peers, async move {
            let _ = stopped.await; // Told to, or the test is over.
            service.drain().await;
        }));
        Self { addr, backend, stop, serving, n_members: AtomicU64::new(0) }
    }

    /// Makes a member.
    pub(crate) async fn member(&self, name: &str) -> Member {
        let n = self.n_members.fetch_add(1, Ordering::Relaxed);
        let person = Person {
            id: accounts::member_id(spread(n)),
            name: MemberName::parse(name).unwrap(),
            guest: true,
        };
        let Backend { members, memberships, log, .. } = &self.backend;
        accounts::admit(members, memberships, log, (&person, None), now()).await.unwrap();
        let token = self.session(&person).await;
        Member { person, token, addr: self.addr }
    }

    /// Makes a private room of somebody's.
    pub(crate) async fn private_room(&self, admin: &Member) -> RoomId {
        let (name, topic) = (RoomName::parse("Private").unwrap(), Topic::parse("").unwrap());
        let n = self.n_members.fetch_add(1, Ordering::Relaxed);
        let id = rooms::address(&name, true, spread(n), now());
        let room = RoomInfo { id, name, topic, private: true };
        rooms::create(
            (&self.backend.rooms, &self.backend.members, &self.backend.erasures),
            &room,
            &admin.person.id,
            now(),
        )
        .await
        .unwrap();
        room.id
    }

    /// Begins another session of somebody.
    pub(crate) async fn session(&self, person: &Person) -> SessionToken {
        let n = self.n_members.fetch_add(1, Ordering::Relaxed);
        let token = SessionToken::from_random([spread(n), spread(n)].concat().try_into().unwrap());
        accounts::begin_session(&self.backend.sessions, &person.id, &token, "a test", now()).await.unwrap();
        token
    }

    /// Connects a new member and reads the welcome.
    pub(crate) async fn client(&self, name: &str) -> Client {
        self.member(name).await.connect().await
    }

    /// Tells the node to stop, and waits until it has.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}

impl Member {
    /// Connects, and reads the welcome.
    pub(crate) async fn connect(&self) -> Client {
        self.connect_to(self.addr).await
    }

    /// Connects to a node.
    pub(crate) async fn connect_to(&self, addr: SocketAddr) -> Client {
        let mut client = Client::connect(addr, &self.token).await;
        client.welcome().await;
        client
    }
}

/// Different bytes for different numbers, five bits in each, which are all that an id takes.
fn spread(n: u64) -> [u8; 16] {
    std::array::from_fn(|at| u8::try_from((u128::from(n) >> (5 * at)) & 31).unwrap())
}

pub(crate) fn general() -> RoomId {
    RoomId::parse("general").unwrap()
}

pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp(u64::try_from(since_1970.as_millis()).unwrap())
}
