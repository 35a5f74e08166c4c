//! An index and a queue in memory that fail as they are told.

use std::{collections::BTreeMap, sync::Mutex};

use chat::ports::{
    DeadLetters, Entry, FindError, Found, Letter, MessageIndex, Opened, Put, Said, Search, Unavailable,
};
use protocol::{MemberId, MessageText, RoomId, Sequence, Timestamp};

/// How an index is when it is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mood {
    Fine,
    /// It takes so many, and does not say so.
    AwayAfter(usize),
    /// It does not answer, and that lasts.
    Gone,
    /// It puts off those entries whose bit is set, in their order.
    Busy(u64),
}

/// It takes what its port says, and never what says "poison".
#[derive(Default)]
pub(crate) struct FakeIndex(Mutex<IndexState>);

#[derive(Default)]
struct IndexState {
    mood: Option<Mood>,
    n_asked: usize,
    known: BTreeMap<(RoomId, Sequence), Entry>,
}

impl FakeIndex {
    /// How it is the next time, which then is the last, unless it is gone.
    pub(crate) fn next(&self, mood: Mood) {
        self.0.lock().unwrap().mood = Some(mood);
    }

    pub(crate) fn n_asked(&self) -> usize {
        self.0.lock().unwrap().n_asked
    }

    pub(crate) fn known(&self) -> BTreeMap<(RoomId, Sequence), Entry> {
        self.0.lock().unwrap().known.clone()
    }

    pub(crate) fn texts(&self) -> Vec<(u64, String)> {
        let known = self.known();
        let texts =
            known.values().map(|entry| (entry.sequence.0, text(entry).unwrap_or_default().to_owned()));
        texts.collect()
    }
}

impl MessageIndex for FakeIndex {
    async fn put(&self, entries: &[Entry]) -> Result<Vec<Put>, Unavailable> {
        let mut state = self.0.lock().unwrap();
        state.n_asked += 1;
        let mood = state.mood.unwrap_or(Mood::Fine);
        state.mood = state.mood.filter(|mood| matches!(mood, Mood::Gone));
        let mut put = Vec::new();
        for (n, entry) in entries.iter().enumerate() {
            put.push(match mood {
                Mood::AwayAfter(taken) if n >= taken => break,
                Mood::Gone => break,
                Mood::Busy(bits) if bits >> (n % 64) & 1 == 1 => Put::Later,
                _ if text(entry) == Some("poison") => Put::Never("400 poison_exception".to_owned()),
                _ => {
                    state.take(entry);
                    Put::Taken
                }
            });
        }
        match mood {
            Mood::AwayAfter(_) | Mood::Gone => Err(Unavailable::new("index while taking entries", "away")),
            Mood::Fine | Mood::Busy(_) => Ok(put),
        }
    }

    async fn find(&self, _: &Search) -> Result<Found, FindError> {
        unreachable!("nobody looks for anything")
    }
}

impl IndexState {
    fn take(&mut self, entry: &Entry) {
        let place = (entry.room.clone(), entry.sequence);
        if self.known.get(&place).is_none_or(|known| known.revision < entry.revision) {
            self.known.insert(place, entry.clone());
        }
    }
}

/// It keeps letters, in their order, and refuses some where it is told to.
#[derive(Default)]
pub(crate) struct FakeLetters(Mutex<LettersState>);

#[derive(Default)]
struct LettersState {
    n_refused: usize,
    kept: Vec<Option<Letter>>,
    n_opened: usize,
    /// By what they were opened with.
    out: BTreeMap<String, Option<Letter>>,
}

impl FakeLetters {
    /// The next ones are not kept.
    pub(crate) fn refuse(&self, n: usize) {
        self.0.lock().unwrap().n_refused = n;
    }

    /// One that is none of ours.
    pub(crate) fn keep_another(&self) {
        self.0.lock().unwrap().kept.push(None);
    }

    pub(crate) fn kept(&self) -> Vec<Letter> {
        self.0.lock().unwrap().kept.iter().flatten().cloned().collect()
    }

    /// Of those that were opened, how many are neither thrown away nor put back.
    pub(crate) fn n_out(&self) -> usize {
        self.0.lock().unwrap().out.len()
    }

    pub(crate) fn n_kept(&self) -> usize {
        self.0.lock().unwrap().kept.len()
    }
}

impl DeadLetters for FakeLetters {
    async fn send(&self, letter: &Letter) -> Result<(), Unavailable> {
        let mut state = self.0.lock().unwrap();
        if state.n_refused > 0 {
            state.n_refused -= 1;
            return Err(Unavailable::new("dead letters while sending one", "refused"));
        }
        state.kept.push(Some(letter.clone()));
        Ok(())
    }

    async fn open(&self) -> Result<Vec<Opened>, Unavailable> {
        let mut state = self.0.lock().unwrap();
        let n = state.kept.len().min(2);
        let opened: Vec<Option<Letter>> = state.kept.drain(..n).collect();
        let opened = opened.into_iter().map(|letter| {
            state.n_opened += 1;
            let receipt = format!("r{}", state.n_opened);
            state.out.insert(receipt.clone(), letter.clone());
            Opened { letter, receipt }
        });
        Ok(opened.collect())
    }

    async fn discard(&self, opened: &Opened) -> Result<(), Unavailable> {
        self.0.lock().unwrap().out.remove(&opened.receipt).unwrap();
        Ok(())
    }

    async fn put_back(&self, opened: &Opened) -> Result<(), Unavailable> {
        let mut state = self.0.lock().unwrap();
        let letter = state.out.remove(&opened.receipt).unwrap();
        state.kept.push(letter);
        Ok(())
    }
}

pub(crate) fn written(at: u64, wording: &str) -> Entry {
    let said = Said {
        author: MemberId::parse("ada").unwrap(),
        at: Timestamp(at),
        text: MessageText::parse(wording).unwrap(),
        private: false,
    };
    Entry { room: room(), sequence: Sequence(at), revision: Sequence::ZERO, said: Some(said) }
}

pub(crate) fn letter(at: u64) -> Letter {
    Letter { room: "lobby".to_owned(), sequence: Sequence(at), why: "it is bad".to_owned() }
}

pub(crate) fn room() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

pub(crate) fn text(entry: &Entry) -> Option<&str> {
    entry.said.as_ref().map(|said| said.text.as_str())
}
