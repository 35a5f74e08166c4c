//! Members who talk, edit, delete, come and go in rooms of theirs, and somebody who removes them; what goes wrong
//! meanwhile is up to the run.

mod cast;
mod part;
mod warden;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use backend::Backend;
use chat::ports::Way;
use protocol::{Heads, MemberId, RoomId};
use tokio::task::JoinSet;

use crate::{
    crowd::Member,
    noted::Noted,
    record::{Event, Pen, Record},
    stored,
    talker::{Door, Patience, Talker},
};

pub(crate) use self::cast::Cast;
use self::{part::Part, warden::Warden};

/// How far all are is looked up this often.
pub(crate) const LOOKS_EVERY: Duration = Duration::from_millis(5);

/// Who does how much of what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Script {
    /// What the addresses of rooms begin with.
    pub(crate) name: &'static str,
    /// Members, each with a client.
    pub(crate) n_clients: usize,
    /// Rooms, of which the last is private.
    pub(crate) n_rooms: usize,
    /// Public rooms that each member is in.
    pub(crate) n_rooms_each: usize,
    /// Whether members have yet to join those, or are in them from the beginning.
    pub(crate) all_join: bool,
    /// Members of the private room: one in so many of all.
    pub(crate) invited_one_in: usize,
    /// When all have written enough.
    pub(crate) goal: Goal,
    /// After so many messages out of a thousand something is edited or deleted, twice as often edited.
    pub(crate) revisions: u32,
    /// After so many messages out of 100,000 a client resets its connection in the middle of a frame.
    pub(crate) resets: u32,
    /// What decides who does what where.
    pub(crate) seed: u64,
}

/// When all have written enough.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    /// So many messages, the same from everybody.
    Messages(u64),
    /// As soon as so many are acknowledged.
    Acknowledged(u64),
    /// After this time.
    Time(Duration),
}

/// How far all are.
pub(crate) struct Progress {
    pub(crate) acknowledged: Arc<AtomicU64>,
    began: Instant,
    goal: Goal,
    n_clients: usize,
    /// Clients whose every message was acknowledged, or that got stuck.
    n_done: AtomicUsize,
    /// Since when nothing goes wrong any more.
    calm: Arc<OnceLock<Instant>>,
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
    fn new(script: Script) -> Self {
        Self {
            acknowledged: Arc::default(),
            began: Instant::now(),
            goal: script.goal,
            n_clients: script.n_clients,
            n_done: AtomicUsize::new(0),
            calm: Arc::default(),
            ends: OnceLock::new(),
        }
    }

    pub(crate) fn n_acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Whether all have written enough.
    pub(crate) fn is_reached(&self) -> bool {
        self.is_beyond(1.0)
    }

    /// Whether they have come so far, of the whole.
    fn is_beyond(&self, part: f64) -> bool {
        match self.goal {
            Goal::Messages(n) | Goal::Acknowledged(n) => {
                #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
                let (n, acknowledged) = (n as f64, self.n_acknowledged() as f64);
                acknowledged >= n * part
            }
            Goal::Time(time) => self.began.elapsed() >= time.mul_f64(part),
        }
    }

    pub(crate) fn all_are_done(&self) -> bool {
        self.n_done.load(Ordering::Relaxed) == self.n_clients
    }

    /// Nothing goes wrong any more.
    pub(crate) fn calm_down(&self) {
        // It may be calm already.
        let _ = self.calm.set(Instant::now());
    }
}

/// Everybody at it.
pub(crate) struct Play {
    pub(crate) progress: Arc<Progress>,
    cast: Arc<Cast>,
    record: Arc<Record>,
    playing: JoinSet<()>,
    watching: JoinSet<anyhow::Result<()>>,
}

impl Play {
    /// Begins. The warden works on `beside`.
    pub(crate) fn begin(
        script: Script,
        (cast, members): (Cast, Vec<Member>),
        (door, beside): (&Door, Backend),
        record: Arc<Record>,
        patience: impl FnOnce(&Arc<OnceLock<Instant>>) -> Patience,
    ) -> Self {
        let (cast, progress) = (Arc::new(cast), Arc::new(Progress::new(script)));
        let patience = patience(&progress.calm);
        let mut playing = JoinSet::new();
        for (at, member) in members.into_iter().enumerate() {
            let number = u32::try_from(at).expect("not that many");
            let pen = Pen::new(Arc::clone(&record), number, member.person.id.clone());
            let noted = Noted::with(pen.clone(), Arc::clone(&progress.acknowledged));
            let talker = Talker::through(door.clone(), member, script.seed ^ at as u64, noted);
            let (cast, progress) = (Arc::clone(&cast), Arc::clone(&progress));
            let part = Part { script, at, cast, progress, pen, patience: patience.clone() };
            playing.spawn(part.play(talker));
        }
        let mut watching = JoinSet::new();
        let (cast_of_it, progress_of_it) = (Arc::clone(&cast), Arc::clone(&progress));
        let warden = Warden {
            seed: script.seed,
            backend: beside,
            cast: cast_of_it,
            progress: progress_of_it,
            record: Arc::clone(&record),
            patience,
        };
        watching.spawn(warden.watch());
        Self { progress, cast, record, playing, watching }
    }

    /// Waits until all are so far.
    ///
    /// # Errors
    /// When the warden cannot go on, or a client has failed.
    pub(crate) async fn reach(&mut self, is_so: impl Fn(&Progress) -> bool) -> anyhow::Result<()> {
        while !is_so(&self.progress) {
            while let Some(played) = self.playing.try_join_next() {
                played?;
            }
            while let Some(watched) = self.watching.try_join_next() {
                watched??;
            }
            tokio::time::sleep(LOOKS_EVERY).await;
        }
        Ok(())
    }

    /// Once all are done: writes down what the store has, and what everybody shows when they know of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn end(mut self, backend: &Backend) -> anyhow::Result<()> {
        while let Some(watched) = self.watching.join_next().await {
            watched??;
        }
        let ends = write_down(backend, &self.cast, &self.record).await?;
        self.progress.ends.set(ends).expect("set once");
        while let Some(played) = self.playing.join_next().await {
            played?;
        }
        Ok(())
    }
}

/// Writes down all that the store has, and returns how far that is.
async fn write_down(backend: &Backend, cast: &Cast, record: &Record) -> anyhow::Result<Ends> {
    let rooms = cast.rooms.iter().map(|stage| &stage.room.id);
    let mut heads: BTreeMap<RoomId, Heads> =
        rooms.clone().map(|room| (room.clone(), Heads::default())).collect();
    let mut inside = BTreeSet::new();
    let tell = |event| {
        match &event {
            // That a membership ended changes nothing on screen, and of one that ended beside it a server may learn late.
            Event::Message { room, message } => {
                let heads = heads.entry(room.clone()).or_default();
                heads.messages = message.sequence;
                heads.changes = heads.changes.max(message.revision);
            }
            Event::Turns { room, member, turns }
                if turns.last().is_some_and(|turn| turn.way == Way::Joined) =>
            {
                inside.insert((room.clone(), member.clone()));
            }
            _ => {}
        }
        record.write(None, event);
    };
    stored::read(backend, rooms, &cast.members, tell).await?;
    Ok(Ends { heads, inside })
}
