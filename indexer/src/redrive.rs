//! What was set aside is read again from the store and put in, once its cause is mended.

use std::time::Duration;

use chat::ports::{DeadLetters, Letter, MessageIndex, Opened, Put, Scanned, Unavailable};
use process::tell_seldom;
use tokio::time::Instant;

use crate::patience::patiently;

/// No more letters are taken after this time. Who takes one has it for a quarter of an hour: later those that are left would
/// be taken again, and again, without an end.
const TAKES_FOR: Duration = Duration::from_mins(10);

/// What became of dead letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Their messages are in the index, or in the store no more; they are thrown away.
    pub n_mended: usize,
    /// They are as they were.
    pub n_left: usize,
    /// Time was up, so there may be more.
    pub is_cut_short: bool,
}

/// Puts in what dead letters are about, as `look_up` reads it now, and then throws them away. Those of which anything still
/// cannot be put in are left, as are those for which time does not suffice. Safe to run again after it was ended at any moment.
///
/// # Errors
/// [`Unavailable`], where something has not answered for long. What was not dealt with by then is put back.
pub async fn redrive(
    look_up: impl AsyncFn(&Letter) -> Result<Scanned, Unavailable>,
    index: &impl MessageIndex,
    letters: &impl DeadLetters,
) -> Result<Redriven, Unavailable> {
    // Put back at once they would be opened again.
    let mut left = Vec::new();
    let dealt_with = deal_with_all(&look_up, index, letters, &mut left).await;
    let put_back = put_back(letters, &left).await;
    let (n_mended, is_cut_short) = dealt_with?;
    put_back?;
    Ok(Redriven { n_mended, n_left: left.len(), is_cut_short })
}

/// Opens one after the other, and tells how many are mended, and whether time was up. The others are in `left`, also where
/// this fails.
async fn deal_with_all(
    look_up: &impl AsyncFn(&Letter) -> Result<Scanned, Unavailable>,
    index: &impl MessageIndex,
    letters: &impl DeadLetters,
    left: &mut Vec<Opened>,
) -> Result<(usize, bool), Unavailable> {
    let (until, mut n_mended) = (Instant::now() + TAKES_FOR, 0);
    loop {
        let mut opened = letters.open().await?.into_iter().peekable();
        if opened.peek().is_none() {
            return Ok((n_mended, false));
        }
        while let Some(next) = opened.next() {
            match deal_with(look_up, index, letters, &next).await {
                Ok(true) => n_mended += 1,
                Ok(false) => left.push(next),
                Err(error) => {
                    left.push(next);
                    left.extend(opened);
                    return Err(error);
                }
            }
            if Instant::now() >= until {
                left.extend(opened);
                return Ok((n_mended, true));
            }
        }
    }
}

/// Puts in what one is about, and throws it away if that could be done.
async fn deal_with(
    look_up: &impl AsyncFn(&Letter) -> Result<Scanned, Unavailable>,
    index: &impl MessageIndex,
    letters: &impl DeadLetters,
    opened: &Opened,
) -> Result<bool, Unavailable> {
    let is_mended = is_mended(look_up, index, opened).await?;
    if is_mended {
        letters.discard(opened).await?;
    }
    Ok(is_mended)
}

async fn is_mended(
    look_up: &impl AsyncFn(&Letter) -> Result<Scanned, Unavailable>,
    index: &impl MessageIndex,
    opened: &Opened,
) -> Result<bool, Unavailable> {
    let Some(letter) = &opened.letter else {
        tracing::warn!("Left a letter that is none of the indexer's");
        return Ok(false);
    };
    let Letter { room, sequence, .. } = letter;
    let now = patiently("The store could not be read", async || look_up(letter).await).await?;
    if let Some(Letter { why, .. }) = now.unread.first() {
        tracing::warn!(room, %sequence, why, "Left a letter: what it is about still cannot be read");
        return Ok(false);
    }
    let put = match now.entries.is_empty() {
        true => Vec::new(),
        false => patiently("The index did not answer", async || index.put(&now.entries).await).await?,
    };
    let is_mended = put.iter().all(|put| *put == Put::Taken);
    if !is_mended {
        tracing::warn!(room, %sequence, "Left a letter: the index still does not take what it is about");
    }
    Ok(is_mended)
}

/// Puts back as many as it can: others are there again by themselves after a while.
async fn put_back(letters: &impl DeadLetters, left: &[Opened]) -> Result<(), Unavailable> {
    let mut done = Ok(());
    for opened in left {
        if let Err(error) = letters.put_back(opened).await {
            tell_seldom("A letter was not put back, and comes again by itself", &error);
            done = Err(error);
        }
    }
    done
}
