//! Tables and keys that no other test has, and the nodes on them.

use std::{
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use backend::{Backend, Config, StoreConfig};
use bench::{
    crowd::{self, Member},
    server::Server,
};
use protocol::RoomId;
use tokio::time::{Instant, sleep};

/// What is waited for is asked for so often.
const ASKED_EVERY: Duration = Duration::from_millis(100);
/// The program.
pub(crate) const NODE: &str = env!("CARGO_BIN_EXE_socket-server");

/// Tables and keys under one prefix.
pub(crate) struct Cluster {
    pub(crate) prefix: String,
    pub(crate) backend: Backend,
    /// What nodes are told, unless they are told otherwise.
    settings: Vec<(&'static str, String)>,
}

impl Cluster {
    /// Begins with empty tables and no keys, on the Redis that all tests share.
    pub(crate) async fn fresh() -> Self {
        Self::fresh_on(&engines::told("HUBBUB_TEST_REDIS")).await
    }

    /// Begins with empty tables, on a Redis.
    pub(crate) async fn fresh_on(bus: &str) -> Self {
        let prefix = format!("test-{}", engines::fresh());
        let settings = vec![
            ("HUBBUB_STORE", "dynamodb".to_owned()),
            ("HUBBUB_DYNAMODB_ENDPOINT", engines::told("HUBBUB_TEST_DYNAMODB")),
            ("HUBBUB_BUS", bus.to_owned()),
            ("HUBBUB_PREFIX", prefix.clone()),
            ("HUBBUB_LOG", "error".to_owned()),
            // Limits of a community, not of a crowd on one machine.
            ("HUBBUB_CONNECTIONS_PER_ADDRESS", "100000".to_owned()),
            ("HUBBUB_RATES_PER_ADDRESS", "1000000".to_owned()),
            ("HUBBUB_SENDS", "1000000/1000000".to_owned()),
        ];
        let get = |name: &str| settings.iter().find(|(it, _)| *it == name).map(|(_, value)| value.clone());
        let config = Config::parse(get).unwrap();
        let StoreConfig::Dynamo(tables) = &config.store else { unreachable!("set above") };
        backend::create_tables(tables).await.unwrap();
        let backend = Backend::connect(&config).await.unwrap();
        Self { prefix, backend, settings }
    }

    /// Members of `general`, each with a session. Called once.
    pub(crate) async fn members<const N: usize>(&self) -> [Member; N] {
        self.crowd(N).await.try_into().ok().expect("as many as were asked for")
    }

    /// As [`Self::members`], any number of them.
    pub(crate) async fn crowd(&self, n: usize) -> Vec<Member> {
        crowd::gather(&self.backend, n, crowd::now()).await.unwrap()
    }

    /// Starts a node, to which its clients come without anything between.
    pub(crate) fn node(&self, settings: &[(&str, &str)]) -> Server {
        let addr = free_addr();
        self.node_at(addr, addr, settings)
    }

    /// Starts a node at an address, whose clients come by way of another. What is told here goes before anything else.
    pub(crate) fn node_at(&self, addr: SocketAddr, by: SocketAddr, settings: &[(&str, &str)]) -> Server {
        let (addr, origin) = (addr.to_string(), format!("http://{by}"));
        let own = [("HUBBUB_ADDR", addr.as_str()), ("HUBBUB_ORIGIN", origin.as_str())];
        Server::start_program(Path::new(NODE), &self.all_settings(&[&own, settings].concat())).unwrap()
    }

    /// Starts a node without waiting until it listens. What it logs can be read.
    pub(crate) fn process(&self, settings: &[(&str, &str)]) -> Child {
        let own = [("HUBBUB_ADDR", "127.0.0.1:0"), ("HUBBUB_ORIGIN", "http://127.0.0.1:1")];
        let mut node = Command::new(NODE);
        node.envs(self.all_settings(&[&own, settings].concat()));
        node.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// All that a node is told; what comes later goes before.
    fn all_settings<'a>(&'a self, settings: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let own = self.settings.iter().map(|(name, it)| (*name, it.as_str()));
        own.chain(settings.iter().copied()).collect()
    }
}

/// Where something can listen.
pub(crate) fn free_addr() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// The room that everybody is in.
pub(crate) fn general() -> RoomId {
    RoomId::parse("general").unwrap()
}

/// As much as is asked for in a whole run, or in a quick one.
#[expect(clippy::disallowed_methods, reason = "how long tests run is no setting of the product")]
pub(crate) fn sized<T>(quick: T, whole: T) -> T {
    if std::env::var("HUBBUB_FULL").is_ok_and(|it| it == "cluster") { whole } else { quick }
}

/// Asks again and again until something is so, and returns how long that took.
pub(crate) async fn until(what: &str, within: Duration, is_so: impl AsyncFn() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so().await {
        assert!(began.elapsed() < within, "{what}: not within {within:?}");
        sleep(ASKED_EVERY).await;
    }
    began.elapsed()
}
