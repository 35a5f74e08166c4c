//! What it costs to bring one member's message to a thousand others, beside a bare loop that only writes.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use chat::gather::WAITING_MAX;
use protocol::{ClientMessage, MessageText, Nonce, RequestId, RoomId, Sequence, limits};
use tokio::{sync::watch, task::JoinSet};

use super::{
    Measured, SERVER_CORE, Subject, general,
    plot::{Bar, Plot},
};
use crate::{
    crowd::{self, Member},
    raw::RawConnection,
    server::Server,
};

/// Members who send in turn.
const SENDERS: usize = 50;
/// Messages of one of them that are not acknowledged yet. All together stay below what a room lets wait.
const IN_FLIGHT: u64 = (WAITING_MAX / SENDERS) as u64;

/// Both are measured so often in turn, and their medians compared: whatever else the machine does meets both alike.
const ROUNDS: usize = 5;

/// How much is sent to how many.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Members who show the room.
    pub n_members: usize,
    /// Messages sent one by one in each round.
    pub n_light: u64,
    /// Messages sent as fast as they are taken in each round.
    pub n_heavy: u64,
}

/// Sends to one room on one core, light and heavy, in turn with the bare loop on the same core.
///
/// # Errors
/// When a message does not arrive.
pub async fn measure(subject: &Subject, load: Load) -> anyhow::Result<Measured> {
    let data = tempfile::tempdir()?;
    let (mut bare, mut ours) = (bare(load).await?, ours(subject, data.path(), load).await?);
    let (mut costs, mut rates) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..ROUNDS {
        costs[0].push(bare.light(load.n_light).await?.cpu_us_per_delivery());
        costs[1].push(ours.light(load.n_light).await?.cpu_us_per_delivery());
    }
    for _ in 0..ROUNDS {
        rates[0].push(bare.heavy(load.n_heavy).await?.per_second() / 1e6);
        rates[1].push(ours.heavy(load.n_heavy).await?.per_second() / 1e6);
    }
    let ([bare_cost, cost], [bare_rate, rate]) = (costs.map(median), rates.map(median));
    let n = load.n_members;
    let bar = |label: &str, value, is_ours| Bar { label: label.into(), value, is_ours };
    Ok(Measured {
        lines: vec![
            format!(
                "fan-out to {n}, light: {cost:.2} µs of CPU per delivery, bare loop {bare_cost:.2}: {:.2} ×",
                cost / bare_cost
            ),
            format!(
                "fan-out to {n}, heavy: {rate:.2} million deliveries/s, all durable, bare loop {bare_rate:.2}: {:.2} ×",
                rate / bare_rate
            ),
        ],
        plots: vec![
            Plot {
                file: "fan-out-light",
                title: format!("CPU per delivery to {n} members, one core, light load, µs"),
                bars: vec![bar("bare write loop", bare_cost, false), bar("Hubbub", cost, true)],
            },
            Plot {
                file: "fan-out-heavy",
                title: format!("Deliveries to {n} members, one core, heavy load, millions/s"),
                bars: vec![bar("bare write loop", bare_rate, false), bar("Hubbub", rate, true)],
            },
        ],
    })
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

async fn bare(load: Load) -> anyhow::Result<Stage<BareSender>> {
    let program = std::env::current_exe()?;
    let n = load.n_members.to_string();
    let server = Server::start_on_core(SERVER_CORE, &program, ["bare-loop", "--members", &n], &[])?;
    let members = crowd::strangers(load.n_members + 1);
    let audience = Audience::gather(server.addr, &members[1..], None).await?;
    let sender = BareSender(RawConnection::open(server.addr, &members[0].token).await?);
    Ok(Stage { server, audience, sender })
}

async fn ours(subject: &Subject, data: &Path, load: Load) -> anyhow::Result<Stage<Senders>> {
    let members = {
        let backend = crowd::open(data).await?;
        crowd::gather(&backend, load.n_members + SENDERS, crowd::now()).await?
    };
    let server = subject.start(data, Some(SERVER_CORE), &[])?;
    let (speaking, listening) = members.split_at(SENDERS);
    let audience = Audience::gather(server.addr, listening, Some(&general())).await?;
    let sender = Senders::gather(server.addr, speaking, general()).await?;
    Ok(Stage { server, audience, sender })
}

/// A server, who listens to it and who sends.
struct Stage<S> {
    server: Server,
    audience: Audience,
    sender: S,
}

/// What was measured of one server.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// Messages that reached members, counted at each.
    n_deliveries: u64,
    /// Time from the first send to the last arrival.
    elapsed: Duration,
    /// Processor time of the server in that time.
    cpu: Duration,
}

impl Cost {
    /// Processor time for one delivery, in microseconds.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    fn cpu_us_per_delivery(self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.n_deliveries as f64
    }

    /// Deliveries in one second.
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    fn per_second(self) -> f64 {
        self.n_deliveries as f64 / self.elapsed.as_secs_f64()
    }
}

