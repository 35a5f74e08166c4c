//! How a program begins and how it ends.

use std::process::ExitCode;

use anyhow::Result;
use clap::Command;

/// Reads the arguments of a program that takes none: its help tells its settings.
pub fn arguments(name: &'static str, about: &'static str, settings: String) {
    Command::new(name).version(env!("CARGO_PKG_VERSION")).about(about).after_help(settings).get_matches();
}

/// Runs a program to its end; what goes wrong is told its operator, without the way through the program.
pub fn run(name: &str, program: impl Future<Output = Result<()>>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(program));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
