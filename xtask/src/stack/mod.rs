//! `cargo xtask stack`: the chat as it runs in an account, on this machine.

mod engines;
mod front_door;
mod functions;
mod indexing;
mod link;
mod of_tests;
mod program;
mod routes;
mod running;
mod update;
mod whole;

use std::{thread, time::Duration};

use anyhow::Result;
use clap::Args;

#[cfg(test)]
pub(crate) use self::routes::{Cache, Host, Origin, Passed, Route, routes};
pub(crate) use self::{
    engines::OwnEngines,
    functions::{called as functions_called, told_by_lambda},
    indexing::{Indexing, Parts},
    link::Answers,
    of_tests::run as run_of_tests,
    running::Node,
    whole::{Installed, Order, Whole},
};
use crate::{
    build::{self, Profile},
    engines::Ports,
    paths, setup,
    ui::{self, Steps},
};

/// How often to look whether everything still runs.
const PAUSE: Duration = Duration::from_millis(500);

/// How it is started.
#[derive(Args)]
#[command(after_help = "\
Nothing in it is kept: each start begins with empty tables. Each process writes its log beside the
others'; the folder is told. A node that ends is started again. One Ctrl-C ends everything.")]
pub(crate) struct Options {
    /// On which port of this machine the front door is.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// How many nodes of the chat there are.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=8))]
    nodes: u16,
}

/// Builds what has changed, starts everything, and runs until Ctrl-C.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut steps = Steps::new(build::N_STEPS + 4);
    let toolchain = steps.step("Look for a Rust that builds for the browser", setup::wasm)?;
    let programs = steps.step("Look for engines, nginx and cargo-lambda", Installed::find)?;
    let built = build::all(toolchain, Profile::Distributed, &mut steps)?;
    let above = paths::target().join("stack");
    let order =
        Order { above: &above, port: options.port, n_nodes: options.nodes, settings: &[], polling: &[] };
    let mut whole = steps.step("Start the engines, and make the tables", || {
        Whole::start(order, &built, &programs, &mut Ports::new())
    })?;
    steps.step("Wait for nodes, pages, functions and the front door", || whole.stack.wait())?;
    ui::say(format_args!("Hubbub is on http://127.0.0.1:{}, with {} nodes.", options.port, options.nodes));
    ui::say(format_args!("Logs are in {}. Ctrl-C ends everything.", whole.engines.folder.path.display()));
    loop {
        whole.stack.replace()?;
        whole.check_but(false, |_| false)?;
        thread::sleep(PAUSE);
    }
}
