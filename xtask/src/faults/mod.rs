//! `cargo xtask faults`: members talk on the stack while everything that can goes wrong, and then it is judged whether
//! anything acknowledged was lost, doubled or reordered.

mod fault;
mod nemesis;

use std::{
    path::PathBuf,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use clap::Args;

use self::nemesis::{Begun, Nemesis};
use crate::{
    build::{self, Profile},
    engines::Ports,
    paths, setup,
    stack::{Installed, Order, Whole},
    toolchain::Toolchain,
    ui::{self, Steps},
    workload::{Said, Workload},
};

/// How often to look what is due.
const LOOKS_EVERY: Duration = Duration::from_millis(50);
/// How often a person is told how far it is.
const TELLS_EVERY: Duration = Duration::from_secs(10);
/// Nodes that have been mended are ready within this time.
const WELL_WITHIN: Duration = Duration::from_mins(3);
/// Many members come from one address, and do more than people.
const WIDE_LIMITS: [(&str, &str); 6] = [
    ("HUBBUB_CONNECTIONS_PER_MEMBER", "1000"),
    ("HUBBUB_CONNECTIONS_PER_ADDRESS", "100000"),
    ("HUBBUB_RATES_PER_ADDRESS", "100000"),
    ("HUBBUB_SENDS", "100000/100000"),
    ("HUBBUB_JOINS", "100000/100000"),
    ("HUBBUB_REQUESTS", "100000/100000"),
];

/// How hard it is.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
What everybody did and saw is written to target/faults/history.jsonl; `bench check FILE` judges
such a file again. Logs of all processes are kept below target/faults, too.")]
pub(crate) struct Options {
    /// Members who write.
    #[arg(long, default_value_t = 200)]
    clients: u64,
    /// Rooms that they write in.
    #[arg(long, default_value_t = 50)]
    rooms: u64,
    /// How long they write.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Until how many messages are acknowledged they write, however long that takes.
    #[arg(long, conflicts_with = "seconds")]
    acknowledged: Option<u64>,
    /// How many nodes there are.
    #[arg(long, default_value_t = 2)]
    nodes: u16,
    /// Something goes wrong this often, in milliseconds.
    #[arg(long, default_value_t = 4_000)]
    every_ms: u64,
    /// What decides who does what, and what goes wrong when.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Compile everything for speed, which takes minutes.
    #[arg(long)]
    release: bool,
}

impl Options {
    /// A minute of it.
    pub(crate) const QUICK: Self = Self {
        clients: 200,
        rooms: 50,
        seconds: 60,
        acknowledged: None,
        nodes: 2,
        every_ms: 4_000,
        seed: 1,
        release: false,
    };
    /// A million acknowledged messages, in an hour, with more than five hundred faults.
    pub(crate) const FULL: Self =
        Self { acknowledged: Some(1_000_000), every_ms: 7_000, release: true, ..Self::QUICK };
}

/// Lets it happen and tells how it went.
pub(crate) fn run(options: &Options) -> Result<()> {
    measure(setup::wasm()?, Profile::of_many_machines(options.release), options, |_| ())
}

/// Lets it happen; each line of the outcome is also shown to `see`.
///
/// # Errors
/// When it cannot be done, or anything was found that must not be.
pub(crate) fn measure(
    toolchain: Toolchain,
    profile: Profile,
    options: &Options,
    mut see: impl FnMut(&str),
) -> Result<()> {
    let mut steps = Steps::new(build::N_STEPS + 3);
    let installed = steps.step("Look for engines, nginx and cargo-lambda", Installed::find)?;
    let built = build::all(toolchain, profile, &mut steps)?;
    let mut ports = Ports::new();
    let port = ports.take()?;
    let above = folder();
    let order = Order { above: &above, port, n_nodes: options.nodes, settings: &WIDE_LIMITS, polling: &[] };
    let mut whole = steps.step("Start the stack", || {
        let mut whole = Whole::start(order, &built, &installed, &mut ports)?;
        whole.engines.folder.keep();
        whole.stack.wait()?;
        Ok::<_, anyhow::Error>(whole)
    })?;
    ui::say(format_args!("Logs are in {}.", whole.engines.folder.path.display()));
    let talks = whole.beside(order, talks(options, built.program("bench"), port));
    steps.step("Talk while things go wrong", || talk(options, &mut whole, talks, &mut see))
}

fn talks(options: &Options, mut bench: Command, port: u16) -> Command {
    let folder = folder();
    bench.arg("faults").args(["--door", &format!("127.0.0.1:{port}")]);
    bench.args(["--origin", &format!("http://127.0.0.1:{port}")]);
    bench.args(["--clients", &options.clients.to_string(), "--rooms", &options.rooms.to_string()]);
    bench.args(["--seed", &options.seed.to_string()]);
    bench.arg("--history").arg(folder.join("history.jsonl"));
    match options.acknowledged {
        Some(n) => bench.args(["--acknowledged", &n.to_string()]),
        None => bench.args(["--seconds", &options.seconds.to_string()]),
    };
    // A short run's picture shows nothing.
    let plots = if options.acknowledged.is_some() { paths::root().join("docs/figures") } else { folder };
    bench.arg("--plots").arg(plots);
    bench
}

fn talk(options: &Options, whole: &mut Whole, talks: Command, see: &mut impl FnMut(&str)) -> Result<()> {
    let mut workload = Workload::start(talks)?;
    let mut hear = |said: Said| match said {
        Said::Line(line) => {
            ui::say(&line);
            see(&line);
        }
        Said::Ready | Said::Progress(_) | Said::Talked | Said::Equal | Said::Ended => {}
    };
    loop {
        match workload.hear(Duration::MAX) {
            Some(Said::Ready) => break,
            Some(Said::Ended) | None => return workload.wait(),
            Some(said) => hear(said),
        }
    }
    let began = Instant::now();
    let every = Duration::from_millis(options.every_ms);
    let mut nemesis = Nemesis::new(options.seed, whole.stack.nodes.len(), every);
    let mut told_at = began;
    loop {
        whole.stack.functions.replace()?;
        if let Some(begun) = nemesis.act(whole)? {
            let Begun { fault, target, lasts } = begun;
            let detail = format!("{target}, up to {:.1} s", lasts.as_secs_f64());
            workload.tell(began.elapsed(), &fault.to_string(), &detail)?;
        }
        match workload.hear(LOOKS_EVERY) {
            Some(Said::Talked) => break,
            Some(Said::Ended) => return workload.wait(),
            Some(Said::Progress(n)) if told_at.elapsed() >= TELLS_EVERY => {
                told_at = Instant::now();
                let (faults, time) = (nemesis.n_begun(), ui::minutes(began.elapsed()));
                ui::say(format_args!("{n} messages acknowledged, {faults} faults, {time}"));
            }
            Some(said) => hear(said),
            None => {}
        }
    }
    calm_down(&mut nemesis, whole)?;
    workload.tell_calm()?;
    loop {
        match workload.hear(LOOKS_EVERY) {
            Some(Said::Ended) => return workload.wait(),
            Some(said) => hear(said),
            None => whole.check_but(false, |_| false)?,
        }
    }
}

/// Mends everything, and waits until everything is well.
fn calm_down(nemesis: &mut Nemesis, whole: &mut Whole) -> Result<()> {
    let until = Instant::now() + WELL_WITHIN;
    while !nemesis.calm_down(whole)? {
        if Instant::now() > until {
            bail!("not everything could be mended within {}", ui::seconds(WELL_WITHIN));
        }
        thread::sleep(LOOKS_EVERY);
    }
    whole.stack.wait()
}

/// Where all that is written is.
fn folder() -> PathBuf {
    paths::target().join("faults")
}
