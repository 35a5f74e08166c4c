//! Figures of a server: `cargo xtask bench` builds and starts this with the server beside it.

use std::{fs, path::PathBuf};

use anyhow::Context as _;
use bench::{
    faults,
    figures::{Measured, Subject, appends, bare, fan_out, idle, latency, opening, search},
};
use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    /// The server's binary, built for speed.
    #[arg(long)]
    server: Option<PathBuf>,
    /// Where pictures are put.
    #[arg(long, global = true)]
    plots: Option<PathBuf>,
    #[command(subcommand)]
    figure: Figure,
}

#[derive(Subcommand)]
enum Figure {
    /// Processor time per delivery in one room, light and heavy, on one core, beside the bare loop.
    FanOut {
        /// Members who show the room.
        #[arg(long, default_value_t = 1000)]
        members: usize,
        /// Messages sent one by one in each round.
        #[arg(long, default_value_t = 200)]
        light: u64,
        /// Messages sent as fast as they are taken in each round.
        #[arg(long, default_value_t = 20_000)]
        heavy: u64,
    },
    /// Memory of a connection that says nothing.
    Idle {
        /// How many there are.
        #[arg(long, default_value_t = 5000)]
        connections: usize,
    },
    /// From one client's send to another's screen, alone and beside others who make noise.
    Latency {
        /// Messages in each condition.
        #[arg(long, default_value_t = 1000)]
        messages: u64,
    },
    /// The time in which a room opens, a small one and a big one.
    Opening {
        /// Messages of the big room.
        #[arg(long, default_value_t = 1_000_000)]
        messages: u64,
    },
    /// The time that a search takes, and how fast an index is made.
    Search {
        /// Messages that there are.
        #[arg(long, default_value_t = 1_000_000)]
        messages: u64,
    },
    /// Likewise in OpenSearch, on the store and the index of the settings.
    #[cfg(feature = "aws")]
    OpenSearch {
        /// Messages that there are.
        #[arg(long, default_value_t = 1_000_000)]
        messages: u64,
    },
    /// Messages made durable in a second.
    Appends,
    /// From one node to another, and messages made durable by several of them, on the store and bus of the settings.
    #[cfg(feature = "aws")]
    Nodes {
        /// Messages whose way is timed.
        #[arg(long, default_value_t = 1000)]
        messages: u64,
    },
    /// Gives a function what happens in a table of DynamoDB Local, as Lambda does in an account.
    #[cfg(feature = "aws")]
    Poll(bench::poller::Options),
    /// Messages are written while an index is made to fall behind; it is compared with the store.
    #[cfg(feature = "aws")]
    Found(bench::found::Options),
    /// Members talk on many nodes while things are made to go wrong; what came of it is judged.
    Faults(faults::Options),
    /// Judges a run again by what was written down of it.
    Check {
        /// Where that is.
        history: PathBuf,
    },
    /// The yardstick itself, as a process of its own.
    BareLoop {
        /// How many members it waits for.
        #[arg(long)]
        members: usize,
    },
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let Arguments { server, plots, figure } = Arguments::parse();
    let subject = || Ok::<_, anyhow::Error>(Subject { binary: server.context("which --server?")? });
    let measured = match figure {
        Figure::FanOut { members, light, heavy } => {
            let load = fan_out::Load { n_members: members, n_light: light, n_heavy: heavy };
            fan_out::measure(&subject()?, load).await?
        }
        Figure::Idle { connections } => idle::measure(&subject()?, connections).await?,
        Figure::Latency { messages } => latency::measure(&subject()?, messages).await?,
        Figure::Opening { messages } => opening::measure(&subject()?, messages).await?,
        Figure::Search { messages } => search::measure(&subject()?, messages).await?,
        #[cfg(feature = "aws")]
        Figure::OpenSearch { messages } => {
            bench::figures::open_search::measure(&subject()?, &config()?, messages).await?
        }
        Figure::Appends => appends::measure().await?,
        #[cfg(feature = "aws")]
        Figure::Nodes { messages } => {
            bench::figures::nodes::measure(&subject()?, &config()?, messages).await?
        }
        Figure::Faults(options) => return faults::run(&options, &config()?).await?.tell(plots.as_deref()),
        #[cfg(feature = "aws")]
        Figure::Poll(options) => return bench::poller::run(&options).await,
        #[cfg(feature = "aws")]
        Figure::Found(options) => return bench::found::run(&options, &config()?).await,
        Figure::Check { history } => return faults::judge(&history)?.tell(plots.as_deref()),
        Figure::BareLoop { members } => return Ok(bare::serve(members)?),
    };
    tell(&measured, plots)
}

/// Where everything is kept, as the programs read it.
#[expect(clippy::disallowed_methods, reason = "this is where settings are read")]
fn config() -> anyhow::Result<backend::Config> {
    Ok(backend::Config::parse(|name| std::env::var(name).ok())?)
}

/// Prints the lines, marked for whoever keeps results, and writes the pictures.
#[expect(clippy::print_stdout, reason = "figures are this program's product")]
fn tell(measured: &Measured, plots: Option<PathBuf>) -> anyhow::Result<()> {
    for line in &measured.lines {
        println!("result: {line}");
    }
    let Some(folder) = plots else { return Ok(()) };
    fs::create_dir_all(&folder)?;
    for plot in &measured.plots {
        let file = folder.join(plot.file).with_extension("svg");
        fs::write(&file, plot.svg()).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}
