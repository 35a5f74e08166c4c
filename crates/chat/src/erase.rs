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
        // It was deleted meanwhile, and the texts with it.
        Err(LogError::NoSuchRoom { .. }) => {
            erasures.finish(&erasure).await?;
            Vec::new()
        }
        Err(LogError::Unavailable(error)) => return Err(error),
        // Somebody was in the way for a moment, as who ended the author's membership: what is left is still to go.
        Err(
            error @ (LogError::NoSuchMessage { .. }
            | LogError::Overtaken { .. }
            | LogError::Revised { .. }
            | LogError::NotInRoom { .. }),
        ) => return Err(Unavailable::new("log while erasing", error)),
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use protocol::{Heads, MessageText};

    use super::*;
    use crate::ports::{Change, Deed, Draft, ErasuresError, Legacy};

    const NOW: Timestamp = Timestamp(1_762_175_109_000);

    #[tokio::test]
    async fn only_a_room_that_is_gone_ends_an_erasure_before_all_is_gone() {
        let passing = [
            LogError::NotInRoom { room: room_id() }, // Their membership ended in the very moment.
            LogError::NoSuchMessage { room: room_id(), sequence: Sequence(1) },
            LogError::Overtaken { head: Sequence(2), between: Vec::new() },
            LogError::Unavailable(Unavailable::new("log", "away")),
        ];

        for error in passing {
            let (told, erasures) = (error.to_string(), OneErasure::fresh());
            let log = OneText { refuses: Mutex::new(Some(error)), is_there: Mutex::new(true) };

            assert!(step(&log, &erasures, NOW).await.is_err(), "{told}");
            assert!(erasures.pending().await.unwrap().is_some(), "{told}");

            assert!(
                matches!(step(&log, &erasures, NOW).await, Ok(Step::Done(news)) if news.len() == 1),
                "{told}"
            );
            assert!(!*log.is_there.lock().unwrap(), "{told}");
        }
        let (log, erasures) = (gone(), OneErasure::fresh());
        assert_eq!(step(&log, &erasures, NOW).await.unwrap(), Step::Done(Vec::new()));
        assert_eq!(erasures.pending().await.unwrap(), None);
    }

    /// A log of a room with one text, which refuses to be changed once.
    struct OneText {
        refuses: Mutex<Option<LogError>>,
        is_there: Mutex<bool>,
    }

    fn gone() -> OneText {
        let refuses = Mutex::new(Some(LogError::NoSuchRoom { room: room_id() }));
        OneText { refuses, is_there: Mutex::new(true) }
    }

    impl RoomLog for OneText {
        async fn heads(&self, _: &RoomId) -> Result<Heads, LogError> {
            Ok(Heads { messages: Sequence(1), changes: Sequence::ZERO })
        }

        async fn append(
            &self,
            _: &RoomId,
            _: Sequence,
            _: Timestamp,
            _: &[Draft],
        ) -> Result<Vec<Message>, LogError> {
            unreachable!("who erases appends nothing")
        }

        async fn read(&self, _: &RoomId, first: Sequence, _: usize) -> Result<Vec<Message>, LogError> {
            let text = self.is_there.lock().unwrap().then(|| MessageText::parse("hi").unwrap());
            Ok(if first == Sequence(1) { vec![message(text)] } else { Vec::new() })
        }

        async fn revise(&self, _: &RoomId, _: &Revision) -> Result<Message, LogError> {
            if let Some(error) = self.refuses.lock().unwrap().take() {
                return Err(error);
            }
            *self.is_there.lock().unwrap() = false;
            Ok(Message { revision: Sequence(1), ..message(None) })
        }

        async fn changes(&self, _: &RoomId, _: Sequence, _: usize) -> Result<Vec<Change>, LogError> {
            unreachable!("nobody asks for them")
        }

        async fn erase(&self, _: &RoomId, _: usize) -> Result<bool, LogError> {
            unreachable!("the room is not deleted")
        }
    }

    /// The texts of one who went, until they are gone.
    struct OneErasure(Mutex<Option<Erasure>>);

    impl OneErasure {
        fn fresh() -> Self {
            let what = Erased::TextsOf(ada());
            Self(Mutex::new(Some(Erasure { room: room_id(), what, upto: Sequence::ZERO, begun: NOW })))
        }
    }

    impl Erasures for OneErasure {
        async fn delete_room(&self, _: &RoomId, _: &Deed) -> Result<(), ErasuresError> {
            unreachable!("nobody asks for it")
        }

        async fn delete_member(
            &self,
            _: &MemberId,
            _: Legacy,
            _: Timestamp,
        ) -> Result<Vec<RoomId>, ErasuresError> {
            unreachable!("nobody asks for it")
        }

        async fn pending(&self) -> Result<Option<Erasure>, Unavailable> {
            Ok(self.0.lock().unwrap().clone())
        }

        async fn advance(&self, erasure: &Erasure) -> Result<(), Unavailable> {
            *self.0.lock().unwrap() = Some(erasure.clone());
            Ok(())
        }

        async fn finish(&self, _: &Erasure) -> Result<(), Unavailable> {
            *self.0.lock().unwrap() = None;
            Ok(())
        }
    }

    fn message(text: Option<MessageText>) -> Message {
        Message {
            sequence: Sequence(1),
            author: ada(),
            nonce: nonce(Sequence(1), 0),
            at: NOW,
            text,
            revision: Sequence::ZERO,
            revised: None,
        }
    }

    fn room_id() -> RoomId {
        RoomId::parse("lobby").unwrap()
    }

    fn ada() -> MemberId {
        MemberId::parse("ada").unwrap()
    }
}
