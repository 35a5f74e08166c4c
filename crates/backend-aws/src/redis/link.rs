//! The connections to Redis: made, looked after, and made again when one is lost.
//!
//! The library's own reconnecting is off. It would hide that subscriptions were lost, and let commands wait meanwhile.
//! Here the connections live and die together, and with them whatever was heard.

use std::sync::{Arc, atomic::Ordering};

use fred::{
    clients::Client,
    error::Error,
    interfaces::ClientLike as _,
    types::{
        InfoKind, RespVersion,
        config::{
            Config, ConnectionConfig, Options, PerformanceConfig, ServerConfig, TcpConfig, TlsConfig,
            TlsConnector, TlsHostMapping,
        },
    },
};
use futures::future::try_join_all;
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::{Duration, Instant, sleep},
};

use super::{
    address::RedisUrl,
    counters::Counters,
    fault::Fault,
    hearing::{Ask, Hearing},
    slots::Slots,
};

/// A connection is there within this time, or not at all.
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// A command is answered within this time, or has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(1);
/// Whether the connections live is looked at this often.
const PING_EVERY: Duration = Duration::from_secs(5);
/// A connection on which nothing comes back for this long is lost. Longer than a command may take: Redis may be busy.
const PONG_WITHIN: Duration = Duration::from_secs(3);
/// Which node of a cluster has what is looked at this often. A node that gives a channel away tells its subscribers, but
/// the library keeps that to itself.
const SLOTS_EVERY: Duration = Duration::from_secs(2);
/// Before connecting again one waits a random time up to this, and up to twice as long after each failure, …
const PAUSE: Duration = Duration::from_millis(100);
/// … but never longer than this.
const PAUSE_MAX: Duration = Duration::from_secs(2);
/// Connections that have lived for this long were good ones: the pauses begin anew.
const STEADY_AFTER: Duration = Duration::from_secs(5);
/// How often a command may be sent on by a node of a cluster that no longer has what it is about.
pub(super) const REDIRECTIONS_MAX: u32 = 3;
/// Commands that may wait to be sent. Beyond it they fail at once.
const COMMANDS_MAX: usize = 16 * 1024;
/// Messages of all channels that may wait between the connection and us.
const MESSAGES_MAX: usize = 1024;

/// How it is with Redis.
pub(super) enum Link {
    /// Nothing is known yet, or a connection was lost and the next is being made.
    Connecting,
    Up(Live),
    Away(Fault),
}

/// Connections that work.
#[derive(Clone)]
pub(super) struct Live {
    pub(super) kind: Kind,
    pub(super) commands: Client,
    pub(super) asks: mpsc::Sender<Ask>,
}

/// What kind of Redis it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Single,
    Cluster,
}

impl Kind {
    /// How many commands a confirmed subscription takes.
    pub(super) fn commands_to_subscribe(self) -> u64 {
        match self {
            Self::Cluster => 1,
            Self::Single => 2,
        }
    }
}

