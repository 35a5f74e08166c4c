//! Clients talk while their server is killed again and again; what is left is a [`History`] to be judged.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use backend::Backend;
use chat::ports::{RoomLog as _, Rooms as _};
use client::Client;
use protocol::{MessageText, RoomId, RoomInfo, RoomName, Sequence, Topic};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::task::JoinSet;

use crate::{
    checker::{Entry, History, View},
    crowd,
    server::Server,
    talker::{Said, Talker, entry_of},
};

/// Drafts that one member leaves unacknowledged before it writes on.
const UNSENT_MAX: usize = 8;
/// A client that is not done with a stage within this time never will be.
const STAGE_MAX: Duration = Duration::from_mins(3);
/// How far all are is looked up this often.
const LOOKS_EVERY: Duration = Duration::from_millis(5);
/// Messages read at once when a log is read whole.
const READ: usize = 1000;
/// Many clients come from one address, and write faster than people.
const WIDE_LIMITS: [(&str, &str); 3] = [
    ("HUBBUB_CONNECTIONS_PER_ADDRESS", "10000"),
    ("HUBBUB_RATES_PER_ADDRESS", "10000"),
    ("HUBBUB_SENDS", "100000/100000"),
];

/// How hard it is.
#[derive(Clone, Copy, Debug)]
pub struct Ordeal {
    /// Members, each with a client.
    pub n_clients: usize,
    /// Rooms that all of them are in.
    pub n_rooms: usize,
    /// Messages, of all members together.
    pub n_messages: u64,
    /// How often the server is killed, spread evenly over the messages.
    pub n_kills: u64,
    /// What decides who writes where.
    pub seed: u64,
}

impl Ordeal {
    /// Lets it happen to the server `binary`.
    ///
    /// # Errors
    /// When the server does not start, or a client never catches up.
    pub async fn run(self, binary: &Path) -> anyhow::Result<History> {
        let data = tempfile::tempdir()?;
        let backend = crowd::open(data.path()).await?;
        let members = crowd::gather(&backend, self.n_clients, crowd::now()).await?;
        let rooms = self.rooms(&backend).await?;
        let mut server = Server::start(binary, data.path(), "127.0.0.1:0", &WIDE_LIMITS)?;
        let addr = server.addr;

        let progress = Arc::new(Progress::default());
        let mut talking = JoinSet::new();
        for (at, member) in members.into_iter().enumerate() {
            let acknowledged = Arc::clone(&progress.acknowledged);
            let talker = Talker::new(addr, member, self.seed ^ at as u64, acknowledged);
            let part = Part { ordeal: self, at, rooms: rooms.clone(), progress: Arc::clone(&progress) };
            talking.spawn(part.play(talker));
        }

        for kill in 1..=self.n_kills {
            let n = self.n_messages * kill / (self.n_kills + 1);
            reach(&mut talking, || progress.acknowledged.load(Ordering::Relaxed) >= n).await?;
            server.kill();
            server = Server::start(binary, data.path(), &addr.to_string(), &WIDE_LIMITS)?;
        }
        reach(&mut talking, || progress.n_done.load(Ordering::Relaxed) == self.n_clients).await?;
        let logs = read_logs(&backend, &rooms).await?;
        progress
            .ends
            .set(logs.iter().map(|(room, log)| (room.clone(), end_of(log))).collect())
            .expect("set once");

        let mut history = History { logs, ..History::default() };
        while let Some(ended) = talking.join_next().await {
            let (said, views) = ended??;
            history.acknowledged.extend(said.acknowledged);
            history.composed.extend(said.composed);
            history.views.extend(views);
        }
        Ok(history)
    }

    async fn rooms(self, backend: &Backend) -> anyhow::Result<Vec<RoomId>> {
        let mut rooms = Vec::new();
        for n in 0..self.n_rooms {
            let room = RoomInfo {
                id: RoomId::parse(&format!("ordeal-{n}"))?,
                name: RoomName::parse(&format!("Ordeal {n}"))?,
                topic: Topic::parse("")?,
            };
            backend.rooms.create(&room, crowd::now()).await?;
            rooms.push(room.id);
        }
        Ok(rooms)
    }
}

