//! A search: what is asked as somebody types, and what of the answers is shown. It is told what happens, like a
//! [`Client`](crate::Client), and says what to ask.

mod offers;

use std::time::Duration;

use protocol::{Field, Hit, Hits, Person, Refusal, RoomInfo, Source, limits};

pub use self::offers::{Known, Offer, Offers};
use crate::requests::wait_after;

/// Who pauses for this long while typing wants to see what there is.
const PAUSE: Duration = Duration::from_millis(150);
/// An answer that takes longer is waited for in words.
const SOON: Duration = Duration::from_millis(400);
/// An answer that takes longer is slow.
const SLOW: Duration = Duration::from_secs(2);
/// While the index does not answer, it is asked again this often.
const AGAIN: Duration = Duration::from_secs(5);

/// What hits are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// How well they match.
    #[default]
    Best,
    /// When they were written, the last first.
    Newest,
}

impl Order {
    /// As addresses name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Newest => "newest",
        }
    }

    /// Takes what an address says; what it does not say is the best.
    pub fn parse(name: &str) -> Self {
        match name {
            "newest" => Self::Newest,
            _ => Self::Best,
        }
    }
}

/// Something to ask the server; [`Search::answered`] takes what comes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The answer has the same number.
    pub number: u32,
    /// What is looked for, as it was typed.
    pub query: String,
    /// What the hits are to be sorted by.
    pub order: Order,
    /// Where the hits before ended; none for the first.
    pub after: Option<String>,
    /// How many hits.
    pub limit: usize,
}

/// A hit, with who wrote it and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The hit.
    pub hit: Hit,
    /// Its author; none who is a member no longer.
    pub author: Option<Person>,
    /// Its room.
    pub room: RoomInfo,
}

/// What is to be seen of a search.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Whether anything is looked for.
    pub is_asked: bool,
    /// What the hits are sorted by.
    pub order: Order,
    /// The hits; none before the first answer.
    pub found: Option<Vec<Found>>,
    /// Whether these are of a question before.
    pub is_old: bool,
    /// Whether there are more.
    pub has_more: bool,
    /// Where they were looked for.
    pub source: Option<Source>,
    /// How far the answer is.
    pub progress: Progress,
}

/// How far an answer is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// It is there, or comes in a moment, or nothing was asked.
    #[default]
    Quiet,
    /// It is waited for.
    Searching,
    /// It takes longer than usual.
    Slow,
    /// There is none.
    Failed(Refusal),
}

/// The behaviour of a search.
#[derive(Debug, Default)]
pub struct Search {
    wanted: Wanted,
    /// When something is to be asked.
    due: Option<(Duration, Purpose)>,
    asked: Option<Asked>,
    answer: Option<Answer>,
    failed: Option<(Purpose, Refusal)>,
    /// What the driver has not taken yet.
    question: Option<Question>,
    n_asked: u32,
}

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Wanted {
    text: String,
    order: Order,
}

/// What a question is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    /// The first hits.
    Anew,
    /// The hits after those that are shown.
    More,
    /// The hits that are shown, as they are now. Nobody waits for it.
    Again,
}

/// A question without an answer.
#[derive(Debug)]
struct Asked {
    number: u32,
    purpose: Purpose,
    wanted: Wanted,
    since: Duration,
    progress: Progress,
}

/// What was answered.
#[derive(Debug)]
struct Answer {
    wanted: Wanted,
    found: Vec<Found>,
    next: Option<String>,
    source: Source,
}

impl Search {
    /// Takes what is to be asked since the last call.
    pub fn take_question(&mut self) -> Option<Question> {
        self.question.take()
    }

    /// The page is opened with a query in its address. If it is the one that was shown before, its hits are there at
    /// once, and looked up again.
    pub fn opened(&mut self, text: &str, order: Order, now: Duration) {
        let wanted = Wanted { text: text.to_owned(), order };
        let is_same = self.answer.as_ref().is_some_and(|answer| answer.wanted == wanted);
        if !is_same {
            self.clear();
        }
        self.wanted = wanted;
        self.ask(if is_same { Purpose::Again } else { Purpose::Anew }, now);
    }

    /// The page is left. Its hits are kept, for who comes back.
    pub fn closed(&mut self) {
        (self.due, self.asked, self.failed, self.question) = (None, None, None, None);
    }

    /// The text in the box has changed.
    pub fn typed(&mut self, text: &str, now: Duration) {
        if text == self.wanted.text {
            return;
        }
        self.failed = None;
        text.clone_into(&mut self.wanted.text);
        match self.wanted.is_nothing() {
            true => self.clear(),
            false => self.due = Some((now + PAUSE, Purpose::Anew)),
        }
    }

    /// What was typed ends in the middle of something that is offered whole: it is not asked for by itself.
    pub fn hold(&mut self) {
        self.due = None;
    }

    /// Another order is chosen.
    pub fn sort(&mut self, order: Order, now: Duration) {
        if order != self.wanted.order {
            self.wanted.order = order;
            self.ask(Purpose::Anew, now);
        }
    }

    /// Somebody does not want to wait for what is due or held, or tries again what failed.
    pub fn try_now(&mut self, now: Duration) {
        let failed = self.failed.as_ref().map(|(purpose, _)| *purpose);
        let due = self.due.map(|(_, purpose)| purpose);
        let is_asked = self.asked.as_ref().is_some_and(|asked| asked.wanted == self.wanted);
        let held = (!is_asked && !self.shows_wanted()).then_some(Purpose::Anew);
        if let Some(purpose) = failed.or(due).or(held) {
            self.ask(purpose, now);
        }
    }

