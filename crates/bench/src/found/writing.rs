//! Authors who write, edit and delete in many rooms, straight in the store, and rooms that are deleted with all that is in them.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use backend::Backend;
use chat::{
    erase::{self, Step},
    ports::{
        Deed, Draft, Erasures as _, ErasuresError, LogError, Revision, RoomLog as _, Rooms as _, RoomsError,
    },
};
use futures::future::try_join_all;
use protocol::{MemberId, Message, MessageText, Nonce, RoomId, RoomInfo, RoomName, Sequence, Topic};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use crate::{crowd, random::Random, words::Words};

/// Authors.
const N_AUTHORS: usize = 100;
/// One room in so many is private.
const PRIVATE_ONE_IN: usize = 5;
/// Messages that become durable at once, at most.
const GROUP: u64 = 4;
/// Of a thousand times that something is done in a room, so often a message is edited, one is deleted, and all of them.
const EDITS: u64 = 150;
const DELETIONS: u64 = 80;
const ENDS: u64 = 2;
/// One message in so many is in a script without spaces, too.
const CHINESE_ONE_IN: u64 = 8;
/// The store is asked so often what is to be erased, as a node asks.
const ERASES_EVERY: Duration = Duration::from_millis(500);
/// A busy store is asked again so often, after this time.
const ATTEMPTS: usize = 20;
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// How much is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) n_rooms: usize,
    /// From one thing done in a room to the next.
    pub(super) every: Duration,
    pub(super) until: Instant,
    pub(super) seed: u64,
}

/// How often what was done.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) messages: Cell<u64>,
    pub(super) edits: Cell<u64>,
    pub(super) deletions: Cell<u64>,
    pub(super) rooms_deleted: Cell<u64>,
    /// What the store did not say of whether it was done.
    pub(super) unknown: Cell<u64>,
    words: Cell<u64>,
}

impl Written {
    /// The words that texts began with, each another one.
    pub(super) fn words(&self) -> impl Iterator<Item = String> {
        (0..self.words.get()).map(word)
    }
}

/// The word that a text begins with.
fn word(n: u64) -> String {
    format!("found{n}")
}

/// Writes for a while.
///
/// # Errors
/// When the store refuses what it should take.
pub(super) async fn write(backend: &Backend, load: Load, written: &Written) -> anyhow::Result<()> {
    let words = RefCell::new(Words::of(load.seed));
    let mut random = Random::from_seed(load.seed);
    let rooms = (0..load.n_rooms).map(|n| {
        let random = random.fork();
        let mut pen = Pen { backend, words: &words, written, random, room: n, n_ends: 0 };
        async move { pen.write(load).await }
    });
    let erasing = async {
        while Instant::now() < load.until {
            erase_all(backend).await?;
            sleep(ERASES_EVERY).await;
        }
        Ok(())
    };
    futures::try_join!(try_join_all(rooms), erasing).map(drop)
}

/// Erases what is to go for good, until nothing is left of it.
///
/// # Errors
/// When the store does not do it.
pub(super) async fn erase_all(backend: &Backend) -> anyhow::Result<()> {
    let step = async || erase::step(&backend.log, &backend.erasures, crowd::now()).await;
    while let Step::Done(_) = patiently(step).await? {}
    Ok(())
}

/// Asks again what a store that is busy did not answer.
///
/// # Errors
/// When it does not answer for long.
pub(super) async fn patiently<T, E>(ask: impl AsyncFn() -> Result<T, E>) -> Result<T, E> {
    for _ in 1..ATTEMPTS {
        if let Ok(answer) = ask().await {
            return Ok(answer);
        }
        sleep(AGAIN_AFTER).await;
    }
    ask().await
}

/// Who writes in a room, and in the next one when that is deleted.
struct Pen<'a> {
    backend: &'a Backend,
    words: &'a RefCell<Words>,
    written: &'a Written,
    random: Random,
    room: usize,
    n_ends: u64,
}

/// A room as far as its writer knows it.
struct Room {
    id: RoomId,
    head: Sequence,
    changes: Sequence,
    /// Messages that say something.
    live: Vec<Message>,
}

