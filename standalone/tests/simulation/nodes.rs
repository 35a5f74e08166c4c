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
    accounts,
    ports::{Memberships as _, NodeId, Start},
    session::SessionToken,
};
use protocol::{MemberName, Person, RoomId, Sequence, Timestamp, limits};
use socket_server::{Config, Service};

/// How many nodes there are.
pub(crate) const N_NODES: usize = 2;
/// The rooms that everybody is in.
pub(crate) const ROOMS: [&str; 2] = ["general", "help"];
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
        let serving = tokio::spawn(socket_server::serve(listener, router, plain_per_peer, async move {
            let _ = stopped.await; // Told to, or the simulation is over.
            draining.drain().await;
        }));
        Node { addr, service, stop, serving }
    }

    /// Makes a member of all rooms, signed in.
    pub(crate) async fn member(&self, n: u8) -> (Person, SessionToken) {
        let (id, name) = (accounts::member_id([n; 16]), MemberName::parse(&format!("Member {n}")));
        let person = Person { id, name: name.unwrap(), guest: true };
        let Backend { members, memberships, log, sessions, .. } = &self.backend;
        accounts::admit(members, memberships, log, (&person, None), now()).await.unwrap();
        for room in rooms() {
            let start = Start { at: now(), head: Sequence::ZERO, rooms_max: limits::ROOMS_PER_MEMBER };
            memberships.join(&room, &person.id, &start).await.unwrap();
        }
        let token = SessionToken::from_random([n; 32]);
        accounts::begin_session(sessions, &person.id, &token, now()).await.unwrap();
        (person, token)
    }
}

pub(crate) fn rooms() -> [RoomId; ROOMS.len()] {
    ROOMS.map(|room| RoomId::parse(room).unwrap())
}

async fn connect(data: &std::path::Path) -> Backend {
    Backend::connect(&backend::Config { data: data.to_owned() }).await.unwrap()
}

/// The real clock: sessions are kept by it.
fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp(u64::try_from(since_1970.as_millis()).unwrap())
}

/// How long a node stays away.
pub(crate) const AWAY_MAX: Duration = Duration::from_secs(8);