    /// Wants the hits after those that are shown.
    pub fn more(&mut self, now: Duration) {
        let is_asked = self.asked.as_ref().is_some_and(|asked| asked.purpose == Purpose::More);
        if self.shows_wanted() && !is_asked {
            self.ask(Purpose::More, now);
        }
    }

    /// Takes an answer, if it is that of the last question.
    pub fn answered(&mut self, number: u32, answer: Result<Hits, Refusal>, now: Duration) {
        let Some(asked) = self.asked.take_if(|asked| asked.number == number) else { return };
        match answer {
            Ok(hits) => self.take(asked, hits, now),
            Err(refusal) => self.refused(&asked, refusal, now),
        }
    }

    /// Time has passed: does what is due. To be called at [`Search::next_wake`] at the latest.
    pub fn wake(&mut self, now: Duration) {
        if let Some((_, purpose)) = self.due.filter(|(at, _)| *at <= now) {
            self.ask(purpose, now);
        }
        if let Some(asked) = &mut self.asked {
            while let Some((_, progress)) = asked.next_progress().filter(|(at, _)| *at <= now) {
                asked.progress = progress;
            }
        }
    }

    /// When [`Search::wake`] is due, if nothing happens before.
    pub fn next_wake(&self) -> Option<Duration> {
        let due = self.due.map(|(at, _)| at);
        let progress = self.asked.as_ref().and_then(Asked::next_progress).map(|(at, _)| at);
        [due, progress].into_iter().flatten().min()
    }

    /// What is to be seen.
    pub fn seen(&self) -> Seen {
        let progress = match (&self.failed, &self.asked) {
            (Some((_, refusal)), _) => Progress::Failed(refusal.clone()),
            (None, Some(asked)) => asked.progress.clone(),
            (None, None) => Progress::Quiet,
        };
        let answer = self.answer.as_ref();
        Seen {
            is_asked: !self.wanted.is_nothing(),
            order: self.wanted.order,
            found: answer.map(|answer| answer.found.clone()),
            is_old: progress != Progress::Quiet && answer.is_some() && !self.shows_wanted(),
            has_more: answer.is_some_and(|answer| answer.next.is_some()) && self.shows_wanted(),
            source: answer.map(|answer| answer.source),
            progress,
        }
    }

    /// Whether what is shown is of what is wanted now.
    fn shows_wanted(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.wanted == self.wanted)
    }

    fn clear(&mut self) {
        self.closed();
        self.answer = None;
    }

    fn ask(&mut self, purpose: Purpose, now: Duration) {
        self.closed();
        if self.wanted.is_nothing() {
            return;
        }
        self.n_asked = self.n_asked.wrapping_add(1);
        let shown = self.answer.as_ref();
        let (after, limit) = match purpose {
            Purpose::Anew => (None, limits::SEARCH_HITS),
            Purpose::More => (shown.and_then(|answer| answer.next.clone()), limits::SEARCH_HITS),
            Purpose::Again => {
                let n_shown = shown.map_or(0, |answer| answer.found.len());
                (None, n_shown.clamp(limits::SEARCH_HITS, limits::SEARCH_HITS_MAX))
            }
        };
        let (number, wanted, progress) = (self.n_asked, self.wanted.clone(), Progress::Quiet);
        let (query, order) = (wanted.text.clone(), wanted.order);
        self.question = Some(Question { number, query, order, after, limit });
        self.asked = Some(Asked { number, purpose, wanted, since: now, progress });
    }

    fn take(&mut self, asked: Asked, hits: Hits, now: Duration) {
        let Hits { hits, people, rooms, next, source } = hits;
        let mut found = match (asked.purpose, self.answer.take()) {
            (Purpose::More, Some(before)) => before.found,
            _ => Vec::new(),
        };
        for hit in hits {
            // The index may have moved since the page before.
            let is_there =
                found.iter().any(|it: &Found| (&it.hit.room, it.hit.sequence) == (&hit.room, hit.sequence));
            let room = rooms.iter().find(|room| room.id == hit.room);
            if let Some(room) = room.filter(|_| !is_there) {
                let author = people.iter().find(|person| person.id == hit.author).cloned();
                found.push(Found { author, room: room.clone(), hit });
            }
        }
        self.answer = Some(Answer { wanted: asked.wanted, found, next, source });
        if source == Source::Newest {
            self.due.get_or_insert((now + AGAIN, Purpose::Again));
        }
    }

    fn refused(&mut self, asked: &Asked, refusal: Refusal, now: Duration) {
        let is_pace = matches!(refusal, Refusal::TooFast { .. } | Refusal::Busy { .. });
        let is_of_another_index = matches!(refusal, Refusal::Invalid { field: Field::Cursor, .. });
        let wait = wait_after(&refusal).filter(|_| is_pace || asked.purpose == Purpose::Again);
        if self.due.is_some() {
            // What is asked next tells more.
        } else if let Some(wait) = wait {
            self.due = Some((now + wait, asked.purpose));
        } else if is_of_another_index && asked.purpose == Purpose::More {
            self.ask(Purpose::Anew, now);
        } else {
            if !self.shows_wanted() {
                self.answer = None;
            }
            self.failed = Some((asked.purpose, refusal));
        }
    }
}

impl Wanted {
    fn is_nothing(&self) -> bool {
        self.text.trim().is_empty()
    }
}

impl Asked {
    /// What becomes of it while there is no answer, and when.
    fn next_progress(&self) -> Option<(Duration, Progress)> {
        match (self.purpose, &self.progress) {
            (Purpose::Anew | Purpose::More, Progress::Quiet) => {
                Some((self.since + SOON, Progress::Searching))
            }
            (_, Progress::Searching) => Some((self.since + SLOW, Progress::Slow)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
