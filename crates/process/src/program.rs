//! How a program begins and how it ends.

use std::{fmt::Display, net::SocketAddr, process::ExitCode};

use anyhow::Result;
use clap::Command;

use crate::logging;

/// The command by which a container asks how its program is.
const HEALTH: &str = "health";

/// What a program that serves was started for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// To serve.
    Serve,
    /// To ask the server that runs with the same settings whether it is alive.
    AskHealth,
}

/// Reads the arguments of a program that takes none: its help tells its settings.
pub fn arguments(name: &'static str, about: &'static str, settings: String) {
    command(name, about, settings).get_matches();
}

/// Reads the arguments of a program that serves.
pub fn task(name: &'static str, about: &'static str, settings: String) -> Task {
    let health =
        "Ask the server that runs with these settings whether it is alive: a container's health check";
    let command = command(name, about, settings).subcommand(Command::new(HEALTH).about(health));
    match command.get_matches().subcommand_name() {
        Some(HEALTH) => Task::AskHealth,
        _ => Task::Serve,
    }
}

fn command(name: &'static str, about: &'static str, settings: String) -> Command {
    Command::new(name).version(env!("CARGO_PKG_VERSION")).about(about).after_help(settings)
}

/// Runs a program to its end; what goes wrong is told its operator, without the way through the program.
pub fn run(name: &str, program: impl Future<Output = Result<()>>) -> ExitCode {
    logging::tell_of_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(program));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            logging::tell_end(name, &error);
            ExitCode::FAILURE
        }
    }
}

/// Tells whoever started the program where it keeps everything and where it listens.
#[expect(clippy::print_stdout, reason = "whoever starts a program reads there where it listens")]
pub fn tell_where(store: &impl Display, addr: SocketAddr) {
    match logging::is_for_programs() {
        true => tracing::info!(%store, port = addr.port(), "Listening"),
        false => println!("data in {store}\nlistening on http://{addr}"),
    }
}