impl Pen<'_> {
    async fn write(&mut self, load: Load) -> anyhow::Result<()> {
        let mut ticks = interval(load.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut room = self.begin().await?;
        while Instant::now() < load.until {
            ticks.tick().await;
            match self.random.below(1_000) {
                at if at < ENDS => {
                    self.end(&room).await?;
                    room = self.begin().await?;
                }
                at if at < ENDS + DELETIONS => self.revise(&mut room, None).await?,
                at if at < ENDS + DELETIONS + EDITS => {
                    let text = self.text()?;
                    self.revise(&mut room, Some(text)).await?;
                }
                _ => self.append(&mut room).await?,
            }
        }
        Ok(())
    }

    async fn begin(&mut self) -> anyhow::Result<Room> {
        loop {
            let private = self.room.is_multiple_of(PRIVATE_ONE_IN);
            let name = format!("found-{}-{}", self.room, self.n_ends);
            let id = RoomId::parse(&if private { format!("p--{name}") } else { name })?;
            let (name, topic) = (RoomName::parse("Found")?, Topic::parse("")?);
            let info = RoomInfo { id: id.clone(), name, topic, private };
            match self.backend.rooms.create(&info, crowd::now()).await {
                Err(RoomsError::Unavailable(_)) => {
                    add(&self.written.unknown, 1);
                    self.n_ends += 1;
                }
                created => {
                    created?;
                    return Ok(Room { id, head: Sequence::ZERO, changes: Sequence::ZERO, live: Vec::new() });
                }
            }
        }
    }

    async fn end(&mut self, room: &Room) -> anyhow::Result<()> {
        let deed = Deed::of(&self.author()?, crowd::now());
        self.n_ends += 1;
        match self.backend.erasures.delete_room(&room.id, &deed).await {
            Err(ErasuresError::Unavailable(_)) => add(&self.written.unknown, 1),
            deleted => {
                deleted?;
                add(&self.written.rooms_deleted, 1);
            }
        }
        Ok(())
    }

    async fn append(&mut self, room: &mut Room) -> anyhow::Result<()> {
        let n = 1 + self.random.below(GROUP);
        let drafts =
            (0..n).map(|_| Ok(Draft { author: self.author()?, nonce: self.nonce()?, text: self.text()? }));
        let drafts = drafts.collect::<anyhow::Result<Vec<_>>>()?;
        let messages = match self.backend.log.append(&room.id, room.head, crowd::now(), &drafts).await {
            Ok(messages) => messages,
            Err(LogError::Unavailable(_)) => {
                add(&self.written.unknown, 1);
                room.head = patiently(async || self.backend.log.heads(&room.id).await).await?.messages;
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        room.head = Sequence(room.head.0 + n);
        room.live.extend(messages);
        add(&self.written.messages, n);
        Ok(())
    }

    async fn revise(&mut self, room: &mut Room, text: Option<MessageText>) -> anyhow::Result<()> {
        if room.live.is_empty() {
            return Ok(());
        }
        let message = room.live.swap_remove(self.random.index(room.live.len()));
        let revision = Revision {
            message: message.sequence,
            seen: message.revision,
            by: message.author,
            since: room.changes,
            nonce: self.nonce()?,
            at: crowd::now(),
            text,
        };
        let revised = match self.backend.log.revise(&room.id, &revision).await {
            Ok(revised) => revised,
            Err(LogError::Unavailable(_)) => {
                add(&self.written.unknown, 1);
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        };
        room.changes = revised.revision;
        if revised.text.is_none() {
            add(&self.written.deletions, 1);
            return Ok(());
        }
        add(&self.written.edits, 1);
        room.live.push(revised);
        Ok(())
    }

    fn author(&mut self) -> anyhow::Result<MemberId> {
        Ok(MemberId::parse(&format!("author{}", self.random.index(N_AUTHORS)))?)
    }

    fn nonce(&mut self) -> anyhow::Result<Nonce> {
        Ok(Nonce::parse(&format!("{:016x}", self.random.number()))?)
    }

    fn text(&mut self) -> anyhow::Result<MessageText> {
        let n = self.written.words.get();
        add(&self.written.words, 1);
        let more = if n.is_multiple_of(CHINESE_ONE_IN) { "東京都の天気" } else { "" };
        Ok(MessageText::parse(&format!("{} {} {more}", word(n), self.words.borrow_mut().sentence()))?)
    }
}

fn add(to: &Cell<u64>, n: u64) {
    to.set(to.get() + n);
}

#[cfg(test)]
mod tests {
    use chat::search::tokens;

    use super::*;

    #[test]
    fn a_text_is_known_by_its_first_word() {
        let tokens = tokens(&format!("{} and more", word(41)));

        assert_eq!(tokens[0].word, "found41");
    }

    #[tokio::test]
    async fn all_that_can_become_of_messages_does() {
        let (backend, written) = (Backend::in_memory(), Written::default());
        let until = Instant::now() + Duration::from_secs(1);
        let load = Load { n_rooms: 20, every: Duration::from_millis(1), until, seed: 1 };

        write(&backend, load, &written).await.unwrap();
        erase_all(&backend).await.unwrap();

        let Written { messages, edits, deletions, rooms_deleted, .. } = &written;
        for n in [messages, edits, deletions, rooms_deleted] {
            assert!(n.get() > 0, "{written:?}");
        }
        assert!(backend.erasures.pending().await.unwrap().is_none());
    }
}
