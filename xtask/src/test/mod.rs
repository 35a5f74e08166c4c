//! `cargo xtask test`: every test there is, fastest first. What CI runs.

mod checks;
mod deploy;
mod e2e;
mod faulty;
mod functions;
mod images;
mod lints;
mod results;
mod tally;
mod units;

use std::{
    env,
    path::PathBuf,
    process::exit,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

pub(crate) use self::tally::Tally;
use crate::{
    bench::{self, Figure},
    mutants, setup,
    toolchain::Toolchain,
    ui::{self, Steps},
};

/// Which tests to run.
#[derive(Args)]
pub(crate) struct Options {
    /// Runs these parts alone.
    #[arg(long, value_name = "PART", value_delimiter = ',')]
    only: Vec<Part>,
    /// Runs these parts alone, and whole: long runs otherwise take a fraction. Writes docs/results.md.
    #[arg(long, value_name = "PART", value_delimiter = ',', conflicts_with = "only")]
    full: Vec<Part>,
}

/// A part of the tests, in the order in which they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The layout of the code.
    Fmt,
    /// The licences and sources of what we depend on; advisories where they can be fetched.
    Deny,
    /// The templates and the image, and all of them in a mock account: made, changed and deleted.
    Deploy,
    /// Builds all that is tested, for the server and for the browser: warnings of clippy and the compiler fail it.
    Clippy,
    /// The tests of all crates: units, contracts, simulations, processes.
    Units,
    /// What images hold, in a file system of just that: each program starts, serves and stops.
    Images,
    /// Playwright's tests, in Chromium.
    E2e,
    /// Playwright's tests against nodes, pages and engines behind one front door: some of them, or all.
    Stack,
    /// Members who talk on the stack while everything goes wrong: a minute, or a million messages.
    Faults,
    /// Messages that are written while all that keeps up the index goes wrong, a minute or ten, and looked for in it.
    Found,
    /// The simulation of nodes, 10,000 seeds of it, built for speed: only where it is named.
    Simulation,
    /// Tests of real nodes with whole crowds, built for speed: only where it is named.
    Cluster,
    /// Both functions of Lambda, built, weighed, put into a mock account and started: only where it is named.
    Functions,
    /// Lines that are broken one by one, each of which a test must notice: only where it is named.
    Mutants,
    /// Warnings of rustdoc, which compiles every dependency in its own way: only where it is named.
    Doc,
    /// The figures of the README, on a server built for speed: only where it is named.
    Figures,
}

/// What the parts are run with.
struct Setting {
    toolchain: Toolchain,
    /// Whether long runs are whole; the tests then find the part's name in `HUBBUB_FULL`.
    is_full: bool,
    /// This program. Later its own tests have it built anew, and the system does not know it by this path any more.
    this_program: PathBuf,
}

/// A part that was run.
struct Done {
    part: Part,
    tally: Tally,
    time: Duration,
    /// What tests asked to have kept.
    results: Vec<String>,
}

/// Runs the parts that were asked for and ends the process: with 1 when anything failed.
pub(crate) fn run(options: &Options) -> Result<()> {
    let this_program = env::current_exe().context("this program has no path")?;
    let setting = Setting { toolchain: setup::wasm()?, is_full: !options.full.is_empty(), this_program };
    let parts = chosen(options);
    let circumstances = setting.is_full.then(results::circumstances).transpose()?;
    let mut steps = Steps::new(parts.len());
    let done: Vec<_> = parts.iter().map(|part| run_part(*part, &setting, &mut steps)).collect();

    ui::say("");
    for Done { part, tally, time, results } in &done {
        ui::say(format_args!("{:<7} {:>9}   {tally}", part.name(), ui::minutes(*time)));
        if let Some(circumstances) = &circumstances {
            let summary = format!("{tally} in {}", ui::minutes(*time));
            results::write(&part.name(), circumstances, &summary, results)?;
        }
    }
    let all = done.iter().map(|it| it.tally).fold(Tally::default(), Tally::and);
    ui::say(all);
    exit(i32::from(all.failed > 0))
}

impl Part {
    fn name(self) -> String {
        self.to_possible_value().expect("no part is hidden").get_name().to_owned()
    }
}

fn chosen(options: &Options) -> Vec<Part> {
    let named = if options.only.is_empty() { &options.full } else { &options.only };
    let is_chosen = |part: &Part| match named.as_slice() {
        [] => !matches!(
            part,
            Part::Simulation | Part::Cluster | Part::Functions | Part::Mutants | Part::Doc | Part::Figures
        ),
        named => named.contains(part),
    };
    Part::value_variants().iter().copied().filter(is_chosen).collect()
}

/// Counts as one test: that everything could be measured. What it came to is for people to judge.
fn figures(setting: &Setting, results: &mut Vec<String>) -> Result<Tally> {
    let see = |line: &str| results.extend(results::kept(line));
    bench::measure(setting.toolchain, Figure::value_variants(), see)?;
    Ok(Tally::SUCCESS)
}

/// Runs a part; what keeps it from running at all is a failure like any other.
fn run_part(part: Part, setting: &Setting, steps: &mut Steps) -> Done {
    let start = Instant::now();
    let mut results = Vec::new();
    let tally = steps.step(&part.name(), || match part {
        Part::Fmt => lints::fmt(),
        Part::Deny => lints::deny(),
        Part::Deploy => deploy::run(setting),
        Part::Clippy => lints::clippy(setting.toolchain),
        Part::Units => units::run(setting, &mut results),
        Part::Images => images::run(setting),
        Part::E2e => e2e::run(setting, &mut results),
        Part::Stack => e2e::run_on_stack(setting, &mut results),
        Part::Faults => faulty::faults(setting, &mut results),
        Part::Found => faulty::found(setting, &mut results),
        Part::Simulation => units::simulation(setting, &mut results),
        Part::Cluster => units::cluster(setting, &mut results),
        Part::Functions => functions::run(&mut results),
        Part::Mutants => {
            let see = |line: &str| results.extend(results::kept(line));
            mutants::survivors(setting.toolchain, &[], see)
        }
        Part::Doc => Ok(lints::doc(setting.toolchain)),
        Part::Figures => figures(setting, &mut results),
    });
    let tally = tally.unwrap_or_else(|why| {
        ui::say(format_args!("{}: {why:#}", part.name()));
        Tally::FAILURE
    });
    Done { part, tally, time: start.elapsed(), results }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_parts_run_where_they_are_named_and_all_in_order() {
        let options = |only: &[Part], full: &[Part]| Options { only: only.to_vec(), full: full.to_vec() };

        assert_eq!(
            chosen(&options(&[], &[])),
            [
                Part::Fmt,
                Part::Deny,
                Part::Deploy,
                Part::Clippy,
                Part::Units,
                Part::Images,
                Part::E2e,
                Part::Stack,
                Part::Faults,
                Part::Found
            ]
        );
        assert_eq!(chosen(&options(&[], &[Part::Figures])), [Part::Figures]);
        assert_eq!(chosen(&options(&[Part::E2e, Part::Fmt], &[])), [Part::Fmt, Part::E2e]);
        assert_eq!(chosen(&options(&[], &[Part::Units])), [Part::Units]);
    }
}
