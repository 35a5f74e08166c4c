//! Nodes over one store: real services with real sockets, started, stopped and started again.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::SystemTime};

use tokio::{net::TcpListener, sync::oneshot, task::JoinHandle};

use backend::{Backend, Edge, Settings};
use chat::{
    access, accounts,
    ports::{Bus as _, Deed, NodeId},
    rooms::{self, News},
};
use protocol::{MemberId, RoomId, Timestamp};
use socket_server::{Config, Service};

use crate::clock::Clock;

/// How many nodes there are.
pub(crate) const N_NODES: usize = 2;
/// How long a node stays away, at most.
pub(crate) const AWAY_MAX_MS: u64 = 8_000;
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
    clock: Clock,
    pub(crate) backend: Backend,
    all: Vec<Option<Node>>,
    n_starts: u64,
}

struct Node {
    addr: SocketAddr,
    service: Arc<Service>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Nodes {
    pub(crate) async fn start(data: PathBuf, clock: Clock) -> Self {
        let backend = connect(&data).await;
        clock.wait_for(backend.clone());
        accounts::found(&backend.rooms, now()).await.unwrap();
        let mut nodes = Self { data, clock, backend, all: Vec::new(), n_starts: 0 };
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
        serving.await.unwrap();
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
        self.clock.wait_for(self.backend.clone());
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
        let peers = config.peers(&edge);
        let node = NodeId::from_random(self.n_starts);
        let service = Service::start(node, self.backend.clone(), edge, config, "build".to_owned());
        let router = socket_server::router(Arc::clone(&service));
        let (stop, stopped) = oneshot::channel::<()>();
        let draining = Arc::clone(&service);
        let serving = tokio::spawn(process::serve(listener, router, peers, async move {
            let _ = stopped.await; // Told to, or the simulation is over.
            draining.drain().await;
        }));
        Node { addr, service, stop, serving }
    }

    /// An admin removes somebody from a room.
    pub(crate) async fn remove(&self, room: &RoomId, by: &MemberId, member: &MemberId) {
        let news = rooms::leave(&self.backend.memberships, room, member, &deed(by)).await.unwrap();
        self.tell(news).await;
    }

    /// An admin adds somebody to a room.
    pub(crate) async fn add(&self, room: &RoomId, by: &MemberId, member: &MemberId) {
        let Backend { members, memberships, log, .. } = &self.backend;
        let admin = access::admin(&self.backend.rooms, memberships, by, room).await.unwrap();
        let news = rooms::add((members, memberships, log), &admin, member, now()).await.unwrap();
        self.tell(news).await;
    }

    async fn tell(&self, news: Vec<News>) {
        for (channel, event) in news {
            self.backend.bus.publish(&channel, &event).await.unwrap();
        }
    }
}

fn deed(by: &MemberId) -> Deed {
    Deed::of(by, now())
}

async fn connect(data: &std::path::Path) -> Backend {
    Backend::connect(&backend::Config::in_folder(data)).await.unwrap()
}

/// The real clock: sessions are kept by it.
pub(crate) fn now() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp(u64::try_from(since_1970.as_millis()).unwrap())
}
