//! `hubbub seed`: fills a room with made-up messages.

mod cast;
mod texts;

use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::IndexedRandom as _};

use backend::Backend;
use chat::{accounts, ports::Draft};
use protocol::{MemberId, Nonce, Timestamp};

use crate::{cli::SeedOptions, config::Config};

/// Messages committed together.
const BATCH: u64 = 10_000;
/// How far two messages lie apart on average, as the made-up members write.
const BETWEEN_MS: u64 = 45_000;

/// Adds messages at the end of a room; the last one is from just now.
pub(crate) async fn run(config: &Config, options: &SeedOptions) -> Result<()> {
    let backend = Backend::connect_beside(&config.backend).await?;
    let now = process::now();
    accounts::found(&backend.rooms, now).await?;
    let authors = cast::gather(&backend, &options.room, now).await?;

    let n_messages = options.messages;
    let bar = ProgressBar::new(n_messages).with_style(style());
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut rng = StdRng::seed_from_u64(n_messages);
    let mut first = 0;
    while first < n_messages {
        let last = (first + BATCH).min(n_messages);
        let drafts = (first..last).map(|n| {
            let at = Timestamp(now.0.saturating_sub((n_messages - 1 - n) * BETWEEN_MS));
            (at, draft(&mut rng, &authors, format!("seed-{:x}-{n}", now.0)))
        });
        backend.log.seed(&options.room, drafts.collect()).await?;
        first = last;
        bar.set_position(first);
    }
    bar.finish();
    Ok(())
}

fn draft(rng: &mut StdRng, authors: &[MemberId], nonce: String) -> Draft {
    // Who has just spoken often goes on: the lower numbers are the talkative ones.
    let talkative = rng.random_range(1..=authors.len());
    let author = authors[..talkative].choose(rng).expect("a range from 1 on is not empty");
    let nonce = Nonce::parse(&nonce).expect("letters, digits and hyphens, at most 32");
    Draft { author: author.clone(), nonce, text: texts::message(rng) }
}

fn style() -> ProgressStyle {
    let template = "{bar:32} {human_pos} of {human_len} messages, {per_sec}, {eta} left";
    ProgressStyle::with_template(template).expect("a template that indicatif knows")
}
