//! What can be typed.

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use protocol::{MemberName, RoomId};

use crate::config;

/// What was asked for.
pub(crate) enum Task {
    Serve,
    Seed(SeedOptions),
    ResetMember { name: MemberName },
}

/// A chat for teams and communities: one program, everything in it.
#[derive(Parser)]
#[command(name = "hubbub", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve pages and the chat, until SIGTERM or Ctrl-C; what is done without a command.
    Serve,
    /// Fill a room with made-up messages, to see how it behaves.
    Seed(SeedOptions),
    /// Look after a member.
    #[command(subcommand)]
    Member(MemberCommand),
}

/// How a room is filled.
#[derive(Args)]
pub(crate) struct SeedOptions {
    /// How many messages to add.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) messages: u64,
    /// Which room, by its address.
    #[arg(long, default_value = "general", value_parser = RoomId::parse)]
    pub(crate) room: RoomId,
}

#[derive(Subcommand)]
enum MemberCommand {
    /// Print a link by which a member sets a new password, once. The recovery code that they had works no longer.
    Reset {
        /// What the member is called.
        #[arg(value_parser = MemberName::parse)]
        name: MemberName,
    },
}

/// Reads the arguments; ends the program with help or a complaint where that is due.
pub(crate) fn read() -> Task {
    let matches = Cli::command().after_long_help(config::help()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command {
        None | Some(Command::Serve) => Task::Serve,
        Some(Command::Seed(options)) => Task::Seed(options),
        Some(Command::Member(MemberCommand::Reset { name })) => Task::ResetMember { name },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commands_are_well_made() {
        Cli::command().debug_assert();
    }
}
