//! What was set aside is read again from the store and put in, once its cause is mended.

use chat::ports::{DeadLetters, Letter, MessageIndex, Opened, Put, Scanned, Unavailable};

/// What became of dead letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// Their messages are in the index, or in the store no more; they are thrown away.
    pub n_mended: usize,
    /// They are as they were.
    pub n_left: usize,
}

/// Puts in what dead letters are about, as `look_up` reads it now, and then throws them away. Those of which anything still
/// cannot be put in are left. Safe to run again after it was ended at any moment.
///
/// # Errors
/// [`Unavailable`]; what was not dealt with by then is there again after a while.
pub async fn redrive(
    look_up: impl AsyncFn(&Letter) -> Result<Scanned, Unavailable>,
    index: &impl MessageIndex,
    letters: &impl DeadLetters,
) -> Result<Redriven, Unavailable> {
    let (mut redriven, mut left) = (Redriven::default(), Vec::new());
    loop {
        let opened = letters.open().await?;
        if opened.is_empty() {
            break;
        }
        for opened in opened {
            match is_mended(&look_up, index, &opened).await? {
                true => {
                    letters.discard(&opened).await?;
                    redriven.n_mended += 1;
                }
                // Put back now it would be opened again.
                false => left.push(opened),
            }
        }
    }
    for opened in &left {
        letters.put_back(opened).await?;
    }
    Ok(Redriven { n_left: left.len(), ..redriven })
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
    let now = look_up(letter).await?;
    if let Some(Letter { why, .. }) = now.unread.first() {
        tracing::warn!(room, %sequence, why, "Left a letter: what it is about still cannot be read");
        return Ok(false);
    }
    let put = match now.entries.is_empty() {
        true => Vec::new(),
        false => index.put(&now.entries).await?,
    };
    let is_mended = put.iter().all(|put| *put == Put::Taken);
    if !is_mended {
        tracing::warn!(room, %sequence, "Left a letter: the index still does not take what it is about");
    }
    Ok(is_mended)
}
