//! What it costs to bring one member's message to a thousand others, beside a bare loop that only writes.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use protocol::{ClientMessage, MessageText, Nonce, RequestId, RoomId, Sequence};
use tokio::{sync::watch, task::JoinSet};

use crate::{crowd::Member, raw::RawConnection, server::Server};

/// What was measured of one server.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// Messages that reached members, counted at each.
    pub n_deliveries: u64,
    /// Time from the first send to the last arrival.
    pub elapsed: Duration,
    /// Processor time of the server in that time.
    pub cpu: Duration,
}

impl Figures {
    /// Processor time for one delivery, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn cpu_us_per_delivery(self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.n_deliveries as f64
    }

    /// Deliveries in one second.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    pub fn per_second(self) -> f64 {
        self.n_deliveries as f64 / self.elapsed.as_secs_f64()
    }
}

/// Members who show a room and count what reaches them.
pub struct Audience {
    heard: Arc<AtomicU64>,
    rounds: watch::Receiver<u64>,
    n_listeners: u64,
    listening: JoinSet<io::Result<()>>,
}

impl Audience {
    /// Connects a listener for each member; those of Hubbub also open `room`.
    ///
    /// # Errors
    /// When the server refuses one.
    pub async fn gather(addr: SocketAddr, members: &[Member], room: Option<&RoomId>) -> anyhow::Result<Self> {
        let heard = Arc::new(AtomicU64::new(0));
        let (told, rounds) = watch::channel(0);
        let told = Arc::new(told);
        let mut listening = JoinSet::new();
        for member in members {
            let mut connection =
                RawConnection::open(addr, &member.token).await.context("a member was refused")?;
            if let Some(room) = room {
                let open = ClientMessage::Open { request: RequestId(1), room: room.clone(), have: None };
                connection.send(&open).await?;
            }
            listening.spawn(listen(connection, Arc::clone(&heard), Arc::clone(&told)));
        }
        Ok(Self { heard, rounds, n_listeners: members.len() as u64, listening })
    }

    /// Waits until nothing has arrived for a while: the pages that rooms open with are through.
    pub async fn settle(&mut self) {
        loop {
            let before = self.heard.load(Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(300)).await;
            if self.heard.load(Ordering::Relaxed) == before {
                break;
            }
        }
        self.heard.store(0, Ordering::Relaxed);
    }

    /// Waits until `n` messages have reached everybody.
    ///
    /// # Errors
    /// When they do not within a minute, or a listener was dropped.
    pub async fn hear(&mut self, n: u64) -> anyhow::Result<()> {
        let enough = n * self.n_listeners;
        let heard = Arc::clone(&self.heard);
        let all = self.rounds.wait_for(|_| heard.load(Ordering::Relaxed) >= enough);
        tokio::select! {
            heard = tokio::time::timeout(Duration::from_mins(1), all) => {
                heard.context("the messages did not reach everybody within a minute")??;
                Ok(())
            }
            Some(ended) = self.listening.join_next() => {
                ended??;
                anyhow::bail!("a listener was dropped")
            }
        }
    }
}

async fn listen(
    mut connection: RawConnection,
    heard: Arc<AtomicU64>,
    told: Arc<watch::Sender<u64>>,
) -> io::Result<()> {
    thread_local! {
        static BUFFER: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; 1 << 20]);
    }
    loop {
        connection.readable().await?;
        let n = BUFFER.with_borrow_mut(|buffer| connection.count(buffer))?;
        if n > 0 {
            let all = heard.fetch_add(n, Ordering::Relaxed) + n;
            told.send_replace(all);
        }
    }
}

/// Sends messages one by one, each when the one before has reached everybody.
///
/// # Errors
/// When a message does not arrive.
pub async fn light(
    server: &Server,
    audience: &mut Audience,
    sender: &mut impl Sender,
    n_messages: u64,
) -> anyhow::Result<Figures> {
    audience.settle().await;
    let (began, cpu) = (Instant::now(), server.cpu()?);
    for n in 1..=n_messages {
        sender.send(1).await?;
        audience.hear(n).await?;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    figures(server, audience, n_messages, (began, cpu))
}

/// Sends messages as fast as the server takes them.
///
/// # Errors
/// When they do not arrive.
pub async fn heavy(
    server: &Server,
    audience: &mut Audience,
    sender: &mut impl Sender,
    n_messages: u64,
) -> anyhow::Result<Figures> {
    audience.settle().await;
    let (began, cpu) = (Instant::now(), server.cpu()?);
    let (sent, heard) = tokio::join!(sender.send(n_messages), audience.hear(n_messages));
    sent?;
    heard?;
    figures(server, audience, n_messages, (began, cpu))
}

fn figures(
    server: &Server,
    audience: &Audience,
    n_messages: u64,
    (began, cpu): (Instant, Duration),
) -> anyhow::Result<Figures> {
    Ok(Figures {
        n_deliveries: n_messages * audience.n_listeners,
        elapsed: began.elapsed(),
        cpu: server.cpu()?.saturating_sub(cpu),
    })
}

/// Who sends.
pub trait Sender {
    /// Sends `n` messages without waiting for answers.
    ///
    /// # Errors
    /// When the connection is gone.
    fn send(&mut self, n: u64) -> impl Future<Output = io::Result<()>>;
}

/// The sender of the bare loop: a byte a message.
pub struct BareSender(pub RawConnection);

impl Sender for BareSender {
    async fn send(&mut self, n: u64) -> io::Result<()> {
        let bytes = vec![b'x'; usize::try_from(n).expect("fits")];
        self.0.write(&bytes).await
    }
}

/// Members of Hubbub who send in turn, each without waiting for its answers.
pub struct Senders {
    room: RoomId,
    connections: Vec<RawConnection>,
    n_sent: u64,
}

impl Senders {
    /// Connects them.
    ///
    /// # Errors
    /// When the server refuses one.
    pub async fn gather(addr: SocketAddr, members: &[Member], room: RoomId) -> anyhow::Result<Self> {
        let mut connections = Vec::with_capacity(members.len());
        for member in members {
            connections.push(RawConnection::open(addr, &member.token).await.context("a sender was refused")?);
        }
        Ok(Self { room, connections, n_sent: 0 })
    }
}

impl Sender for Senders {
    async fn send(&mut self, n: u64) -> io::Result<()> {
        for _ in 0..n {
            let at = usize::try_from(self.n_sent).expect("fits") % self.connections.len();
            let message = ClientMessage::Send {
                room: self.room.clone(),
                nonce: Nonce::parse(&format!("n{}", self.n_sent)).expect("valid"),
                // A nonce that was never used before stands in no message, however far one looks.
                since: Sequence(self.n_sent.saturating_sub(n)),
                text: MessageText::parse(&"x".repeat(150)).expect("valid"),
            };
            self.connections[at].send(&message).await?;
            self.connections[at].drop_answers();
            self.n_sent += 1;
        }
        Ok(())
    }
}
