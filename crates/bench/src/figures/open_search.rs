//! How long a search in OpenSearch takes, and how fast an index is made there of what DynamoDB has. With stand-ins on one
//! machine these are figures of those.

use std::{process::Command, time::Instant};

use anyhow::Context as _;
use backend::{Backend, Config, StoreConfig};

use super::{Measured, Subject, plot::Plot, search};

/// Searches among `n_messages` of one room, on the store and the index of `config`.
///
/// # Errors
/// When the server refuses something, or there is no `indexer` beside it.
pub async fn measure(subject: &Subject, config: &Config, n_messages: u64) -> anyhow::Result<Measured> {
    let StoreConfig::Dynamo(tables) = &config.store else {
        anyhow::bail!("an index in OpenSearch is made of what is in HUBBUB_STORE=dynamodb");
    };
    backend::create_tables(tables).await.context("the tables cannot be made")?;
    let mut searcher = search::fill(&Backend::connect(config).await?, n_messages).await?;
    let began = Instant::now();
    let mut indexer = Command::new(subject.binary.with_file_name("indexer"));
    // It wants to know a queue, and has nothing to send there: all messages are sound.
    indexer.arg("rebuild").env("HUBBUB_DEAD_LETTERS", "http://127.0.0.1:1/000000000000/letters");
    let made = indexer.status()?;
    anyhow::ensure!(made.success(), "`indexer rebuild` ended with {made}");
    let indexing = began.elapsed();
    let data = tempfile::tempdir()?;
    let server = subject.start(data.path(), None, &[search::UNLIMITED, ("HUBBUB_LOG", "error")])?;
    searcher.until_found(server.addr).await?;

    let title = format!("A search among {n_messages} messages in OpenSearch, ms");
    let plot = Plot { file: "open-search", title, bars: Vec::new() };
    let mut measured = searcher.search(server.addr, "open-search", plot).await?;
    measured.lines.insert(0, search::indexed("open-search", n_messages, indexing));
    Ok(measured)
}
