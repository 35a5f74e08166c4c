//! `cargo xtask found`: messages are written while all that keeps up the index goes wrong, and then it is judged whether each
//! is found as it is in the store, and nothing else.

mod fault;
mod malformed;
mod nemesis;
mod rebuilds;

use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail, ensure};
use clap::Args;

use self::{fault::World, malformed::Malformed, nemesis::Nemesis, rebuilds::Rebuilds};
use crate::{
    build::{self, Built, Profile},
    engines::Ports,
    paths, process, setup,
    stack::{Indexing, Parts},
    toolchain::Toolchain,
    ui::{self, Steps},
    workload::{Said, Workload},
};

/// How often to look what is due.
const LOOKS_EVERY: Duration = Duration::from_millis(50);
/// How often a person is told how far it is.
const TELLS_EVERY: Duration = Duration::from_secs(10);
/// What has been mended is well within this time; a rebuild among it.
const WELL_WITHIN: Duration = Duration::from_mins(3);
/// What is malformed is told of within this time after all else is as it should be.
const TOLD_WITHIN: Duration = Duration::from_mins(1);
/// What the poller is told. In an account, too, a batch comes again until it is 20 hours old: OpenSearch may be away for
/// longer than a few retries take. So only what the indexer passes over itself is passed over. The indexer has failed after
/// less time than it may stand still.
const POLLING: [&str; 6] = ["--repeat-one-in", "7", "--retries", "1000000", "--timeout", "8"];

/// How hard it is.
#[derive(Args, Clone, Debug)]
#[command(after_help = "Logs of all processes are kept below target/found.")]
pub(crate) struct Options {
    /// How long messages are written.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Something goes wrong this often, in milliseconds.
    #[arg(long, default_value_t = 3_000)]
    every_ms: u64,
    /// What decides what is written, and what goes wrong when.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Compile everything for speed, which takes minutes.
    #[arg(long)]
    release: bool,
}

impl Options {
    /// A minute of it.
    pub(crate) const QUICK: Self = Self { seconds: 60, every_ms: 3_000, seed: 1, release: false };
    /// Ten minutes.
    pub(crate) const FULL: Self = Self { seconds: 600, every_ms: 5_000, release: true, ..Self::QUICK };
}

/// Lets it happen and tells how it went.
pub(crate) fn run(options: &Options) -> Result<()> {
    measure(setup::wasm()?, Profile::of_many_machines(options.release), options, |_| ())
}

/// Lets it happen; each line of the outcome is also shown to `see`.
///
/// # Errors
/// When it cannot be done, or the index is not what it must be.
pub(crate) fn measure(
    toolchain: Toolchain,
    profile: Profile,
    options: &Options,
    mut see: impl FnMut(&str),
) -> Result<()> {
    let mut steps = Steps::new(4);
    let (engines, cargo_lambda) = steps.step("Look for engines and cargo-lambda", || {
        Ok::<_, anyhow::Error>((setup::engines()?, setup::cargo_lambda()?))
    })?;
    let built = steps.step("Compile the programs", || build::of_many_machines(toolchain, profile))?;
    let mut world = steps.step("Start the functions", || {
        let parts = Parts { built: &built, engines: &engines, cargo_lambda: &cargo_lambda };
        let above = paths::target().join("found");
        let mut indexing = Indexing::start(&above, &POLLING, parts, &mut Ports::new())?;
        indexing.engines.folder.keep();
        let mut rebuild = indexing.beside(built.program("indexer"));
        rebuild.arg("rebuild");
        let rebuilds = Rebuilds::new(rebuild, indexing.engines.folder.path.join("rebuild"));
        Ok::<_, anyhow::Error>(World { indexing, rebuilds, malformed: Malformed::default() })
    })?;
    ui::say(format_args!("Logs are in {}.", world.indexing.engines.folder.path.display()));
    steps.step("Write while things go wrong", || write(options, &mut world, &built, &mut see))
}

fn writes(options: &Options, indexing: &Indexing, built: &Built) -> Command {
    let mut bench = indexing.beside(built.program("bench"));
    // It is asked for documents in its own words, not by what serves searches.
    bench.env_remove("HUBBUB_INDEX").arg("found");
    bench.args(["--opensearch", &format!("127.0.0.1:{}", indexing.engines.opensearch.port)]);
    bench.args(["--alias", &Indexing::alias(), "--seconds", &options.seconds.to_string()]);
    bench.args(["--seed", &options.seed.to_string()]);
    bench
}

