//! Every task of the project: `cargo xtask` lists them.

mod bench;
mod build;
mod costs;
mod deploy;
mod engines;
mod faults;
mod found;
mod functions;
mod mutants;
mod paths;
mod playwright;
mod process;
mod programs;
mod run;
mod screenshots;
mod setup;
mod stack;
mod test;
mod toolchain;
mod tools;
mod ui;
mod workload;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's tasks. `cargo xtask run` starts the chat, `cargo xtask test` runs every test.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", arg_required_else_help = true)]
struct Xtask {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds what is not built and starts the chat, on port 3000 of this machine.
    Run(run::Options),
    /// Builds and starts the chat as it runs in an account: two nodes, pages and real engines behind one front door.
    Stack(stack::Options),
    /// Starts such a stack for a test that thinks it is one server.
    #[command(hide = true)]
    StackOfTests,
    /// Lets members talk on that stack while everything goes wrong, and judges what came of it.
    Faults(faults::Options),
    /// Writes messages while all that keeps up the index goes wrong, and compares it with the store.
    Found(found::Options),
    /// Breaks the product one line at a time, and looks whether the tests notice.
    Mutants(mutants::Options),
    /// Runs the tests, all or some, and ends with how many passed and failed.
    Test(test::Options),
    /// Starts DynamoDB Local, OpenSearch and Redis as the tests want them: for one command, or until Ctrl-C.
    Engines(engines::Options),
    /// Measures the figures of the README on this machine and draws them.
    Bench(bench::Options),
    /// Builds the programs and the site that images hold into a folder: `deploy/Dockerfile` calls it.
    Programs(programs::Options),
    /// Computes what it costs on AWS into deploy/README.md and docs/figures/costs.svg.
    Costs(costs::Options),
    /// Brings all of it into an account of AWS, takes it away again, and says how it is.
    Deploy(deploy::Options),
    /// Takes the README's pictures anew.
    Screenshots,
    /// Installs what the tasks need. `run` and `test` do so by themselves; `cargo leptos watch` wants `setup watch`.
    Setup(setup::Options),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    match Xtask::parse().task {
        Task::Run(options) => run::run(&options),
        Task::Stack(options) => stack::run(&options),
        Task::StackOfTests => stack::run_of_tests(),
        Task::Faults(options) => faults::run(&options),
        Task::Found(options) => found::run(&options),
        Task::Mutants(options) => mutants::run(&options),
        Task::Test(options) => test::run(&options),
        Task::Engines(options) => engines::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Programs(options) => programs::run(&options),
        Task::Costs(options) => costs::run(&options),
        Task::Deploy(options) => deploy::run(&options),
        Task::Screenshots => screenshots::run(),
        Task::Setup(options) => setup::run(&options),
    }
}