/// A task that ends with its owner.
pub(super) struct Task<T>(JoinHandle<T>);

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The system's root certificates cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the root certificates for TLS cannot be read")]
pub struct NoRoots(#[source] Error);

/// Connects, and keeps connected.
pub(super) fn keep(
    url: &RedisUrl,
    counters: &Arc<Counters>,
) -> Result<(watch::Receiver<Link>, Task<()>), NoRoots> {
    let connector = match url.is_tls {
        true => Some(TlsConnector::default_rustls().map_err(NoRoots)?),
        false => None,
    };
    let (link, watched) = watch::channel(Link::Connecting);
    let way = Way { url: url.clone(), connector, counters: Arc::clone(counters), slots: Slots::default() };
    Ok((watched, Task(tokio::spawn(keep_on(way, link)))))
}

async fn keep_on(mut way: Way, link: watch::Sender<Link>) {
    let mut n_failures = 0;
    loop {
        match way.connect().await {
            Ok(mut connections) => {
                tracing::info!(kind = ?connections.live.kind, "Connected to Redis");
                let began = Instant::now();
                link.send_replace(Link::Up(connections.live.clone()));
                let fault = connections.until_lost(&way.counters).await;
                warn(&fault);
                if began.elapsed() >= STEADY_AFTER {
                    n_failures = 0;
                }
                // Before the subscriptions end: who subscribes again at once is to wait for the next connection.
                link.send_replace(match n_failures {
                    0 => Link::Connecting,
                    _ => Link::Away(fault),
                });
                way.slots = connections.slots.borrow().clone();
                drop(connections);
            }
            Err(fault) => {
                if n_failures == 0 {
                    warn(&fault);
                }
                link.send_replace(Link::Away(fault));
            }
        }
        sleep(pause(n_failures)).await;
        n_failures += 1;
    }
}

fn warn(fault: &Fault) {
    let error = fault as &dyn std::error::Error;
    tracing::warn!(error, "Redis is away");
}

/// A random time, up to one that doubles with each failure.
fn pause(n_failures: u32) -> Duration {
    PAUSE.saturating_mul(2_u32.saturating_pow(n_failures)).min(PAUSE_MAX).mul_f64(rand::random())
}

/// How to come to Redis.
struct Way {
    url: RedisUrl,
    connector: Option<TlsConnector>,
    counters: Arc<Counters>,
    /// The cluster as it was last, if it was one.
    slots: Slots,
}

impl Way {
    async fn connect(&self) -> Result<Connections, Fault> {
        let kind = match self.kind().await {
            Ok(kind) => kind,
            // The node of the address may be gone, and the others there.
            Err(_) if self.slots.nodes().next().is_some() => Kind::Cluster,
            Err(fault) => return Err(fault),
        };
        let commands = self.client(kind).await?;
        let ears = self.client(kind).await?;
        let slots = match kind {
            Kind::Cluster => Slots::read(&commands.client).await?,
            Kind::Single => Slots::default(),
        };
        let (slots, slots_now) = watch::channel(slots);
        let (hearing, asks) = Hearing::begin(&ears.client, kind, slots_now, &self.counters);
        let live = Live { kind, commands: commands.client.clone(), asks };
        Ok(Connections { live, commands, ears, slots, hearing })
    }

    /// Asks the Redis of the address what it is.
    async fn kind(&self) -> Result<Kind, Fault> {
        let asked = self.client(Kind::Single).await?;
        let told: String = asked.client.info(Some(InfoKind::Cluster)).await?;
        match told.lines().any(|line| line.trim() == "cluster_enabled:1") {
            true => Ok(Kind::Cluster),
            false => Ok(Kind::Single),
        }
    }

    /// A client that is connected.
    async fn client(&self, kind: Kind) -> Result<Connected, Fault> {
        let connection = ConnectionConfig {
            connection_timeout: CONNECT_WITHIN,
            internal_command_timeout: CONNECT_WITHIN,
            max_command_attempts: 1 + REDIRECTIONS_MAX,
            max_redirections: REDIRECTIONS_MAX,
            max_command_buffer_len: COMMANDS_MAX,
            tcp: TcpConfig { nodelay: Some(true), ..TcpConfig::default() },
            ..ConnectionConfig::default()
        };
        let performance = PerformanceConfig {
            default_command_timeout: ANSWER_WITHIN,
            broadcast_channel_capacity: MESSAGES_MAX,
            ..PerformanceConfig::default()
        };
        Connected::open(Client::new(self.config(kind), Some(performance), Some(connection), None)).await
    }

    fn config(&self, kind: Kind) -> Config {
        let RedisUrl { host, port, user, password, .. } = &self.url;
        // The nodes of a cluster may be told by their addresses, which no certificate names.
        let tls = |connector| TlsConfig { connector, hostnames: TlsHostMapping::DefaultHost };
        Config {
            server: match kind {
                Kind::Single => ServerConfig::new_centralized(host, *port),
                Kind::Cluster => {
                    let others = self.slots.nodes().cloned();
                    ServerConfig::new_clustered([(host.clone(), *port)].into_iter().chain(others).collect())
                }
            },
            username: user.clone(),
            password: password.clone(),
            version: RespVersion::RESP3,
            tls: self.connector.clone().map(tls),
            ..Config::default()
        }
    }
}

/// A client and the task that moves its connections, which ends when one is lost.
struct Connected {
    client: Client,
    task: Task<Result<(), Error>>,
}

impl Connected {
    async fn open(client: Client) -> Result<Self, Fault> {
        let mut connected = Self { task: Task(client.connect()), client };
        // It waits until there is a connection; but not for ever, where there is none.
        let options = Options { timeout: Some(3 * CONNECT_WITHIN), ..Options::default() };
        let asked = connected.client.with_options(&options);
        let answered = tokio::select! {
            answered = asked.ping::<()>(None) => answered.map_err(Fault::from),
            fault = connected.task.fault() => Err(fault),
        };
        answered.map(|()| connected)
    }
}

impl Task<Result<(), Error>> {
    /// Why it ended.
    async fn fault(&mut self) -> Fault {
        match (&mut self.0).await {
            Ok(Err(error)) => Fault::from(error),
            Ok(Ok(())) | Err(_) => Fault::Lost,
        }
    }
}

/// The connections that are lost together.
struct Connections {
    live: Live,
    commands: Connected,
    ears: Connected,
    slots: watch::Sender<Slots>,
    hearing: Hearing,
}

impl Connections {
    async fn until_lost(&mut self, counters: &Counters) -> Fault {
        let Self { live, commands, ears, slots, hearing } = self;
        let clients = [commands.client.clone(), ears.client.clone()];
        tokio::select! {
            fault = commands.task.fault() => fault,
            fault = ears.task.fault() => fault,
            () = hearing.run() => Fault::Lost,
            fault = keep_alive(&clients, counters) => fault,
            () = watch_slots(&clients[0], live.kind, slots, counters) => Fault::Lost,
        }
    }
}

/// Returns when a connection shows no sign of life.
async fn keep_alive(clients: &[Client], counters: &Counters) -> Fault {
    loop {
        sleep(PING_EVERY).await;
        if let Err(error) = try_join_all(clients.iter().map(|client| ping(client, counters))).await {
            return Fault::from(error);
        }
    }
}

/// Asks every node that a client is connected to for a sign of life.
async fn ping(client: &Client, counters: &Counters) -> Result<(), Error> {
    let mut servers: Vec<_> = client.active_connections().into_iter().map(Some).collect();
    if servers.is_empty() {
        servers.push(None); // They are known by numbers that a server may keep to itself.
    }
    counters.upkeep.fetch_add(servers.len() as u64, Ordering::Relaxed);
    let pings = servers.into_iter().map(async |cluster_node| {
        let options = Options { timeout: Some(PONG_WITHIN), cluster_node, ..Options::default() };
        client.with_options(&options).ping::<()>(None).await
    });
    try_join_all(pings).await.map(drop)
}

/// Keeps an eye on which node of a cluster has what, for ever.
async fn watch_slots(client: &Client, kind: Kind, slots: &watch::Sender<Slots>, counters: &Counters) {
    if kind == Kind::Single {
        return std::future::pending().await;
    }
    loop {
        sleep(SLOTS_EVERY).await;
        counters.upkeep.fetch_add(1, Ordering::Relaxed);
        match Slots::read(client).await {
            Ok(now) => {
                slots.send_if_modified(|before| {
                    let is_news = *before != now;
                    *before = now;
                    is_news
                });
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "Could not read which node of the cluster has what");
            }
        }
    }
}
