//! Clients talk, edit, delete, come and go while their server is killed again and again; what is left is a [`History`] to
//! be judged.

mod cast;
mod part;
mod stored;
mod warden;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use protocol::{Heads, MemberId, RoomId};
use tokio::task::JoinSet;

use crate::{checker::History, crowd, server::Server, talker::Talker};

use self::{
    cast::Cast,
    part::{Part, Played, Seen},
    stored::Stored,
    warden::Warden,
};

/// How far all are is looked up this often.
const LOOKS_EVERY: Duration = Duration::from_millis(5);
/// Many clients come from one address, and do more than people.
const WIDE_LIMITS: [(&str, &str); 4] = [
    ("HUBBUB_CONNECTIONS_PER_ADDRESS", "10000"),
    ("HUBBUB_RATES_PER_ADDRESS", "10000"),
    ("HUBBUB_SENDS", "100000/100000"),
    ("HUBBUB_JOINS", "100000/100000"),
];

/// How hard it is.
#[derive(Clone, Copy, Debug)]
pub struct Ordeal {
    /// Members, each with a client.
    pub n_clients: usize,
    /// Rooms. The last is private, with some of the members in it; all are in the others.
    pub n_rooms: usize,
    /// Messages, of all members together.
    pub n_messages: u64,
    /// How often the server is killed, spread evenly over the messages.
    pub n_kills: u64,
    /// What decides who does what where.
    pub seed: u64,
}

impl Ordeal {
    /// Lets it happen to the server `binary`.
    ///
    /// # Errors
    /// When the server does not start or the store fails. A client that never gets on is part of the history.
    pub async fn run(self, binary: &Path) -> anyhow::Result<History> {
        let data = tempfile::tempdir()?;
        let backend = crowd::open(data.path()).await?;
        let members = crowd::gather(&backend, self.n_clients, crowd::now()).await?;
        let cast = Arc::new(Cast::found(self, &backend, &members).await?);
        let mut server = Server::start(binary, data.path(), "127.0.0.1:0", &WIDE_LIMITS)?;
        let addr = server.addr;

        let progress = Arc::new(Progress::default());
        let mut talking = JoinSet::new();
        for (at, member) in members.into_iter().enumerate() {
            let acknowledged = Arc::clone(&progress.acknowledged);
            let talker = Talker::new(addr, member, self.seed ^ at as u64, acknowledged);
            let (cast, progress) = (Arc::clone(&cast), Arc::clone(&progress));
            talking.spawn(Part { ordeal: self, at, cast, progress }.play(talker));
        }
        let mut watching = JoinSet::new();
        let warden = Warden::new(self, Arc::clone(&cast), data.path(), Arc::clone(&progress));
        watching.spawn(warden.watch());

        let mut ended = Vec::new();
        for kill in 1..=self.n_kills {
            let n = self.n_messages * kill / (self.n_kills + 1);
            let is_far = || progress.acknowledged.load(Ordering::Relaxed) >= n || progress.all_are_done(self);
            reach(&mut talking, &mut ended, is_far).await?;
            server.kill();
            server = Server::start(binary, data.path(), &addr.to_string(), &WIDE_LIMITS)?;
        }
        reach(&mut talking, &mut ended, || progress.all_are_done(self)).await?;
        while let Some(watched) = watching.join_next().await {
            watched?.context("beside the server")?;
        }
        let stored = Stored::read(&backend, &cast).await?;
        progress.ends.set(stored.ends()).expect("set once");

        while let Some(played) = talking.join_next().await {
            ended.push(played?);
        }
        let Stored { logs, changes, turns } = stored;
        let mut history = History { logs, changes, turns, ..History::default() };
        for played in ended {
            add(&mut history, played);
        }
        Ok(history)
    }
}

/// How far all are.
#[derive(Default)]
struct Progress {
    acknowledged: Arc<AtomicU64>,
    /// Clients whose every message was acknowledged, or that got stuck.
    n_done: AtomicUsize,
    /// How it all ended, once all are done.
    ends: OnceLock<Ends>,
}

/// How it all ended.
#[derive(Debug)]
struct Ends {
    /// The last message of each room, and the last of its changes that a message shows.
    heads: BTreeMap<RoomId, Heads>,
    /// Who is in which room.
    inside: BTreeSet<(RoomId, MemberId)>,
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

fn add(history: &mut History, Played { member, said, seen }: Played) {
    history.acknowledged.extend(said.acknowledged);
    history.revised.extend(said.revised);
    history.composed.extend(said.composed);
    history.sent_again.extend(said.sent_again);
    history.given_up.extend(said.given_up);
    history.sightings.extend(said.sightings);
    match seen {
        Ok(Seen { views, witnessed, removed }) => {
            history.views.extend(views);
            history.witnessed.extend(witnessed);
            history.removed.extend(removed);
        }
        Err(stuck) => history.stuck.push((member, stuck.to_string())),
    }
}
