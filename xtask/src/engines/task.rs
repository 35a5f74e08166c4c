//! `cargo xtask engines`: starts all engines, for a command or for whoever types.

use std::{env, ffi::OsStr, thread, time::Duration};

use anyhow::Result;
use clap::Args;

use super::Engines;
use crate::{process, setup, toolchain::Toolchain, ui};

/// How often to look whether all engines still run.
const PAUSE: Duration = Duration::from_millis(500);

/// What to start them for.
#[derive(Args)]
#[command(after_help = "\
Each start is a new one, with nothing in it, on ports that are free. To run one suite:

    cargo xtask engines -- cargo test -p backend-aws

Without a command it prints what tells tests where the engines are, for another terminal,
and runs until Ctrl-C.")]
pub(crate) struct Options {
    /// Run this with them, and end them with it.
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Starts them, and ends them after the command or with Ctrl-C.
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut engines = Engines::start(&setup::engines()?)?;
    if let Some((program, args)) = options.command.split_first() {
        let mut command = Toolchain::Current.command(program);
        return process::run(command.args(args).current_dir(env::current_dir()?).envs(engines.environment()));
    }
    for (name, value) in engines.environment() {
        ui::say(format_args!("export {name}={}", quoted(&value)));
    }
    ui::say("Ctrl-C ends them.");
    loop {
        engines.check()?;
        thread::sleep(PAUSE);
    }
}

/// A value as a shell reads it.
fn quoted(value: &OsStr) -> String {
    format!("'{}'", value.to_string_lossy().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_reaches_a_shell_as_it_is() {
        assert_eq!(quoted("/home/o'hara/a b".as_ref()), r"'/home/o'\''hara/a b'");
    }
}
