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
use protocol::{MemberId, MessageText, RoomId, RoomInfo, RoomName, Sequence, Topic};
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
    /// When the server does not start. A client that never gets on is part of the history.
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

        let mut ended = Vec::new();
        for kill in 1..=self.n_kills {
            let n = self.n_messages * kill / (self.n_kills + 1);
            let is_far = || progress.acknowledged.load(Ordering::Relaxed) >= n || progress.all_are_done(self);
            reach(&mut talking, &mut ended, is_far).await?;
            server.kill();
            server = Server::start(binary, data.path(), &addr.to_string(), &WIDE_LIMITS)?;
        }
        reach(&mut talking, &mut ended, || progress.all_are_done(self)).await?;
        let logs = read_logs(&backend, &rooms).await?;
        progress
            .ends
            .set(logs.iter().map(|(room, log)| (room.clone(), end_of(log))).collect())
            .expect("set once");

        while let Some(played) = talking.join_next().await {
            ended.push(played?);
        }
        let mut history = History { logs, ..History::default() };
        for Played { said, seen, member } in ended {
            history.acknowledged.extend(said.acknowledged);
            history.composed.extend(said.composed);
            match seen {
                Ok(views) => history.views.extend(views),
                Err(stuck) => history.stuck.push((member, stuck.to_string())),
            }
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
    /// Clients whose every message was acknowledged, or that got stuck.
    n_done: AtomicUsize,
    /// Where each room ends, once all are done.
    ends: OnceLock<BTreeMap<RoomId, Sequence>>,
}

impl Progress {
    fn all_are_done(&self, ordeal: Ordeal) -> bool {
        self.n_done.load(Ordering::Relaxed) == ordeal.n_clients
    }
}

/// Waits until all are so far, and keeps what those played that end meanwhile.
async fn reach(
    talking: &mut JoinSet<Played>,
    ended: &mut Vec<Played>,
    is_so: impl Fn() -> bool,
) -> anyhow::Result<()> {
    while !is_so() {
        if let Some(played) = talking.try_join_next() {
            ended.push(played?);
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

/// What came of it.
struct Played {
    member: MemberId,
    said: Said,
    /// What they saw, unless their client never got on.
    seen: anyhow::Result<Vec<View>>,
}

impl Part {
    async fn play(self, mut talker: Talker) -> Played {
        let home = &self.rooms[self.at % self.rooms.len()];
        let told = self.talk(&mut talker, home).await;
        self.progress.n_done.fetch_add(1, Ordering::Relaxed);
        let seen = match told {
            Ok(()) => self.look_around(&mut talker, home).await,
            Err(stuck) => Err(stuck),
        };
        Played { member: talker.member().clone(), said: talker.into_said(), seen }
    }

    /// Joins all rooms, and writes this member's share of the messages, half of them at home.
    async fn talk(&self, talker: &mut Talker, home: &RoomId) -> anyhow::Result<()> {
        talker.until(STAGE_MAX, "connecting", |client| !client.rooms().is_empty()).await?;
        for room in &self.rooms {
            talker.join(room);
        }
        talker.until(STAGE_MAX, "joining", |client| client.rooms().len() > self.rooms.len()).await?;
        talker.show(home);

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

    /// Once all are done: what this member has seen at home all along, and what each room opens with then.
    async fn look_around(&self, talker: &mut Talker, home: &RoomId) -> anyhow::Result<Vec<View>> {
        let ends = loop {
            match self.progress.ends.get() {
                Some(ends) => break ends,
                None => talker.step().await,
            }
        };
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
