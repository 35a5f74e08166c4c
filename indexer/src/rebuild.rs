//! An index is made anew of all that the store has, while the old one is read and messages go on.

use backend_aws::{OpenSearchIndex, Rebuild};
use chat::ports::{Archive, DeadLetters, Entry, Letter, Put, Scanned, Unavailable};
use process::tell_seldom;
use tokio::time::{Instant, sleep};

use crate::{
    batch::{never, set_aside},
    patience::{AGAIN_AFTER, PATIENCE, patiently},
};

/// Items that are read at once.
const AT_ONCE: usize = 1_000;

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
    anew(archive, index, letters).await
}

/// An index that can be made anew, and may be asleep whenever it is asked.
trait Anew {
    /// The new one, while it is filled.
    type New;

    async fn begin(&self) -> Result<Self::New, Unavailable>;

    async fn put(&self, new: &Self::New, entries: &[Entry]) -> Result<Vec<Put>, Unavailable>;

    async fn finish(&self, new: &mut Self::New) -> Result<(), Unavailable>;
}

impl Anew for OpenSearchIndex {
    type New = Rebuild;

    async fn begin(&self) -> Result<Rebuild, Unavailable> {
        self.begin_rebuild().await
    }

    async fn put(&self, new: &Rebuild, entries: &[Entry]) -> Result<Vec<Put>, Unavailable> {
        new.put(entries).await
    }

    async fn finish(&self, new: &mut Rebuild) -> Result<(), Unavailable> {
        new.finish().await
    }
}

async fn anew(
    archive: &impl Archive,
    index: &impl Anew,
    letters: &impl DeadLetters,
) -> Result<Rebuilt, RebuildError> {
    let mut new = patiently("No new index could be begun", async || index.begin().await).await?;
    let (mut rebuilt, mut after) = (Rebuilt::default(), None);
    loop {
        let scan = async || archive.scan(after.as_ref(), AT_ONCE).await;
        let Scanned { entries, unread, next } = patiently("The store could not be read", scan).await?;
        rebuilt.n_entries += entries.len();
        let refused = put(async |entries| index.put(&new, entries).await, entries).await?;
        for letter in unread.into_iter().chain(refused) {
            if !set_aside(letters, &letter).await {
                return Err(RebuildError::NotSetAside);
            }
            rebuilt.n_set_aside += 1;
        }
        let Some(next) = next else { break };
        tracing::info!(n_entries = rebuilt.n_entries, "Went on with the new index");
        after = Some(next);
    }
    patiently("The new index is not read yet", async || index.finish(&mut new).await).await?;
    Ok(rebuilt)
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
    use std::{
        cell::RefCell,
        sync::{Mutex, MutexGuard},
        time::Duration,
    };

    use chat::ports::{Opened, Place};
    use protocol::{RoomId, Sequence};
    use tokio::time::{sleep_until, timeout};

    use super::*;

    /// For so long a collection wakes, and who asks waits for less.
    const WAKES_IN: Duration = Duration::from_secs(25);
    const ANSWER_WITHIN: Duration = Duration::from_secs(20);

    #[tokio::test(start_paused = true)]
    async fn an_index_that_fell_asleep_is_waited_for_at_the_beginning_and_at_the_end() {
        let index = Sleeper::default();

        let rebuilt = anew(&LongRead(&index), &index, &NoLetters).await.unwrap();

        assert_eq!(rebuilt, Rebuilt { n_entries: 3, n_set_aside: 0 });
        assert_eq!(index.did().as_slice(), ["begin", "put 3", "finish"]);
    }

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
    /// An index that sleeps until it is asked, and then for a while.
    #[derive(Default)]
    struct Sleeper {
        awake_at: Mutex<Option<Instant>>,
        did: Mutex<Vec<String>>,
    }

    impl Sleeper {
        fn fall_asleep(&self) {
            *self.awake_at.lock().unwrap() = None;
        }

        fn did(&self) -> MutexGuard<'_, Vec<String>> {
            self.did.lock().unwrap()
        }

        async fn asked(&self, what: String) -> Result<(), Unavailable> {
            let awake_at = *self.awake_at.lock().unwrap().get_or_insert_with(|| Instant::now() + WAKES_IN);
            timeout(ANSWER_WITHIN, sleep_until(awake_at)).await.map_err(|_| away())?;
            self.did().push(what);
            Ok(())
        }
    }

    impl Anew for Sleeper {
        type New = ();

        async fn begin(&self) -> Result<(), Unavailable> {
            self.asked("begin".to_owned()).await
        }

        async fn put(&self, (): &(), entries: &[Entry]) -> Result<Vec<Put>, Unavailable> {
            self.asked(format!("put {}", entries.len())).await?;
            Ok(vec![Put::Taken; entries.len()])
        }

        async fn finish(&self, (): &mut ()) -> Result<(), Unavailable> {
            self.asked("finish".to_owned()).await
        }
    }

    /// An archive with something, and then with nothing, which takes so long that the index falls asleep.
    struct LongRead<'a>(&'a Sleeper);

    impl Archive for LongRead<'_> {
        async fn scan(&self, after: Option<&Place>, _: usize) -> Result<Scanned, Unavailable> {
            self.0.fall_asleep();
            Ok(match after {
                None => Scanned { entries: entries(), unread: Vec::new(), next: Some(Place("3".to_owned())) },
                Some(_) => Scanned { entries: Vec::new(), unread: Vec::new(), next: None },
            })
        }
    }

    struct NoLetters;

    impl DeadLetters for NoLetters {
        async fn send(&self, _: &Letter) -> Result<(), Unavailable> {
            unreachable!("everything is taken")
        }

        async fn open(&self) -> Result<Vec<Opened>, Unavailable> {
            unreachable!("nobody looks for any")
        }

        async fn discard(&self, _: &Opened) -> Result<(), Unavailable> {
            unreachable!("there is none")
        }

        async fn put_back(&self, _: &Opened) -> Result<(), Unavailable> {
            unreachable!("there is none")
        }
    }
}