/// Members who show a room and count what reaches them.
struct Audience {
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
    async fn gather(addr: SocketAddr, members: &[Member], room: Option<&RoomId>) -> anyhow::Result<Self> {
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
            // To the bare loop a byte is a message, so there nobody says anything.
            let says_it_lives = room.is_some();
            listening.spawn(listen(connection, says_it_lives, Arc::clone(&heard), Arc::clone(&told)));
        }
        Ok(Self { heard, rounds, n_listeners: members.len() as u64, listening })
    }

    /// Waits until nothing has arrived for a while: the pages that rooms open with are through.
    async fn settle(&mut self) {
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
    async fn hear(&mut self, n: u64) -> anyhow::Result<()> {
        let enough = n * self.n_listeners;
        let heard = Arc::clone(&self.heard);
        let all = self.rounds.wait_for(|_| heard.load(Ordering::Relaxed) >= enough);
        tokio::select! {
            heard = tokio::time::timeout(Duration::from_mins(1), all) => {
                let so_far = || self.heard.load(Ordering::Relaxed);
                heard.with_context(|| format!("after a minute {} of {enough} had arrived", so_far()))??;
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
    says_it_lives: bool,
    heard: Arc<AtomicU64>,
    told: Arc<watch::Sender<u64>>,
) -> io::Result<()> {
    thread_local! {
        static BUFFER: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; 1 << 20]);
    }
    let mut signs = tokio::time::interval(limits::HEARTBEAT);
    loop {
        tokio::select! {
            readable = connection.readable() => readable?,
            _ = signs.tick(), if says_it_lives => {
                connection.sign_of_life().await?;
                continue;
            }
        }
        let n = BUFFER.with_borrow_mut(|buffer| connection.count(buffer))?;
        if n > 0 {
            let all = heard.fetch_add(n, Ordering::Relaxed) + n;
            told.send_replace(all);
        }
    }
}

impl<S: Sender> Stage<S> {
    /// Sends messages one by one, each when the one before has reached everybody.
    ///
    /// # Errors
    /// When a message does not arrive.
    async fn light(&mut self, n_messages: u64) -> anyhow::Result<Cost> {
        self.audience.settle().await;
        let (began, cpu) = (Instant::now(), self.server.cpu()?);
        for n in 1..=n_messages {
            self.sender.send(1).await?;
            self.audience.hear(n).await?;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.cost(n_messages, began, cpu)
    }

    /// Sends messages as fast as the server takes them.
    ///
    /// # Errors
    /// When they do not arrive.
    async fn heavy(&mut self, n_messages: u64) -> anyhow::Result<Cost> {
        self.audience.settle().await;
        let (began, cpu) = (Instant::now(), self.server.cpu()?);
        let (sent, heard) = tokio::join!(self.sender.send(n_messages), self.audience.hear(n_messages));
        sent?;
        heard?;
        self.cost(n_messages, began, cpu)
    }

    fn cost(&self, n_messages: u64, began: Instant, cpu: Duration) -> anyhow::Result<Cost> {
        Ok(Cost {
            n_deliveries: n_messages * self.audience.n_listeners,
            elapsed: began.elapsed(),
            cpu: self.server.cpu()?.saturating_sub(cpu),
        })
    }
}

/// Who sends.
trait Sender {
    /// Sends `n` messages without waiting for answers.
    ///
    /// # Errors
    /// When the connection is gone.
    fn send(&mut self, n: u64) -> impl Future<Output = io::Result<()>>;
}

/// The sender of the bare loop: a byte a message.
struct BareSender(RawConnection);

impl Sender for BareSender {
    async fn send(&mut self, n: u64) -> io::Result<()> {
        let bytes = vec![b'x'; usize::try_from(n).expect("fits")];
        self.0.write(&bytes).await
    }
}

/// Members of Hubbub who send in turn, each some ahead of its answers.
struct Senders {
    room: RoomId,
    speakers: Vec<Speaker>,
    n_sent: u64,
    buffer: Vec<u8>,
}

/// A member who shows no room, so that all it hears of messages is what became of its own.
struct Speaker {
    connection: RawConnection,
    n_in_flight: u64,
}

impl Senders {
    /// Connects them.
    ///
    /// # Errors
    /// When the server refuses one.
    async fn gather(addr: SocketAddr, members: &[Member], room: RoomId) -> anyhow::Result<Self> {
        let mut speakers = Vec::with_capacity(members.len());
        for member in members {
            let connection =
                RawConnection::open(addr, &member.token).await.context("a sender was refused")?;
            speakers.push(Speaker { connection, n_in_flight: 0 });
        }
        Ok(Self { room, speakers, n_sent: 0, buffer: vec![0; 1 << 16] })
    }
}

impl Sender for Senders {
    async fn send(&mut self, n: u64) -> io::Result<()> {
        for _ in 0..n {
            let at = usize::try_from(self.n_sent).expect("fits") % self.speakers.len();
            let speaker = &mut self.speakers[at];
            speaker.n_in_flight -= speaker.connection.count(&mut self.buffer)?;
            while speaker.n_in_flight >= IN_FLIGHT {
                speaker.connection.readable().await?;
                speaker.n_in_flight -= speaker.connection.count(&mut self.buffer)?;
            }
            let message = ClientMessage::Send {
                room: self.room.clone(),
                nonce: Nonce::parse(&format!("n{}", self.n_sent)).expect("valid"),
                // What is older than all that may be in flight is in the log.
                since: Sequence(self.n_sent.saturating_sub(SENDERS as u64 * IN_FLIGHT)),
                text: MessageText::parse(&"x".repeat(150)).expect("valid"),
            };
            speaker.connection.send(&message).await?;
            speaker.n_in_flight += 1;
            self.n_sent += 1;
        }
        Ok(())
    }
}
