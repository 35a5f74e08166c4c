//! What comes of a stream goes into an index, in order; what cannot is put off, or set aside.

use chat::ports::{DeadLetters, Entry, Letter, MessageIndex, Put};
use process::tell_seldom;

/// A change of the store: what became of messages, or that it cannot be told.
pub type Record = Result<Vec<Entry>, Letter>;

/// What became of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The first record that is to come again, and all after it; none where all of it is dealt with.
    pub again_from: Option<usize>,
    /// Entries that the index has.
    pub n_taken: usize,
    /// Records that were set aside.
    pub n_set_aside: usize,
}

/// Puts in what records tell. A stream gives everything again from the first record that is to come again, so only what may
/// pass later is. What never does is set aside and passed over; if that cannot be done, it is to come again, too.
pub async fn put_batch(index: &impl MessageIndex, letters: &impl DeadLetters, records: Vec<Record>) -> Done {
    let (mut entries, mut parts) = (Vec::new(), Vec::with_capacity(records.len()));
    for record in records {
        parts.push(record.map(|told| {
            let first = entries.len();
            entries.extend(told);
            first..entries.len()
        }));
    }
    let put = put(index, &entries).await;
    let n_taken = put.iter().filter(|put| **put == Put::Taken).count();
    let mut done = Done { n_taken, ..Done::default() };
    for (n, part) in parts.into_iter().enumerate() {
        let letter = match part {
            Err(letter) => Some(letter),
            Ok(part) if put[part.clone()].contains(&Put::Later) => {
                return Done { again_from: Some(n), ..done };
            }
            Ok(part) => part.into_iter().find_map(|at| never(&entries[at], &put[at])),
        };
        let Some(letter) = letter else { continue };
        if !set_aside(letters, &letter).await {
            return Done { again_from: Some(n), ..done };
        }
        done.n_set_aside += 1;
    }
    done
}

/// Puts entries in; where it is not known whether they are, they are put off.
async fn put(index: &impl MessageIndex, entries: &[Entry]) -> Vec<Put> {
    if entries.is_empty() {
        return Vec::new();
    }
    index.put(entries).await.unwrap_or_else(|error| {
        tell_seldom("The index does not take anything", &error);
        vec![Put::Later; entries.len()]
    })
}

/// The letter of an entry that is never taken.
pub(crate) fn never(entry: &Entry, put: &Put) -> Option<Letter> {
    let Put::Never(why) = put else { return None };
    Some(Letter { room: entry.room.to_string(), sequence: entry.sequence, why: why.clone() })
}

/// Whether a letter is kept.
pub(crate) async fn set_aside(letters: &impl DeadLetters, letter: &Letter) -> bool {
    let Letter { room, sequence, why } = letter;
    match letters.send(letter).await {
        Ok(()) => {
            tracing::warn!(room, %sequence, why, "Set aside what the index can never take");
            true
        }
        Err(error) => {
            tell_seldom("What the index can never take could not be set aside", &error);
            false
        }
    }
}
