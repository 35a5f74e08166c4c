//! `cargo xtask deploy`: all of it in an account of AWS.

mod again;
mod artefacts;
mod aws;
mod checks;
mod cloudformation;
mod doctor;
mod down;
mod found;
#[cfg(test)]
mod held;
mod parameter;
mod parameters;
mod refused;
mod rules;
mod runner;
mod stacks;
mod status;
mod template;
mod up;

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

use self::stacks::Stacks;

/// What to do with it.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Makes it, or brings it to the sources and parameters of now, and prints where it is.
    Up(up::Options),
    /// Takes it away. The tables stay unless that is said.
    Down(down::Options),
    /// Says how it is, and what is left to do.
    Status(status::Options),
    /// Looks at a site from outside, as people meet it.
    Doctor(doctor::Options),
}

/// Which of an account's installations is meant.
#[derive(Args)]
struct Installation {
    /// What all names of the installation begin with, so that an account can have several.
    #[arg(long, default_value = "hubbub")]
    prefix: String,
    /// The region, where it is not the one of `AWS_REGION` or of the profile.
    #[arg(long)]
    region: Option<String>,
}

impl Installation {
    /// The prefix, as the templates take it.
    fn prefix(&self, stacks: &Stacks) -> Result<&str> {
        let parameter = &stacks.templates["tables"].parameters["Prefix"];
        match parameter.objection(&self.prefix) {
            Some(objection) => bail!("--prefix {}: it {objection}", self.prefix),
            None => Ok(&self.prefix),
        }
    }
}

/// The names of all stacks, which are those of their templates.
///
/// # Errors
/// When they cannot be read.
pub(crate) fn stack_names() -> Result<Vec<String>> {
    Ok(Stacks::read()?.templates.into_keys().collect())
}

/// Does it.
pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.task {
        Task::Up(options) => up::run(options),
        Task::Down(options) => down::run(options),
        Task::Status(options) => status::run(options),
        Task::Doctor(options) => doctor::run(options),
    }
}
