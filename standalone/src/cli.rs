//! What can be typed.

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use protocol::{MemberName, RoomId};

use crate::config;

/// What was asked for.
pub(crate) enum Task {
    Serve,
    Seed(SeedOptions),
    AddMember {
        name: MemberName,
    },
    ResetMember {
        name: MemberName,
    },
    BanMember {
        name: MemberName,
    },
    UnbanMember {
        name: MemberName,
    },
    DeleteRoom {
        room: RoomId,
    },
    MakeAdmin {
        room: RoomId,
        name: MemberName,
    },
    #[cfg(feature = "aws")]
    CreateTables,
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
    /// Look after a member. Works beside a running server, which hears of it at once.
    #[command(subcommand)]
    Member(MemberCommand),
    /// Look after a room. Works beside a running server, which hears of it at once.
    #[command(subcommand)]
    Room(RoomCommand),
    /// Look after the tables in DynamoDB.
    #[cfg(feature = "aws")]
    #[command(subcommand)]
    Tables(TablesCommand),
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
    /// Make an account, and print the link by which its owner sets a password: for where sign-up is not open.
    Add {
        /// What the member is to be called.
        #[arg(value_parser = MemberName::parse)]
        name: MemberName,
    },
    /// Shut a member out: they are signed out everywhere at once, and cannot sign in.
    Ban {
        /// What the member is called.
        #[arg(value_parser = MemberName::parse)]
        name: MemberName,
    },
    /// Let a member in again who was shut out. They are in their rooms as before.
    Unban {
        /// What the member is called.
        #[arg(value_parser = MemberName::parse)]
        name: MemberName,
    },
    /// Print a link by which a member sets a new password, once. The recovery code that they had works no longer.
    Reset {
        /// What the member is called.
        #[arg(value_parser = MemberName::parse)]
        name: MemberName,
    },
}

#[derive(Subcommand)]
enum RoomCommand {
    /// Delete a room with all that was said in it. Nothing brings it back, and its address stays taken.
    Delete {
        /// Which room, by its address.
        #[arg(value_parser = RoomId::parse)]
        room: RoomId,
    },
    /// Make a member an admin of a room, as for the first rooms, which have none, or where the last one is gone.
    Admin {
        /// Which room, by its address.
        #[arg(value_parser = RoomId::parse)]
        room: RoomId,
        /// What the member is called, who has to be in the room.
        #[arg(value_parser = MemberName::parse)]
        name: MemberName,
    },
}

#[cfg(feature = "aws")]
#[derive(Subcommand)]
enum TablesCommand {
    /// Make those that are not there. For DynamoDB Local and for trials: in an account they are deployed.
    Create,
}

/// Reads the arguments; ends the program with help or a complaint where that is due.
pub(crate) fn read() -> Task {
    let matches = Cli::command().after_long_help(config::help()).get_matches();
    let cli = Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    match cli.command {
        None | Some(Command::Serve) => Task::Serve,
        Some(Command::Seed(options)) => Task::Seed(options),
        Some(Command::Member(MemberCommand::Add { name })) => Task::AddMember { name },
        Some(Command::Member(MemberCommand::Ban { name })) => Task::BanMember { name },
        Some(Command::Member(MemberCommand::Unban { name })) => Task::UnbanMember { name },
        Some(Command::Member(MemberCommand::Reset { name })) => Task::ResetMember { name },
        Some(Command::Room(RoomCommand::Delete { room })) => Task::DeleteRoom { room },
        Some(Command::Room(RoomCommand::Admin { room, name })) => Task::MakeAdmin { room, name },
        #[cfg(feature = "aws")]
        Some(Command::Tables(TablesCommand::Create)) => Task::CreateTables,
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
