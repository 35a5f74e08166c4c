//! How long a search takes among many messages, which is judged where the tests run whole. `cargo xtask bench search
//! open-search` measures it among ten times as many, on servers built for speed.

use std::time::{Duration, Instant};

use bench::words::Words;
use chat::ports::{Draft, Entry, MessageIndex as _};
use protocol::{Message, MessageText, Nonce, Sequence, Source, Timestamp};

use crate::{
    engine::Engine,
    is_full,
    world::{World, id, room},
};

const MESSAGES: u64 = 100_000;
/// Messages that are put in at once.
const BATCH: u64 = 1_000;
/// Searches of each order.
const SEARCHES: usize = 100;
const SEED: u64 = 20_261_126;
/// Of a hundred searches five may take longer.
const P95: Duration = Duration::from_millis(100);

#[tokio::test]
async fn in_sqlite_a_search_among_many_messages_takes_a_moment() {
    println!("result: in SQLite {}", take_times(&Engine::Sqlite).await);
}

#[cfg(feature = "aws")]
#[tokio::test]
async fn in_opensearch_a_search_among_many_messages_takes_a_moment() {
    let engine = Engine::opensearch().await;
    println!("result: in OpenSearch {}", take_times(&engine).await);
    engine.end().await;
}

/// Searches for what people might type in what people might say.
async fn take_times(engine: &Engine) -> String {
    let (world, mut words) = (World::unlimited(engine.backend()).await, Words::of(SEED));
    for first in (1..=MESSAGES).step_by(usize::try_from(BATCH).unwrap()) {
        let messages: Vec<Message> =
            (first..first + BATCH).map(|at| message(at, &words.sentence())).collect();
        world.backend.log.seed(&room("lobby"), messages.iter().map(draft).collect()).await.unwrap();
        let entries: Vec<Entry> =
            messages.into_iter().map(|message| Entry::of(&room("lobby"), false, message)).collect();
        world.backend.index.put(&entries).await.unwrap();
    }
    engine.show().await;
    let mut told = Vec::new();
    for by in ["best", "newest"] {
        let (mut times, mut n_by_index) = (Vec::new(), 0);
        for _ in 0..SEARCHES {
            let (query, began) = (words.query(), Instant::now());
            let hits = world.hits("bo", &[("q", &query), ("by", by)]).await;
            times.push(began.elapsed());
            assert!(hits.hits.iter().all(|hit| !hit.marked.is_empty()), "{query}");
            n_by_index += usize::from(hits.source == Source::Index);
        }
        times.sort_unstable();
        let (p50, p95) = (times[SEARCHES / 2], times[SEARCHES * 95 / 100]);
        told.push(format!("{by} first p50 {p50:.1?}, p95 {p95:.1?}"));
        assert!(n_by_index >= SEARCHES * 95 / 100, "the index answered {n_by_index} times");
        // Beside other work how long it takes says little.
        assert!(p95 < P95 || !is_full(), "{told:?}");
    }
    format!("a search among {MESSAGES} messages: {}", told.join("; "))
}

fn message(at: u64, text: &str) -> Message {
    Message {
        sequence: Sequence(at),
        author: id("ada"),
        nonce: Nonce::parse(&format!("n{at}")).unwrap(),
        at: Timestamp(1_000_000 + at),
        text: Some(MessageText::parse(text).unwrap()),
        revision: Sequence::ZERO,
        revised: None,
    }
}

fn draft(message: &Message) -> (Timestamp, Draft) {
    let Message { author, nonce, at, text, .. } = message.clone();
    (at, Draft { author, nonce, text: text.unwrap() })
}