/// How far all are.
#[derive(Default)]
struct Progress {
    acknowledged: Arc<AtomicU64>,
    /// Clients whose every message was acknowledged.
    n_done: AtomicUsize,
    /// Where each room ends, once all are done.
    ends: OnceLock<BTreeMap<RoomId, Sequence>>,
}

/// Waits until all are so far.
async fn reach(
    talking: &mut JoinSet<anyhow::Result<Played>>,
    is_so: impl Fn() -> bool,
) -> anyhow::Result<()> {
    while !is_so() {
        if let Some(ended) = talking.try_join_next() {
            ended??;
            anyhow::bail!("a client ended too early");
        }
        tokio::time::sleep(LOOKS_EVERY).await;
    }
    Ok(())
}

/// What one member does.
struct Part {
    ordeal: Ordeal,
    at: usize,
    rooms: Vec<RoomId>,
    progress: Arc<Progress>,
}

/// What one member did, and what they saw.
type Played = (Said, Vec<View>);

impl Part {
    async fn play(self, mut talker: Talker) -> anyhow::Result<Played> {
        let home = &self.rooms[self.at % self.rooms.len()];
        talker.until(STAGE_MAX, "connecting", |client| !client.rooms().is_empty()).await?;
        for room in &self.rooms {
            talker.join(room);
        }
        talker.until(STAGE_MAX, "joining", |client| client.rooms().len() > self.rooms.len()).await?;
        talker.show(home);

        self.talk(&mut talker, home).await?;
        self.progress.n_done.fetch_add(1, Ordering::Relaxed);
        talker.until(STAGE_MAX, "waiting for the others", |_| self.progress.ends.get().is_some()).await?;

        let views = self.look_around(&mut talker, home).await?;
        Ok((talker.into_said(), views))
    }

    /// Writes this member's share of the messages, half of them at home.
    async fn talk(&self, talker: &mut Talker, home: &RoomId) -> anyhow::Result<()> {
        let mut random = StdRng::seed_from_u64(self.ordeal.seed ^ self.at as u64);
        let n = self.share();
        for said in 1..=n {
            let anywhere = &self.rooms[random.random_range(0..self.rooms.len())];
            let room = if random.random_bool(0.5) { home } else { anywhere };
            talker.compose(room, MessageText::parse(&format!("{said} of {n} from {}", self.at))?);
            talker.until(STAGE_MAX, "sending", |client| client.n_unsent() < UNSENT_MAX).await?;
        }
        talker.until(STAGE_MAX, "sending the last", |client| client.n_unsent() == 0).await
    }

    /// What this member has seen at home all along, and what each room opens with now.
    async fn look_around(&self, talker: &mut Talker, home: &RoomId) -> anyhow::Result<Vec<View>> {
        let ends = self.progress.ends.get().expect("waited for");
        let at_end = |client: &Client, room: &RoomId| {
            client.timeline(room).is_some_and(|it| it.last() >= ends[room] && it.is_following())
        };
        talker.until(STAGE_MAX, "catching up", |client| at_end(client, home)).await?;
        let mut views = vec![talker.view(home, talker.witnessed(home).to_vec())];
        for room in &self.rooms {
            talker.show(room);
            talker.until(STAGE_MAX, "opening a room", |client| at_end(client, room)).await?;
            let timeline = talker.client().timeline(room).expect("it is at its end");
            views.push(talker.view(room, timeline.messages().iter().map(entry_of).collect()));
        }
        Ok(views)
    }

    fn share(&self) -> u64 {
        let (n, at) = (self.ordeal.n_clients as u64, self.at as u64);
        self.ordeal.n_messages / n + u64::from(at < self.ordeal.n_messages % n)
    }
}

async fn read_logs(backend: &Backend, rooms: &[RoomId]) -> anyhow::Result<BTreeMap<RoomId, Vec<Entry>>> {
    let mut logs = BTreeMap::new();
    for room in rooms {
        let mut log: Vec<Entry> = Vec::new();
        loop {
            let read = backend.log.read(room, end_of(&log).next(), READ).await?;
            log.extend(read.iter().map(entry_of));
            if read.len() < READ {
                break;
            }
        }
        logs.insert(room.clone(), log);
    }
    Ok(logs)
}

fn end_of(log: &[Entry]) -> Sequence {
    log.last().map_or(Sequence::ZERO, |it| it.sequence)
}
