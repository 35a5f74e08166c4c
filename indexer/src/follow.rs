//! An index beside its store follows the store's feed, from wherever it is.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};

use chat::ports::{Archive, Feed, FeedId, FollowingIndex, Place, Position, Unavailable};
use process::tell_seldom;

/// Entries that are put in at once.
const AT_ONCE: usize = 1_000;
/// What has happened is looked at this often: what was sent is to be found within 200 ms.
const LOOKS_EVERY: Duration = Duration::from_millis(50);
/// What failed is tried again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// What the index has is forgotten by the feed at most this often, since that is a commit.
const FORGETS_EVERY: Duration = Duration::from_mins(1);

/// How far the index is, and in which feed.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Progress {
    feed: FeedId,
    stage: Stage,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Stage {
    /// All that there is, is being put in. It began at `from`, where it follows on.
    Scanning { from: Position, after: Option<Place> },
    /// All before is in.
    Following { upto: Position },
}

/// Puts what becomes of messages into an index, for ever. An index that is empty, or was made of another store, is made
/// anew first.
pub async fn follow(store: &(impl Feed + Archive), index: &impl FollowingIndex) {
    loop {
        let Err(error) = follow_on(store, index).await;
        tell_seldom("The index does not get on", &error);
        sleep(AGAIN_AFTER).await;
    }
}

/// Puts in what has become of messages by now, for a server that stops: what was deleted is then in no file.
///
/// # Errors
/// [`Unavailable`].
pub async fn catch_up(store: &(impl Feed + Archive), index: &impl FollowingIndex) -> Result<(), Unavailable> {
    let (feed, mut upto) = begin(store, index).await?;
    while put_next(store, index, &feed, &mut upto).await? {}
    Ok(())
}

async fn follow_on(
    store: &(impl Feed + Archive),
    index: &impl FollowingIndex,
) -> Result<std::convert::Infallible, Unavailable> {
    let (feed, upto) = begin(store, index).await?;
    let (mut upto, mut kept_at, mut forgotten) = (upto, Instant::now(), upto);
    loop {
        if !put_next(store, index, &feed, &mut upto).await? {
            sleep(LOOKS_EVERY).await;
        }
        if upto != forgotten && kept_at.elapsed() >= FORGETS_EVERY {
            store.forget(upto).await?;
            (kept_at, forgotten) = (Instant::now(), upto);
        }
    }
}

/// Puts in what came next, if anything did.
async fn put_next(
    store: &impl Feed,
    index: &impl FollowingIndex,
    feed: &FeedId,
    upto: &mut Position,
) -> Result<bool, Unavailable> {
    let came = store.after(*upto, AT_ONCE).await?;
    if came.upto == *upto {
        return Ok(false);
    }
    index.put(&came.entries).await?;
    *upto = came.upto;
    keep(index, feed, Stage::Following { upto: *upto }).await?;
    Ok(true)
}

/// Makes sure that the index has all up to some position of the feed, and returns that.
async fn begin(
    store: &(impl Feed + Archive),
    index: &impl FollowingIndex,
) -> Result<(FeedId, Position), Unavailable> {
    let (feed, head) = store.head().await?;
    let progress = index.progress().await?.and_then(|it| parse(&it));
    let (from, mut after) = match progress.filter(|it| it.feed == feed).map(|it| it.stage) {
        // A store that was put back from a copy may have less than the index.
        Some(Stage::Following { upto }) if upto <= head => return Ok((feed, upto)),
        Some(Stage::Scanning { from, after }) if from <= head => (from, after),
        _ => {
            index.clear().await?;
            keep(index, &feed, Stage::Scanning { from: head, after: None }).await?;
            (head, None)
        }
    };
    let mut n = 0;
    loop {
        let scanned = store.scan(after.as_ref(), AT_ONCE).await?;
        n += scanned.entries.len();
        index.put(&scanned.entries).await?;
        let Some(next) = scanned.next else { break };
        keep(index, &feed, Stage::Scanning { from, after: Some(next.clone()) }).await?;
        after = Some(next);
    }
    keep(index, &feed, Stage::Following { upto: from }).await?;
    if n > 0 {
        tracing::info!(n, "Made the index of messages");
    }
    Ok((feed, from))
}

/// How far the index says that it is. What cannot be read was written by another version.
fn parse(told: &str) -> Option<Progress> {
    match serde_json::from_str(told) {
        Ok(progress) => Some(progress),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "Could not read how far the index is: it is made anew");
            None
        }
    }
}

async fn keep(index: &impl FollowingIndex, feed: &FeedId, stage: Stage) -> Result<(), Unavailable> {
    let progress = Progress { feed: feed.clone(), stage };
    index.keep(&serde_json::to_string(&progress).expect("progress is plain data")).await
}
