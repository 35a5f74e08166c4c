//! What goes for good leaves the store step by step, and goes on where it was after a restart.

use protocol::{MemberId, Message, Nonce, RoomId, Sequence, Timestamp};

use crate::{
    ports::{Channel, Erased, Erasure, Erasures, Event, LogError, Revision, RoomLog, Unavailable},
    rooms::News,
};

/// Messages that are looked at in one step.
const AT_ONCE: usize = 500;

/// A former member's texts are looked for once more after this time: a right that was looked up before they went may have
/// let one in.
const SETTLES_MS: u64 = 5_000;

/// What a step came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// It was done: this is to be told.
    Done(Vec<News>),
    /// Nothing can be done just now.
    Later,
    /// Nothing is left to do.
    Nothing,
}

/// Does the next step. One that was interrupted is done again, which changes nothing twice.
///
/// # Errors
/// [`Unavailable`]: the step is still to be done.
pub async fn step(log: &impl RoomLog, erasures: &impl Erasures, now: Timestamp) -> Result<Step, Unavailable> {
    let Some(mut erasure) = erasures.pending().await? else { return Ok(Step::Nothing) };
    let done = match &erasure.what {
        Erased::Everything => everything(log, &erasure.room).await,
        Erased::TextsOf(author) => texts(log, &erasure, author, now).await,
    };
    let is_settled = now.0 > erasure.begun.0 + SETTLES_MS || erasure.what == Erased::Everything;
    let news = match done {
        Ok((Some(upto), news)) => {
            erasure.upto = upto;
            erasures.advance(&erasure).await?;
            news
        }
        Ok((None, _)) if !is_settled => return Ok(Step::Later),
        Ok((None, news)) => {
            erasures.finish(&erasure).await?;
            news
        }
        Err(LogError::Unavailable(error)) => return Err(error),
        // The room was deleted meanwhile, and the texts with it.
        Err(_) => {
            erasures.finish(&erasure).await?;
            Vec::new()
        }
    };
    Ok(Step::Done(news))
}

async fn everything(log: &impl RoomLog, room: &RoomId) -> Result<(Option<Sequence>, Vec<News>), LogError> {
    let is_more = log.erase(room, AT_ONCE).await?;
    Ok((is_more.then_some(Sequence::ZERO), Vec::new()))
}

/// How far the texts of an author are gone, or none where that is all of them.
async fn texts(
    log: &impl RoomLog,
    erasure: &Erasure,
    author: &MemberId,
    now: Timestamp,
) -> Result<(Option<Sequence>, Vec<News>), LogError> {
    let room = &erasure.room;
    let messages = log.read(room, erasure.upto.next(), AT_ONCE).await?;
    let upto = messages.last().map(|last| last.sequence);
    let mut news = Vec::new();
    for message in messages {
        if message.author == *author && message.text.is_some() {
            let change = erase(log, room, message, now).await?;
            let (after, upto) = (change.revision.minus(1), change.revision);
            let event = Event::Changed { after, changed: vec![change], lost: Vec::new(), upto };
            news.push((Channel::Room(room.clone()), event));
        }
    }
    Ok((upto, news))
}

async fn erase(
    log: &impl RoomLog,
    room: &RoomId,
    message: Message,
    now: Timestamp,
) -> Result<Message, LogError> {
    let sequence = message.sequence;
    let mut revision = Revision {
        message: sequence,
        seen: message.revision,
        by: message.author,
        since: log.heads(room).await?.changes,
        nonce: nonce(sequence, 0),
        at: now,
        text: None,
    };
    for n in 1.. {
        match log.revise(room, &revision).await {
            Err(LogError::Revised { now }) => revision.seen = now.revision, // An admin deleted it meanwhile.
            // A client had called an edit of its own just so: then this is taken for that.
            Ok(message) if message.text.is_some() || message.sequence != sequence => {
                revision.nonce = nonce(sequence, n);
            }
            done => return done,
        }
    }
    unreachable!("a member has made fewer changes than there are numbers")
}

fn nonce(sequence: Sequence, n: u32) -> Nonce {
    Nonce::parse(&format!("erase-{sequence}-{n}")).expect("letters, hyphens and digits, fewer than 32")
}