fn write(options: &Options, world: &mut World, built: &Built, see: &mut impl FnMut(&str)) -> Result<()> {
    let mut workload = Workload::start(writes(options, &world.indexing, built))?;
    let mut hear = |line: &str| {
        ui::say(line);
        see(line);
    };
    let began = Instant::now();
    let rebuilds_for = Duration::from_secs(options.seconds / 2);
    let mut nemesis = Nemesis::new(options.seed, Duration::from_millis(options.every_ms), rebuilds_for);
    let mut told_at = began;
    loop {
        if let Some((fault, lasts)) = nemesis.act(world)? {
            let detail = format!("up to {:.1} s", lasts.as_secs_f64());
            ui::say(format_args!("{:>5.1} s: {fault}, {detail}", began.elapsed().as_secs_f64()));
            workload.tell(began.elapsed(), &fault.to_string(), &detail)?;
        }
        match workload.hear(LOOKS_EVERY) {
            Some(Said::Talked) => break,
            Some(Said::Ended) => return workload.wait(),
            Some(Said::Progress(n)) if told_at.elapsed() >= TELLS_EVERY => {
                told_at = Instant::now();
                let (faults, time) = (nemesis.n_begun(), ui::minutes(began.elapsed()));
                ui::say(format_args!("{n} messages written, {faults} faults, {time}"));
            }
            Some(Said::Line(line)) => hear(&line),
            Some(Said::Ready | Said::Progress(_) | Said::Equal) | None => {}
        }
    }
    calm_down(&mut nemesis, world)?;
    workload.tell_calm()?;
    loop {
        match workload.hear(LOOKS_EVERY) {
            Some(Said::Equal) => {
                let line = put_in(world, built)?;
                hear(&format!("result: found: {line}"));
                // Nothing may have changed.
                workload.tell_calm()?;
            }
            Some(Said::Line(line)) => hear(&line),
            Some(Said::Ended) => return workload.wait(),
            Some(Said::Ready | Said::Progress(_) | Said::Talked) => {}
            None => world.indexing.check_but([false; 3])?,
        }
    }
}

/// Mends everything, and waits until everything is well.
fn calm_down(nemesis: &mut Nemesis, world: &mut World) -> Result<()> {
    let until = Instant::now() + WELL_WITHIN;
    while !nemesis.calm_down(world)? {
        ensure!(Instant::now() < until, "not everything could be mended within {}", ui::seconds(WELL_WITHIN));
        thread::sleep(LOOKS_EVERY);
    }
    Ok(())
}

/// Looks whether there is a letter of each malformed item and of nothing else, and that it stays so when an operator has the
/// letters put in. Tells how many there are.
fn put_in(world: &mut World, built: &Built) -> Result<String> {
    let World { indexing, rebuilds, malformed } = world;
    let (queues, queue) = (indexing.engines.queues.port, &indexing.functions.letters);
    let until = Instant::now() + TOLD_WITHIN;
    let n_letters = loop {
        let (told, n) = malformed::letters(queues, queue)?;
        if let Some((room, first)) = told.difference(&malformed.keys).next() {
            bail!("{room}:{first} was set aside, and is as it should be");
        }
        if told == malformed.keys {
            break n;
        }
        ensure!(
            Instant::now() < until,
            "there are letters of {} items of {} that are malformed",
            told.len(),
            malformed.keys.len()
        );
        thread::sleep(LOOKS_EVERY);
    };
    let mut redrive = indexing.beside(built.program("indexer"));
    let said = process::output(redrive.arg("redrive"))?;
    let said = said.lines().last().context("`indexer redrive` says nothing")?.to_owned();
    ensure!(said.starts_with("0 letters are dealt with"), "`indexer redrive` says: {said}");
    let (told, _) = malformed::letters(queues, queue)?;
    ensure!(told == malformed.keys, "`indexer redrive` has lost letters: {said}");
    Ok(format!(
        "rebuilds: {} done, {} that failed and were begun again; malformed items: {}, all of them told of by letters, \
         which are {n_letters} and are left by a redrive",
        rebuilds.n_done,
        rebuilds.n_failed,
        malformed.keys.len()
    ))
}
