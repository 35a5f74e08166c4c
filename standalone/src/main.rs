//! The binary `hubbub`: all of it in one process.

mod cli;
mod config;
mod logging;
mod member;
mod moment;
mod room;
mod seed;
mod serve;

use std::process::ExitCode;

use self::{cli::Task, config::Config};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hubbub: {error:#}"); // What was wrong is for its operator, without the way through the program.
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let task = cli::read();
    let config = Config::from_environment()?;
    logging::start(&config.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match task {
            Task::Serve => serve::run(config).await,
            Task::Seed(options) => seed::run(&config, &options).await,
            Task::AddMember { name } => member::add(&config, &name).await,
            Task::BanMember { name } => member::ban(&config, &name).await,
            Task::UnbanMember { name } => member::unban(&config, &name).await,
            Task::ResetMember { name } => member::reset(&config, &name).await,
            Task::DeleteRoom { room } => room::delete(&config, &room).await,
            Task::MakeAdmin { room, name } => room::make_admin(&config, &room, &name).await,
        }
    })
}
