//! Nodes over one store: real services with real sockets, started, stopped and started again.

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use backend::{Backend, Edge, Settings};
use chat::{
    access, accounts,
    ports::{Bus as _, Deed, Memberships as _, NodeId, Role, Rooms as _, Start},
    rooms::{self as doing, News},
    session::SessionToken,
};
use protocol::{
    MemberId, MemberName, Person, RoomId, RoomInfo, RoomName, Sequence, Timestamp, Topic, limits,
};
use socket_server::{Config, Service};

/// How many nodes there are.
pub(crate) const N_NODES: usize = 2;
/// The rooms that everybody is in at first. The last is private.
const ROOMS: [&str; 3] = ["general", "help", "plans"];
/// Settings that make room for the connections of clients that come and go, and little for slow ones.
const SETTINGS: [(&str, &str); 4] = [
    ("HUBBUB_SEND_QUEUE_BYTES", "8192"),
    ("HUBBUB_CONNECTIONS_PER_MEMBER", "1000"),
    ("HUBBUB_CONNECTIONS_PER_ADDRESS", "10000"),
    ("HUBBUB_RATES_PER_ADDRESS", "1000"),
];

/// All nodes, and what they share.
pub(crate) struct Nodes {
    data: PathBuf,
    pub(crate) backend: Backend,
    all: Vec<Option<Node>>,
    n_starts: u64,
}

struct Node {
    addr: SocketAddr,
    service: Arc<Service>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Nodes {
    pub(crate) async fn start(data: PathBuf) -> Self {
        let backend = connect(&data).await;
        accounts::found(&backend.rooms, now()).await.unwrap();
        let mut nodes = Self { data, backend, all: Vec::new(), n_starts: 0 };
        for _ in 0..N_NODES {
            let node = nodes.start_one().await;
            nodes.all.push(Some(node));
        }
        nodes
    }

    /// Where each node listens; none while it is stopped.
    pub(crate) fn addrs(&self) -> Vec<Option<SocketAddr>> {
        self.all.iter().map(|node| node.as_ref().map(|it| it.addr)).collect()
    }

    /// Stops a node. Its connections are told to come back, if they are still there.
    pub(crate) async fn stop(&mut self, at: usize) {
        let Some(Node { service, stop, serving, .. }) = self.all[at].take() else { return };
        stop.send(()).unwrap();
        serving.await.unwrap().unwrap();
        service.drain().await;
    }

    pub(crate) async fn start_again(&mut self, at: usize) {
        if self.all[at].is_none() {
            self.all[at] = Some(self.start_one().await);
        }
    }

    /// Stops all nodes and opens the store anew, as when the machine was restarted.
    pub(crate) async fn stop_all(&mut self) {
        for at in 0..N_NODES {
            self.stop(at).await;
        }
        self.backend = connect(&self.data).await;
    }

    async fn start_one(&mut self) -> Node {
        self.n_starts += 1;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let get = |name: &str| {
            let setting = SETTINGS.iter().find(|(it, _)| *it == name);
            setting.map(|(_, value)| (*value).to_owned())
        };
        let mut settings = Settings::new(&get);
        let (config, edge) =
            (Config::read(&mut settings), Edge::read(&mut settings).listening_on(addr.port()));
        settings.finish().unwrap();
        let plain_per_peer = config.plain_per_peer(&edge);
        let node = NodeId::from_random(self.n_starts);
        let service = Service::start(node, self.backend.clone(), edge, config, "build".to_owned());
        let router = socket_server::router(Arc::clone(&service));
        let (stop, stopped) = oneshot::channel::<()>();
        let draining = Arc::clone(&service);
        let serving = tokio::spawn(process::serve(listener, router, plain_per_peer, async move {
            let _ = stopped.await; // Told to, or the simulation is over.
            draining.drain().await;
        }));
        Node { addr, service, stop, serving }
    }

    /// Makes a member of all rooms, signed in. The first looks after them.
    pub(crate) async fn member(&self, n: u8) -> (Person, SessionToken) {
        let (id, name) = (accounts::member_id([n; 16]), MemberName::parse(&format!("Member {n}")));
        let person = Person { id, name: name.unwrap(), guest: true };
        let Backend { members, memberships, log, sessions, .. } = &self.backend;
        accounts::admit(members, memberships, log, (&person, None), now()).await.unwrap();
        let (at, rooms_max) = (now(), limits::ROOMS_PER_MEMBER);
        let start = Start { at, head: Sequence::ZERO, rooms_max, added_by: None };
        let (name, topic) = (RoomName::parse("Plans").unwrap(), Topic::parse("").unwrap());
        let plans = RoomInfo { id: private_room(), name, topic, private: true };
        if n == 0 {
            self.backend.rooms.create_by(&plans, &person.id, &start).await.unwrap();
        }
        for room in rooms() {
            memberships.join(&room, &person.id, &start).await.unwrap();
            if n == 0 {
                memberships.set_role(&room, &person.id, Role::Admin, &deed(&person.id)).await.unwrap();
            }
        }
        let token = SessionToken::from_random([n; 32]);
        accounts::begin_session(sessions, &person.id, &token, "simulation", now()).await.unwrap();
        (person, token)
    }

    /// An admin removes somebody from a room.
    pub(crate) async fn remove(&self, room: &RoomId, by: &MemberId, member: &MemberId) {
        let news = doing::leave(&self.backend.memberships, room, member, &deed(by)).await.unwrap();
        self.tell(news).await;
    }

    /// An admin adds somebody to a room.
    pub(crate) async fn add(&self, room: &RoomId, by: &MemberId, member: &MemberId) {
        let Backend { rooms, memberships, log, .. } = &self.backend;
        let admin = access::admin(rooms, memberships, by, room).await.unwrap();
        let news = doing::add(log, memberships, &admin, member, now()).await.unwrap();
        self.tell(news).await;
    }

    async fn tell(&self, news: Vec<News>) {
        for (channel, event) in news {
            self.backend.bus.publish(&channel, &event).await.unwrap();
        }
    }
}

pub(crate) fn rooms() -> [RoomId; ROOMS.len()] {
    ROOMS.map(|room| RoomId::parse(room).unwrap())
}

pub(crate) fn private_room() -> RoomId {
    RoomId::parse(ROOMS[ROOMS.len() - 1]).unwrap()
}

fn deed(by: &MemberId) -> Deed {
    Deed::of(by, now())
}

async fn connect(data: &std::path::Path) -> Backend {
    Backend::connect(&backend::Config::in_folder(data)).await.unwrap()
}

/// The real clock: sessions are kept by it.
fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp(u64::try_from(since_1970.as_millis()).unwrap())
}

/// How long a node stays away.
pub(crate) const AWAY_MAX: Duration = Duration::from_secs(8);
