//! `cargo xtask mutants`: breaks the product, one line at a time, and looks whether the tests notice.

mod list;
mod tree;

use std::process::Stdio;

use anyhow::{Result, bail, ensure};
use clap::Args;

use self::{list::MUTANTS, tree::Tree};
use crate::{
    engines::Engines,
    paths, setup,
    test::Tally,
    toolchain::Toolchain,
    ui::{self, Steps},
};

/// A line that is broken, and the test that must notice.
#[derive(Debug)]
struct Mutant {
    /// What is wrong then.
    name: &'static str,
    /// Which file.
    file: &'static str,
    /// What stands there once.
    sound: &'static str,
    /// What stands there instead.
    broken: &'static str,
    /// The test: its crate, what of it, and its name.
    test: &'static [&'static str],
}

/// Which ones.
#[derive(Args)]
pub(crate) struct Options {
    /// Those that have this in their names. All, if nothing is given.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

/// Breaks and tests.
pub(crate) fn run(options: &Options) -> Result<()> {
    let tally = survivors(setup::wasm()?, &options.names, |_| ())?;
    ui::say(tally);
    match tally.failed {
        0 => Ok(()),
        n => bail!("{n} of the mutants have survived"),
    }
}

/// Breaks the product in each way that has one of the names, in a copy of its sources, and runs the test that must
/// notice. Each mutant counts as one test, passed when it was noticed; a line on each is shown to `see`.
///
/// # Errors
/// When that cannot be done.
pub(crate) fn survivors(toolchain: Toolchain, names: &[String], mut see: impl FnMut(&str)) -> Result<Tally> {
    let is_chosen =
        |it: &&Mutant| names.is_empty() || names.iter().any(|name| it.name.contains(name.as_str()));
    let chosen: Vec<&Mutant> = MUTANTS.iter().filter(is_chosen).collect();
    ensure!(!chosen.is_empty(), "there is no such mutant");
    let tree = Tree::copy()?;
    let engines = Engines::start(&setup::engines()?)?;
    let mut steps = Steps::new(chosen.len());
    let mut tally = Tally::default();
    for mutant in chosen {
        let outcome = steps.step(mutant.name, || outcome(toolchain, mutant, &tree, &engines))?;
        let is_noticed = matches!(outcome, Outcome::Noticed);
        tally = tally.and(if is_noticed { Tally::SUCCESS } else { Tally::FAILURE });
        let line = format!("result: {}: {}", mutant.name, outcome.word());
        ui::say(&line);
        see(&line);
    }
    Ok(tally)
}

/// What became of a mutant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// The test failed.
    Noticed,
    /// It passed.
    Survived,
    /// It does not even compile: that shows nothing.
    Stillborn,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Noticed => "noticed",
            Self::Survived => "SURVIVED",
            Self::Stillborn => "DOES NOT COMPILE",
        }
    }
}

fn outcome(toolchain: Toolchain, mutant: &Mutant, tree: &Tree, engines: &Engines) -> Result<Outcome> {
    let _broken = tree.break_in(mutant.file, (mutant.sound, mutant.broken))?;
    let test = |stage: &[&str]| {
        let mut cargo = toolchain.cargo();
        cargo.current_dir(&tree.path).env("CARGO_TARGET_DIR", paths::target()).arg("test");
        cargo.args(mutant.test).args(stage).envs(engines.environment()).stdin(Stdio::null());
        cargo
    };
    if !test(&["--no-run", "--quiet"]).status()?.success() {
        return Ok(Outcome::Stillborn);
    }
    let output = test(&[]).stderr(Stdio::inherit()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let tally = said.lines().map(Tally::of_line).fold(Tally::default(), Tally::and);
    Ok(if tally.failed > 0 { Outcome::Noticed } else { Outcome::Survived })
}
