//! How long a search takes, and how fast what is written is indexed.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use anyhow::Context as _;
use backend::Backend;
use chat::ports::Draft;
use protocol::{Hits, MessageText, Nonce, Timestamp};
use tokio::time::sleep;

use super::{
    Measured, Subject, Times, general,
    plot::{Bar, Plot},
};
use crate::{
    crowd::{self, Member},
    http,
    words::Words,
};

/// Searches of each order.
const TIMES: usize = 300;
/// Messages that are put in at once.
const BATCH: u64 = 20_000;
/// Authors of the messages.
const AUTHORS: usize = 50;
const SEED: u64 = 20_261_126;
/// What is said at the end, to see when all before is indexed.
const LAST: &str = "zyxwv";
/// It is looked whether it is there so often.
const LOOKS_EVERY: Duration = Duration::from_millis(200);
/// Indexing that takes longer has failed.
const INDEXED_WITHIN: Duration = Duration::from_mins(20);

/// More searches than anybody does.
pub(super) const UNLIMITED: (&str, &str) = ("HUBBUB_SEARCHES", "1000000/1000000");

/// Searches among `n_messages` of one room, in SQLite.
///
/// # Errors
/// When the server refuses something.
pub async fn measure(subject: &Subject, n_messages: u64) -> anyhow::Result<Measured> {
    let data = tempfile::tempdir()?;
    let mut searcher = fill(&crowd::open(data.path()).await?, n_messages).await?;
    let server = subject.start(data.path(), None, &[UNLIMITED])?;
    let began = Instant::now();
    searcher.until_found(server.addr).await?;
    let indexing = began.elapsed();

    let plot =
        Plot { file: "search", title: format!("A search among {n_messages} messages, ms"), bars: Vec::new() };
    let mut measured = searcher.search(server.addr, "search", plot).await?;
    measured.lines.insert(0, indexed("search", n_messages, indexing));
    Ok(measured)
}

/// In what time so many messages were indexed.
pub(super) fn indexed(name: &str, n_messages: u64, took: Duration) -> String {
    let took = took.as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
    let rate = n_messages as f64 / took;
    format!("{name}: an index of {n_messages} messages is made in {took:.1} s: {rate:.0} messages/s")
}

/// Somebody who searches, and what for.
pub(super) struct Searcher {
    member: Member,
    words: Words,
}

impl Searcher {
    /// Waits until all is indexed.
    pub(super) async fn until_found(&self, addr: SocketAddr) -> anyhow::Result<()> {
        let began = Instant::now();
        while find(addr, &self.member, LAST, "newest").await?.hits.is_empty() {
            anyhow::ensure!(began.elapsed() < INDEXED_WITHIN, "not indexed within {INDEXED_WITHIN:?}");
            sleep(LOOKS_EVERY).await;
        }
        Ok(())
    }

    /// Searches in both orders.
    pub(super) async fn search(
        &mut self,
        addr: SocketAddr,
        name: &str,
        mut plot: Plot,
    ) -> anyhow::Result<Measured> {
        let mut lines = Vec::new();
        for order in ["best", "newest"] {
            let (mut times, mut n_found) = (Times::default(), 0);
            for _ in 0..TIMES {
                let query = self.words.query();
                let began = Instant::now();
                let found = find(addr, &self.member, &query, order).await?;
                times.note(began.elapsed());
                n_found += usize::from(!found.hits.is_empty());
            }
            let [p50, p95, max] = [500, 950, 1000].map(|it| times.at_ms(it));
            lines.push(format!(
                "{name}, {order} first: p50 {p50:.1} ms, p95 {p95:.1} ms, at most {max:.1} ms ({TIMES} searches, {n_found} \
                 with hits)"
            ));
            for (what, value) in [("p50", p50), ("p95", p95)] {
                plot.bars.push(Bar {
                    label: format!("{order} first, {what}"),
                    value,
                    is_ours: what == "p95",
                });
            }
        }
        Ok(Measured { lines, plots: vec![plot] })
    }
}

/// Has many people say as much in a room; one of them is to search.
pub(super) async fn fill(backend: &Backend, n_messages: u64) -> anyhow::Result<Searcher> {
    let members = crowd::gather(backend, AUTHORS, crowd::now()).await?;
    let mut words = Words::of(SEED);
    let mut at = 0;
    while at < n_messages {
        let n = BATCH.min(n_messages - at);
        let drafts = (at..at + n).map(|at| {
            let author = &members[usize::try_from(at).expect("a million") % AUTHORS];
            let text = if at + 1 == n_messages { LAST.to_owned() } else { words.sentence() };
            let (nonce, text) = (Nonce::parse(&format!("n{at}")), MessageText::parse(&text));
            let draft = Draft {
                author: author.person.id.clone(),
                nonce: nonce.expect("a valid nonce"),
                text: text.expect("short and not blank"),
            };
            (Timestamp(1_700_000_000_000 + at * 1_000), draft)
        });
        let drafts = drafts.collect();
        backend.log.seed(&general(), drafts).await?;
        at += n;
    }
    Ok(Searcher { member: members[0].clone(), words })
}

async fn find(addr: SocketAddr, member: &Member, query: &str, order: &str) -> anyhow::Result<Hits> {
    let path = format!("/api/search?q={}&by={order}", query.replace(' ', "+"));
    let (status, body) = http::get_as(addr, member, &path).await?;
    anyhow::ensure!(status == 200, "{path}: {status} {body}");
    serde_json::from_str(&body).with_context(|| format!("{path}: {body}"))
}
