//! The network between clients and nodes. It delays, cuts in the middle of a frame, falls silent without an end, is too
//! slow, and brings to a node what a client sent long ago on a connection that it has given up since.

use std::{
    cell::{Cell, RefCell},
    io,
    net::SocketAddr,
    rc::Rc,
    time::Duration,
};

use bench::random::Random;
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
    addrs: RefCell<Vec<Option<SocketAddr>>>,
    n_connections: Cell<u64>,
    /// Whether nothing goes wrong any longer.
    is_calm: watch::Sender<bool>,
}

/// What becomes of a connection.
#[derive(Clone, Copy, Debug)]
struct Fate {
    /// Longest delay of a chunk, in milliseconds.
    latency: u64,
    /// When it breaks.
    cut_at: Option<Instant>,
    /// When nothing comes through any longer, in which directions.
    silent_at: Option<Instant>,
    /// How long what was sent is on its way after the client has given the connection up.
    lingers: Duration,
}

impl Network {
    pub(crate) fn new() -> Self {
        let inner = Inner {
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
    pub(crate) async fn connect(&self, mut random: Random) -> io::Result<(SocketAddr, DuplexStream)> {
        self.0.n_connections.set(self.n_connections() + 1);
        sleep(random.ms(0, 300)).await;
        let addr = random.pick(&self.0.addrs.borrow());
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
    fn any(random: &mut Random) -> Self {
        let now = Instant::now();
        let mut within = |ms: u64| now + random.ms(0, ms);
        let (soon, later, silent) = (within(1_500), within(20_000), within(10_000));
        Self {
            latency: random.pick(&[2, 30, 200, 900]),
            cut_at: random.pick(&[Some(soon), Some(later), Some(later), None]),
            silent_at: (random.below(100) < 15).then_some(silent),
            lingers: random.ms(0, 12_000),
        }
    }
}

/// Carries bytes both ways until the connection is cut, or has ended.
async fn carry(
    client: DuplexStream,
    node: TcpStream,
    fate: Fate,
    mut random: Random,
    mut is_calm: watch::Receiver<bool>,
) {
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_node, mut to_node) = node.into_split();
    let mut other = random.fork();
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
    random: &mut Random,
    is_calm: &watch::Receiver<bool>,
) -> End {
    let mut chunk = [0; CHUNK];
    loop {
        let Ok(n @ 1..) = from.read(&mut chunk).await else { return End::NothingComes };
        if !*is_calm.borrow() {
            if fate.silent_at.is_some_and(|at| Instant::now() >= at) {
                sleep(Duration::from_secs(1_000)).await;
            }
            let late = if random.below(100) < 3 { fate.lingers } else { Duration::ZERO };
            let arrives = sleep(random.ms(0, fate.latency) + late);
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
