//! The network between clients and nodes. It delays, cuts in the middle of a frame, falls silent without an end, is too
//! slow, and brings to a node what a client sent long ago on a connection that it has given up since.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream},
    net::{TcpSocket, TcpStream},
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

/// Bytes that are on their way at a time, in either direction.
const WINDOW: usize = 16 * 1024;
/// Bytes that travel together.
const CHUNK: usize = 700;

/// A handle: all copies are of one network.
#[derive(Clone)]
pub(crate) struct Network(Rc<Inner>);

struct Inner {
    seed: u64,
    addrs: RefCell<Vec<Option<SocketAddr>>>,
    n_connections: Cell<u64>,
    /// Whether nothing goes wrong any longer.
    is_calm: watch::Sender<bool>,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// Longest delay of a chunk.
    latency: Duration,
    /// When it breaks.
    cut_at: Option<Instant>,
    /// When nothing comes through any longer, in which directions.
    silent_at: Option<Instant>,
    /// How long what was sent is on its way after the client has given the connection up.
    lingers: Duration,
}

impl Network {
    pub(crate) fn new(seed: u64) -> Self {
        let inner = Inner {
            seed,
            addrs: RefCell::default(),
            n_connections: Cell::new(0),
            is_calm: watch::Sender::new(false),
        };
        Self(Rc::new(inner))
    }

    /// The nodes are here now.
    pub(crate) fn route(&self, addrs: Vec<Option<SocketAddr>>) {
        *self.0.addrs.borrow_mut() = addrs;
    }

    pub(crate) fn calm_down(&self) {
        self.0.is_calm.send_replace(true);
    }

    pub(crate) fn n_connections(&self) -> u64 {
        self.0.n_connections.get()
    }

    /// Connects to any node. The client's `random` decides what becomes of it.
    pub(crate) async fn connect(&self, random: &mut StdRng) -> io::Result<(SocketAddr, DuplexStream)> {
        self.0.n_connections.set(self.n_connections() + 1);
        let mut random = StdRng::seed_from_u64(self.0.seed ^ random.random::<u64>());
        sleep(Duration::from_millis(random.random_range(0..300))).await;
        let addr = {
            let addrs = self.0.addrs.borrow();
            addrs[random.random_range(0..addrs.len())]
        };
        let addr = addr.ok_or(io::ErrorKind::ConnectionRefused)?;
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(2_048)?; // What does not get through waits at the node.
        let node = socket.connect(addr).await?;
        node.set_nodelay(true)?;
        let (near, far) = tokio::io::duplex(WINDOW);
        let fate = Fate::any(&mut random);
        tokio::task::spawn_local(carry(far, node, fate, random, self.0.is_calm.subscribe()));
        Ok((addr, near))
    }
}

impl Fate {
    fn any(random: &mut StdRng) -> Self {
        let now = Instant::now();
        let mut within = |ms: u64| now + Duration::from_millis(random.random_range(0..ms));
        let (soon, later, silent) = (within(1_500), within(20_000), within(10_000));
        let latency = [2, 30, 200, 900][random.random_range(0..4)];
        Self {
            latency: Duration::from_millis(latency),
            cut_at: [Some(soon), Some(later), Some(later), None][random.random_range(0..4)],
            silent_at: random.random_bool(0.15).then_some(silent),
            lingers: Duration::from_millis(random.random_range(0..12_000)),
        }
    }
}

/// Carries bytes both ways until the connection is cut, or has ended.
async fn carry(
    client: DuplexStream,
    node: TcpStream,
    fate: Fate,
    mut random: StdRng,
    mut is_calm: watch::Receiver<bool>,
) {
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_node, mut to_node) = node.into_split();
    let mut other = StdRng::seed_from_u64(random.random());
    let calm = is_calm.clone();
    let up = pipe(&mut from_client, &mut to_node, fate, &mut random, &calm);
    let down = async {
        if pipe(&mut from_node, &mut to_client, fate, &mut other, &calm).await == End::NobodyReads {
            std::future::pending::<()>().await; // The client is gone; what it has sent arrives all the same.
        }
    };
    let cut = async {
        match fate.cut_at.or(fate.silent_at.map(|at| at + Duration::from_mins(1))) {
            Some(at) if !*is_calm.borrow() => tokio::select! {
                () = sleep_until(at) => {}
                // What is cut in the end is cut now.
                _ = is_calm.changed() => {}
            },
            _ => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = up => {}
        () = down => {}
        () = cut => {}
    }
}

/// Why a direction has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    NothingComes,
    NobodyReads,
}

async fn pipe(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    fate: Fate,
    random: &mut StdRng,
    is_calm: &watch::Receiver<bool>,
) -> End {
    let mut chunk = [0; CHUNK];
    loop {
        let Ok(n @ 1..) = from.read(&mut chunk).await else { return End::NothingComes };
        if !*is_calm.borrow() {
            if fate.silent_at.is_some_and(|at| Instant::now() >= at) {
                sleep(Duration::from_secs(1_000)).await;
            }
            let ms = u64::try_from(fate.latency.as_millis()).unwrap();
            let late = if random.random_bool(0.03) { fate.lingers } else { Duration::ZERO };
            let arrives = sleep(Duration::from_millis(random.random_range(0..=ms)) + late);
            let mut is_calm = is_calm.clone();
            tokio::select! {
                () = arrives => {}
                // What lingers arrives at last, and as late as that is.
                _ = is_calm.wait_for(|it| *it) => {}
            }
        }
        if to.write_all(&chunk[..n]).await.is_err() {
            return End::NobodyReads;
        }
    }
}
