//! An index is made anew of all that the store has, while the old one is read and messages go on.

use std::time::Duration;

use backend_aws::OpenSearchIndex;
use chat::ports::{Archive, DeadLetters, Entry, Letter, Place, Put, Scanned, Unavailable};
use process::tell_seldom;
use tokio::time::{Instant, sleep};

use crate::batch::{never, set_aside};

/// Items that are read at once.
const AT_ONCE: usize = 1_000;
/// What did not work is tried again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);
/// What still does not work then is given up: a collection wakes in half a minute.
const PATIENCE: Duration = Duration::from_mins(5);

/// What became of a rebuild.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Entries that are in the new index, messages that are erased among them.
    pub n_entries: usize,
    /// What was set aside.
    pub n_set_aside: usize,
}

/// Why there is no new index. The old one is as it was; who tries again begins anew.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The store, the index or the queue did not answer for long.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The new index takes nothing, for long: it is full, or another rebuild has begun and dropped it.
    #[error("the new index takes nothing any more: perhaps another rebuild has begun")]
    Refused,
    /// What can never be taken could not be set aside.
    #[error("what the index can never take could not be set aside")]
    NotSetAside,
}

/// Makes an index anew. From its beginning on, all that becomes of messages goes to both, so what is deleted while this reads
/// is known to the new one as deleted, and an older state of it is refused. Safe to run again after it was ended at any
/// moment: it begins anew, and drops what was left.
///
/// # Errors
/// [`RebuildError`].
pub async fn rebuild(
    archive: &impl Archive,
    index: &OpenSearchIndex,
    letters: &impl DeadLetters,
) -> Result<Rebuilt, RebuildError> {
    let new = index.begin_rebuild().await?;
    let (mut rebuilt, mut after) = (Rebuilt::default(), None);
    loop {
        let Scanned { entries, unread, next } = scan(archive, after.as_ref()).await?;
        rebuilt.n_entries += entries.len();
        let unread = unread.into_iter().chain(put(async |entries| new.put(entries).await, entries).await?);
        for letter in unread {
            if !set_aside(letters, &letter).await {
                return Err(RebuildError::NotSetAside);
            }
            rebuilt.n_set_aside += 1;
        }
        let Some(next) = next else { break };
        tracing::info!(n_entries = rebuilt.n_entries, "Went on with the new index");
        after = Some(next);
    }
    new.finish().await?;
    Ok(rebuilt)
}

async fn scan(archive: &impl Archive, after: Option<&Place>) -> Result<Scanned, Unavailable> {
    let until = Instant::now() + PATIENCE;
    loop {
        let error = match archive.scan(after, AT_ONCE).await {
            Ok(scanned) => return Ok(scanned),
            Err(error) => error,
        };
        if Instant::now() > until {
            return Err(error);
        }
        tell_seldom("The store could not be read", &error);
        sleep(AGAIN_AFTER).await;
    }
}

/// Puts entries into the new index by `ask`, again and again what it puts off, and tells what it can never take.
async fn put(
    ask: impl AsyncFn(&[Entry]) -> Result<Vec<Put>, Unavailable>,
    mut entries: Vec<Entry>,
) -> Result<Vec<Letter>, RebuildError> {
    let (mut until, mut letters) = (Instant::now() + PATIENCE, Vec::new());
    while !entries.is_empty() {
        let n = entries.len();
        match ask(&entries).await {
            Ok(put) => {
                letters.extend(entries.iter().zip(&put).filter_map(|(entry, put)| never(entry, put)));
                let mut put = put.into_iter();
                entries.retain(|_| put.next() == Some(Put::Later));
            }
            Err(error) if Instant::now() > until => return Err(error.into()),
            Err(error) => tell_seldom("The new index did not answer", &error),
        }
        if entries.len() < n {
            until = Instant::now() + PATIENCE;
        } else if Instant::now() > until {
            return Err(RebuildError::Refused);
        }
        if !entries.is_empty() {
            sleep(AGAIN_AFTER).await;
        }
    }
    Ok(letters)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use protocol::{RoomId, Sequence};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_is_put_off_is_put_in_again_and_alone() {
        let asked = RefCell::new(Vec::new());
        let ask = async |entries: &[Entry]| {
            let sequences: Vec<u64> = entries.iter().map(|entry| entry.sequence.0).collect();
            asked.borrow_mut().push(sequences.clone());
            match asked.borrow().len() {
                1 => Err(away()),
                2 => Ok(sequences.iter().map(|at| if *at == 2 { Put::Taken } else { Put::Later }).collect()),
                _ => {
                    Ok(sequences.iter().map(|at| if *at == 3 { never_taken() } else { Put::Taken }).collect())
                }
            }
        };

        let letters = put(ask, entries()).await.unwrap();

        assert_eq!(*asked.borrow(), [vec![1, 2, 3], vec![1, 2, 3], vec![1, 3]]);
        let letter = Letter { room: "lobby".to_owned(), sequence: Sequence(3), why: "400".to_owned() };
        assert_eq!(letters, [letter]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_index_that_takes_nothing_is_given_up_in_the_end() {
        let began = Instant::now();

        let refused = put(async |entries| Ok(vec![Put::Later; entries.len()]), entries()).await;
        let away = put(async |_| Err(away()), entries()).await;

        assert!(matches!(refused, Err(RebuildError::Refused)), "{refused:?}");
        assert!(matches!(away, Err(RebuildError::Unavailable(_))), "{away:?}");
        assert!(began.elapsed() > PATIENCE * 2);
    }

    fn entries() -> Vec<Entry> {
        let room = RoomId::parse("lobby").unwrap();
        (1..=3).map(|at| Entry::erased(&room, Sequence(at))).collect()
    }

    fn never_taken() -> Put {
        Put::Never("400".to_owned())
    }

    fn away() -> Unavailable {
        Unavailable::new("index while being made anew", "away")
    }
}
