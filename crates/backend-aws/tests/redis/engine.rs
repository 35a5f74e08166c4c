//! The Redis that tests run on: those that are named from outside, and those of one test alone.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::Duration,
};

use backend_aws::Redis;
use chat::ports::{Bus as _, Channel, Event, Heard, NodeId, Subscription};
use fred::{
    clients::Client,
    interfaces::{ClientLike as _, KeysInterface as _},
    types::{ClusterHash, CustomCommand, FromValue, config::Config},
};
use futures::StreamExt as _;
use protocol::RoomId;
use tempfile::TempDir;

/// Whatever is waited for comes within this time.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A Redis that is named from outside, shared by all tests.
pub(crate) struct Engine {
    url: String,
    is_cluster: bool,
}

impl Engine {
    pub(crate) fn single() -> Self {
        Self { url: engines::told("HUBBUB_TEST_REDIS"), is_cluster: false }
    }

    pub(crate) fn cluster() -> Self {
        Self { url: engines::told("HUBBUB_TEST_REDIS_CLUSTER"), is_cluster: true }
    }

    pub(crate) fn tls() -> Self {
        Self { url: engines::told("HUBBUB_TEST_REDIS_TLS"), is_cluster: false }
    }

    /// A handle with a prefix of its own.
    pub(crate) async fn fresh(&self) -> Redis {
        self.prefixed(&fresh_prefix()).await
    }

    pub(crate) async fn prefixed(&self, prefix: &str) -> Redis {
        connect(&self.url, prefix).await
    }

    /// The keys there are under a prefix, on all nodes.
    pub(crate) async fn keys(&self, prefix: &str) -> Vec<String> {
        let client = self.client().await;
        let mut keys = Vec::new();
        for server in client.active_connections() {
            let command = CustomCommand::new_static("KEYS", ClusterHash::Random, false);
            let found = client.with_cluster_node(server).custom(command, vec![format!("{prefix}*")]).await;
            keys.extend::<Vec<String>>(found.unwrap());
        }
        keys
    }

    pub(crate) async fn delete(&self, key: &str) {
        let n_deleted = self.client().await.del(key).await;
        assert_eq!(n_deleted, Ok(1));
    }

    /// A client of it that is not ours.
    async fn client(&self) -> Client {
        match self.is_cluster {
            true => client(&self.url.replacen("://", "-cluster://", 1)).await,
            false => client(&self.url).await,
        }
    }
}

pub(crate) async fn connect(url: &str, prefix: &str) -> Redis {
    let redis = begin(url, prefix);
    until_connected(&redis).await;
    redis
}

pub(crate) async fn until_connected(redis: &Redis) {
    tokio::time::timeout(SOON, redis.connected()).await.expect("Redis is found");
}

/// Does not wait for Redis to answer.
pub(crate) fn begin(url: &str, prefix: &str) -> Redis {
    Redis::connect(&url.parse().expect("an address"), prefix).expect("roots for TLS")
}

pub(crate) fn fresh_prefix() -> String {
    format!("test-{}:", engines::fresh())
}

/// A Redis of one test alone. Killed when dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    child: Child,
    _folder: TempDir,
}

impl Server {
    pub(crate) fn start() -> Self {
        with_free_ports(|| Self::try_at(free_port(), &[]))
    }

    /// Returns when it takes connections.
    pub(crate) fn start_at(port: u16, more: &[&str]) -> Self {
        Self::try_at(port, more).expect("redis-server starts")
    }

    /// None where it ends at once, as one does whose port somebody has taken meanwhile.
    pub(crate) fn try_at(port: u16, more: &[&str]) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mut child = Command::new(engines::told("HUBBUB_TEST_REDIS_SERVER"))
            .args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir"])
            .arg(folder.path())
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("redis-server can be run");
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let is_ready = lines.any(|line| line.unwrap().contains("Ready to accept connections"));
        if !is_ready {
            child.wait().expect("it is ours");
            return None;
        }
        // What else it says is read too, lest it waits to say it.
        std::thread::spawn(|| lines.for_each(drop));
        Some(Self { port, child, _folder: folder })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// A client of it that is not ours.
    pub(crate) async fn client(&self) -> Client {
        client(&self.url()).await
    }

    /// Stops it, with its connections open, or lets it go on.
    pub(crate) fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Starts what listens at ports that were free a moment ago; where somebody has taken one meanwhile, at others.
pub(crate) fn with_free_ports<T>(start: impl Fn() -> Option<T>) -> T {
    (0..5).find_map(|_| start()).expect("ports are free for long enough")
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

async fn client(url: &str) -> Client {
    let client = Client::new(Config::from_url(url).unwrap(), None, None, None);
    client.init().await.unwrap();
    client
}

/// Sends a command of several words.
pub(crate) async fn ask<T: FromValue>(client: &Client, command: &str) -> T {
    let mut words = command.split(' ').map(str::to_owned);
    let command = CustomCommand::new(words.next().unwrap(), ClusterHash::Random, false);
    client.custom(command, words.collect::<Vec<_>>()).await.unwrap()
}

pub(crate) fn room(name: &str) -> Channel {
    Channel::Room(RoomId::parse(name).unwrap())
}

pub(crate) fn numbered(number: u64) -> Event {
    Event::Presence { node: NodeId::from_random(7), number, came: Vec::new(), went: Vec::new() }
}

/// What is heard next; none when the subscription ends.
pub(crate) async fn next(hearing: &mut Subscription) -> Option<Heard> {
    tokio::time::timeout(SOON, hearing.next()).await.expect("something is heard, or the subscription ends")
}

/// An event that is told now is heard.
pub(crate) async fn check_heard(redis: &Redis, channel: &Channel, hearing: &mut Subscription) {
    redis.bus().publish(channel, &numbered(41)).await.unwrap();
    assert_eq!(next(hearing).await, Some(Heard::Event(numbered(41))));
}
