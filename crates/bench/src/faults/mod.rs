//! The talk of a fault run: members talk through one door to many nodes while somebody else, who is told how far it is,
//! makes things go wrong and says what; all of it is written down, and judged at the end.

mod plot;
mod tally;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, bail};
use backend::{Backend, Config};
use clap::Args;
use tokio::{task::JoinSet, time::interval};

use crate::{
    checker::{self, Anomaly, Bounds},
    crowd,
    nemesis::Nemesis,
    play::{Cast, Goal, Play, Progress, Script},
    record::{self, Fold, Record, Run},
    talker::{Door, Patience},
};

use self::tally::Tally;

/// A client that does not get on for so long, when nothing goes wrong any more, never will.
const STUCK_AFTER: Duration = Duration::from_mins(3);
/// What was sent on a connection that was given up has arrived after this time.
const LINGERS: Duration = Duration::from_secs(3);
/// How far it is is told this often.
const TELLS_EVERY: Duration = Duration::from_secs(1);
/// Public rooms of a member, besides the one that all are in.
const ROOMS_EACH: usize = 5;
/// Members of the private room: one in so many of all.
const INVITED_ONE_IN: usize = 20;
/// After so many messages out of a thousand something is edited or deleted. A transaction each, which is what DynamoDB Local
/// takes most of its time for.
const REVISIONS: u32 = 90;
/// After so many messages out of 100,000 a client resets its connection in the middle of a frame.
const RESETS: u32 = 50;
/// Anomalies that are told.
const TOLD: usize = 20;
/// The longest that one fault keeps news from getting on: a link that is cut.
const HELD_UP: Duration = Duration::from_secs(30);
/// Nothing is taken after this time from who is out. The end of a membership has the time of when it was asked for, and may
/// then be held up on its way to the store; and a right to write holds for a second.
const TAKES: Duration = HELD_UP.saturating_add(Duration::from_secs(2));
/// Nothing is shown to them after this time: a node that has not heard of it reads on every 15 seconds, unless it is held up.
const SHOWS: Duration = HELD_UP.saturating_add(Duration::from_secs(20));

/// How hard it is.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where clients connect; of several the next one each time.
    #[arg(long = "door", required = true)]
    doors: Vec<SocketAddr>,
    /// The origin of the page that they are from.
    #[arg(long)]
    origin: String,
    /// Members, each with a client.
    #[arg(long, default_value_t = 200)]
    clients: usize,
    /// Rooms.
    #[arg(long, default_value_t = 50)]
    rooms: usize,
    /// What decides who does what where.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Members write until so many messages are acknowledged.
    #[arg(long)]
    acknowledged: Option<u64>,
    /// Or for so long.
    #[arg(long, conflicts_with = "acknowledged", default_value_t = 60)]
    seconds: u64,
    /// Where everything is written down.
    #[arg(long)]
    history: PathBuf,
}

/// What came of a run.
#[derive(Debug)]
pub struct Judged {
    tally: Tally,
    anomalies: Vec<Anomaly>,
}

/// Lets it happen, on the store that `config` names.
///
/// # Errors
/// When the store or the record fails, beyond what is made to go wrong.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<Judged> {
    let script = options.script();
    let backend = Backend::connect_beside(config).await?;
    let members = crowd::gather(&backend, script.n_clients, crowd::now()).await?;
    let cast = Cast::found(script, &backend, &members).await?;
    say("ready");

    let record = Record::in_file(&options.history);
    let record = record.with_context(|| format!("cannot write {}", options.history.display()))?;
    let record = Arc::new(record);
    record.write(None, options.header());
    let door = Door { addrs: options.doors.clone(), origin: options.origin.clone() };
    let patience = |calm: &_| Patience::after(Arc::clone(calm), STUCK_AFTER);
    let beside = backend.clone();
    let mut play = Play::begin(script, (cast, members), (&door, beside), Arc::clone(&record), patience);
    let mut around = JoinSet::new();
    around.spawn(tell(Arc::clone(&play.progress)));
    let mut nemesis = Nemesis::listen();
    let mut heard = pin!(nemesis.until_calm(|fault| record.write(None, record::Event::Fault(fault))));

    tokio::select! {
        reached = play.reach(Progress::is_reached) => reached?,
        heard = &mut heard => bail!("calm was said too early, or not at all: {heard:?}"),
    }
    say("talked");
    heard.await?;
    play.progress.calm_down();
    play.reach(Progress::all_are_done).await?;
    tokio::time::sleep(LINGERS).await;
    play.end(&backend).await?;
    around.shutdown().await;
    record.close().context("not all could be written down")?;
    judge(&options.history)
}

/// Judges a run by what was written down of it.
///
/// # Errors
/// When that cannot be read.
pub fn judge(history: &Path) -> anyhow::Result<Judged> {
    let (mut tally, mut fold) = (Tally::default(), Fold::default());
    record::read(history, |line| {
        tally.take(&line);
        fold.take(line);
    })?;
    Ok(Judged { tally, anomalies: checker::check(&fold.finish()) })
}

impl Judged {
    /// Prints what came of it, and draws it into a folder.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn tell(mut self, plots: Option<&Path>) -> anyhow::Result<()> {
        for line in self.tally.lines() {
            say(&format!("result: faults: {line}"));
        }
        say(&format!("result: faults: anomalies: {}", self.anomalies.len()));
        for anomaly in self.anomalies.iter().take(TOLD) {
            say(&format!("anomaly: {anomaly}"));
        }
        if let Some(folder) = plots {
            std::fs::create_dir_all(folder)?;
            let file = folder.join("faults.svg");
            std::fs::write(&file, plot::svg(&self.tally))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        anyhow::ensure!(self.anomalies.is_empty(), "something happened that must not");
        Ok(())
    }
}

impl Options {
    fn script(&self) -> Script {
        let time = Goal::Time(Duration::from_secs(self.seconds));
        Script {
            name: "faults",
            n_clients: self.clients,
            n_rooms: self.rooms,
            n_rooms_each: ROOMS_EACH,
            all_join: false,
            invited_one_in: INVITED_ONE_IN,
            goal: self.acknowledged.map_or(time, Goal::Acknowledged),
            revisions: REVISIONS,
            resets: RESETS,
            seed: self.seed,
        }
    }

    fn header(&self) -> record::Event {
        let (seed, n_clients, n_rooms) = (self.seed, self.clients, self.rooms);
        let (began, bounds) = (crowd::now(), Bounds::of(TAKES, SHOWS));
        record::Event::Run(Run { began, seed, n_clients, n_rooms, bounds })
    }
}

/// Tells how far all are, for ever.
async fn tell(progress: Arc<Progress>) {
    let mut ticks = interval(TELLS_EVERY);
    loop {
        ticks.tick().await;
        say(&format!("progress: acknowledged {}", progress.n_acknowledged()));
    }
}

#[expect(clippy::print_stdout, reason = "who makes things go wrong listens there, and so do people")]
fn say(line: &str) {
    println!("{line}");
}
