//! Messages are written while somebody else, who is told how far it is, makes the index fall behind and be made anew; when
//! nothing goes wrong any more, the index must have what the store has, and nothing else.

mod documents;
mod known;
mod writing;

use std::{
    collections::{BTreeMap, HashSet},
    net::SocketAddr,
    pin::pin,
    time::Duration,
};

use anyhow::bail;
use backend::{Backend, Config, StoreConfig};
use backend_aws::{Dynamo, DynamoArchive};
use chat::ports::Archive as _;
use clap::Args;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use self::{
    documents::Documents,
    known::Knowledge,
    writing::{Load, Written},
};
use crate::nemesis::Nemesis;

/// An index that is not as it should be by then never will.
const EQUAL_WITHIN: Duration = Duration::from_mins(3);
/// It is compared again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// How far it is is told this often.
const TELLS_EVERY: Duration = Duration::from_secs(1);
/// Items that are read at once.
const AT_ONCE: usize = 1_000;
/// Differences that are told.
const TOLD: usize = 10;

/// What is written, and with what it is compared. The store is that of the settings.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Where OpenSearch is.
    #[arg(long)]
    opensearch: SocketAddr,
    /// The alias of the index that is read.
    #[arg(long)]
    alias: String,
    /// How long messages are written.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Rooms that there are at a time.
    #[arg(long, default_value_t = 40)]
    rooms: usize,
    /// In each of them something is done this often, in milliseconds.
    #[arg(long, default_value_t = 250)]
    every_ms: u64,
    /// What decides who does what where.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Lets it happen, and tells how it went.
///
/// # Errors
/// When the store fails, or the index is not what it should be in time.
pub async fn run(options: &Options, config: &Config) -> anyhow::Result<()> {
    let StoreConfig::Dynamo(tables) = &config.store else {
        bail!("only DynamoDB has an index beside it: HUBBUB_STORE=dynamodb");
    };
    let archive = DynamoArchive::new(&Dynamo::connect(tables).await);
    let backend = Backend::connect_beside(config).await?;
    let (mut nemesis, mut faults) = (Nemesis::listen(), BTreeMap::new());
    let written = Written::default();
    let load = Load {
        n_rooms: options.rooms,
        every: Duration::from_millis(options.every_ms),
        until: Instant::now() + Duration::from_secs(options.seconds),
        seed: options.seed,
    };
    say("ready");
    {
        let mut heard = pin!(nemesis.until_calm(|fault| *faults.entry(fault.what).or_default() += 1));
        tokio::select! {
            done = writing::write(&backend, load, &written) => done?,
            () = tell(&written) => {}
            heard = &mut heard => bail!("calm was said too early, or not at all: {heard:?}"),
        }
        writing::erase_all(&backend).await?;
        say("talked");
        heard.await?;
    }

    let (store, n_unread) = read(&archive).await?;
    let documents = Documents { node: options.opensearch, alias: options.alias.clone() };
    let compared = Compared { store, n_unread, written, documents };
    let took = compared.until_equal().await?;
    say("equal");
    // What is tried then must not change anything.
    nemesis.until_calm(|_| ()).await?;
    compared.until_equal().await?;
    for line in compared.lines(options, took, &faults) {
        say(&format!("result: found: {line}"));
    }
    Ok(())
}

/// Tells how much is written, for ever.
async fn tell(written: &Written) {
    let mut ticks = interval(TELLS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        say(&format!("progress: acknowledged {}", written.messages.get()));
    }
}

/// All that the store has, and how many items of it are none.
async fn read(archive: &DynamoArchive) -> anyhow::Result<(Knowledge, usize)> {
    let (mut store, mut n_unread, mut after) = (Knowledge::default(), 0, None);
    loop {
        let scanned = writing::patiently(async || archive.scan(after.as_ref(), AT_ONCE).await).await?;
        n_unread += scanned.unread.len();
        for entry in scanned.entries {
            let place = format!("{}:{}", entry.room, entry.sequence);
            anyhow::ensure!(store.take(entry.into()), "{place} is in the store twice");
        }
        match scanned.next {
            Some(next) => after = Some(next),
            None => return Ok((store, n_unread)),
        }
    }
}

/// What an index is to have, and the index.
struct Compared {
    store: Knowledge,
    n_unread: usize,
    written: Written,
    documents: Documents,
}

impl Compared {
    /// Waits until the index has what the store has; returns how long that took.
    async fn until_equal(&self) -> anyhow::Result<Duration> {
        let began = Instant::now();
        loop {
            let different = match self.differences().await {
                Ok(differences) if differences.is_empty() => return Ok(began.elapsed()),
                Ok(differences) => differences,
                Err(error) => vec![format!("{error:#}")],
            };
            if began.elapsed() > EQUAL_WITHIN {
                for difference in different.iter().take(TOLD) {
                    say(&format!("difference: {difference}"));
                }
                bail!(
                    "the index is not what it should be within {EQUAL_WITHIN:?}: {} differences",
                    different.len()
                );
            }
            sleep(AGAIN_AFTER).await;
        }
    }

    /// In what the index differs from the store, and what it finds or does not by the words that texts begin with.
    async fn differences(&self) -> anyhow::Result<Vec<String>> {
        self.documents.refresh().await?;
        let index = self.documents.all().await?;
        let mut differences: Vec<String> =
            self.store.differences(&index).iter().map(ToString::to_string).collect();
        let texts = self.store.0.values().filter_map(|known| known.text.as_deref());
        let live: HashSet<&str> = texts.filter_map(|text| text.split(' ').next()).collect();
        let (found, lost): (Vec<String>, Vec<String>) =
            self.written.words().partition(|word| live.contains(word.as_str()));
        let n_found = self.documents.n_with_one_of(&found).await?;
        if n_found != found.len() as u64 {
            differences.push(format!("of {} messages, {n_found} are found by their first word", found.len()));
        }
        let n_lost = self.documents.n_with_one_of(&lost).await?;
        if n_lost != 0 {
            differences.push(format!("{n_lost} messages are found by a word that they no longer have"));
        }
        Ok(differences)
    }

    fn lines(&self, options: &Options, took: Duration, faults: &BTreeMap<String, u64>) -> [String; 3] {
        let Written { messages, edits, deletions, rooms_deleted, unknown, .. } = &self.written;
        let kinds: Vec<String> = faults.iter().map(|(what, n)| format!("{n} × {what}")).collect();
        let unknown = match unknown.get() {
            0 => String::new(),
            n => format!(", {n} writes that may have been done or not"),
        };
        [
            format!(
                "{} s, seed {}: {} messages written ({}/s), {} edits, {} deletions, {} rooms deleted{unknown}",
                options.seconds,
                options.seed,
                messages.get(),
                messages.get() / options.seconds.max(1),
                edits.get(),
                deletions.get(),
                rooms_deleted.get(),
            ),
            format!("{} faults: {}", faults.values().sum::<u64>(), kinds.join(", ")),
            format!(
                "{} documents compared, {} of them live, {} malformed items beside them: equal {:.1} s after the last fault",
                self.store.0.len(),
                self.store.n_live(),
                self.n_unread,
                took.as_secs_f64(),
            ),
        ]
    }
}

#[expect(clippy::print_stdout, reason = "who makes things go wrong listens there, and so do people")]
fn say(line: &str) {
    println!("{line}");
}
