//! The binary `indexer`: as a function of Lambda it gives the index what becomes of messages; by hand it makes an index anew, and
//! puts in what was set aside.

use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use lambda_runtime::{LambdaEvent, service_fn};

use backend::{IndexConfig, Setting, Settings, StoreConfig};
use backend_aws::{Dynamo, DynamoArchive, DynamoConfig, Forgotten, OpenSearchIndex, SqsLetters, SqsNotices};
use indexer::{Batch, Config, Rebuilt, Redriven, handle, rebuild, redrive};
use process::LogConfig;

/// Gives the index in OpenSearch what becomes of messages in DynamoDB. Lambda runs it without a command.
#[derive(Parser)]
#[command(name = "indexer", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a new index of all messages, beside the one that is read until then. Ended too early it leaves that as it is, and
    /// begins anew the next time.
    Rebuild,
    /// Read again from the store what was set aside, put it in, and throw away what could be. Safe to run again.
    Redrive,
}

/// Everything the program is told from outside.
struct Told {
    log: LogConfig,
    backend: backend::Config,
    own: Config,
}

impl Told {
    fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            log: LogConfig::read(settings),
            backend: backend::Config::read(settings),
            own: Config::read(settings),
        }
    }

    fn settings() -> impl Iterator<Item = &'static Setting> {
        [LogConfig::settings(), backend::Config::settings(), Config::settings()].into_iter().flatten()
    }
}

/// What it works on.
struct Connected {
    tables: DynamoConfig,
    index: OpenSearchIndex,
    letters: SqsLetters,
    notices: Option<SqsNotices>,
}

fn main() -> ExitCode {
    let command = match process::is_function() {
        true => None,
        false => Some(command()),
    };
    process::run("indexer", async {
        let told = process::from_environment(Told::read)?;
        told.log.start();
        let connected = Connected::of(told).await?;
        match command {
            None => serve(connected).await,
            Some(Command::Rebuild) => make_anew(connected).await,
            Some(Command::Redrive) => put_in(connected).await,
        }
    })
}

fn command() -> Command {
    let matches = Cli::command().after_help(process::help(Told::settings())).get_matches();
    match Cli::from_arg_matches(&matches) {
        Ok(Cli { command }) => command,
        Err(error) => error.exit(),
    }
}

impl Connected {
    async fn of(Told { log: _, backend, own }: Told) -> Result<Self> {
        let StoreConfig::Dynamo(tables) = backend.store else {
            bail!("HUBBUB_STORE is SQLite, whose index `hubbub` keeps up by itself: give it `dynamodb`");
        };
        let IndexConfig::OpenSearch(index) = backend.index else {
            bail!("HUBBUB_INDEX names no OpenSearch");
        };
        let queue = own.dead_letters.context("HUBBUB_DEAD_LETTERS names no queue")?;
        let index = OpenSearchIndex::connect(&index).await?;
        let notices = match own.passed_over {
            Some(queue) => Some(SqsNotices::connect(&queue).await),
            None => None,
        };
        Ok(Self { tables, index, letters: SqsLetters::connect(&queue).await, notices })
    }

    async fn archive(&self) -> DynamoArchive {
        DynamoArchive::new(&Dynamo::connect(&self.tables).await)
    }
}

/// Takes batch by batch, for as long as Lambda gives any.
async fn serve(Connected { index, letters, .. }: Connected) -> Result<()> {
    let function = async |event: LambdaEvent<Batch>| {
        // It may have been stopped since the last batch, and another index begun.
        index.look_again();
        Ok::<_, lambda_runtime::Error>(handle(&index, &letters, event.payload).await)
    };
    lambda_runtime::run(service_fn(function)).await.map_err(|error| anyhow!(error))
}

#[expect(clippy::print_stdout, reason = "what was done is what the command was asked for")]
async fn make_anew(connected: Connected) -> Result<()> {
    let (archive, began) = (connected.archive().await, process::now());
    let done = rebuild(&archive, &connected.index, &connected.letters).await?;
    let Rebuilt { n_entries, n_set_aside } = done;
    println!("the new index is read: {n_entries} messages, {n_set_aside} set aside");
    if let Some(notices) = &connected.notices {
        // What those of before are about was in the table when it was read. Of what came meanwhile nobody knows.
        let Forgotten { n_forgotten, n_left } = notices.forget(began).await?;
        println!("{n_forgotten} notices of batches that were passed over are thrown away, {n_left} are left");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "what was done is what the command was asked for")]
async fn put_in(connected: Connected) -> Result<()> {
    let archive = connected.archive().await;
    let look_up = async |letter: &_| archive.look_up(letter).await;
    let done = redrive(look_up, &connected.index, &connected.letters).await?;
    let Redriven { n_mended, n_left, is_cut_short } = done;
    let more = if is_cut_short { ", and perhaps others: run it again" } else { "" };
    println!("{n_mended} letters are dealt with, {n_left} are left{more}");
    Ok(())
}
