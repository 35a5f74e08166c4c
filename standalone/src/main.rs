//! The binary `hubbub`: all of it in one process.

mod cli;
mod config;
mod member;
mod room;
mod seed;
mod serve;
#[cfg(feature = "aws")]
mod tables;

use std::process::ExitCode;

use self::{cli::Task, config::Config};

fn main() -> ExitCode {
    let task = cli::read();
    process::run("hubbub", async {
        let config = Config::from_environment()?;
        config.log.start();
        match task {
            Task::Serve => serve::run(config).await,
            Task::Seed(options) => seed::run(&config, &options).await,
            Task::AddMember { name } => member::add(&config, &name).await,
            Task::BanMember { name } => member::ban(&config, &name).await,
            Task::UnbanMember { name } => member::unban(&config, &name).await,
            Task::ResetMember { name } => member::reset(&config, &name).await,
            Task::DeleteRoom { room } => room::delete(&config, &room).await,
            Task::MakeAdmin { room, name } => room::make_admin(&config, &room, &name).await,
            #[cfg(feature = "aws")]
            Task::CreateTables => tables::create(&config).await,
        }
    })
}
