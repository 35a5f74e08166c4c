//! What is known after a run.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use chat::ports::{Change, Turn, Way};
use protocol::{MemberId, Message, MessageText, Nonce, RoomId, Sequence, Timestamp};
use serde::{Deserialize, Serialize};

use crate::record::{Fold, Line, Shown};

/// A server has noticed after this time that a membership ended.
pub const NOTICED_WITHIN: Duration = Duration::from_secs(2);

/// The clocks of those who stamp what is in the store differ by so much at most from the record's.
const CLOCKS_DIFFER_MS: u64 = 1_000;

/// All that is known after a run.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// When the run began, by the wall clock; zero where that is not known.
    pub began: Timestamp,
    /// How soon the end of a membership was to be noticed.
    pub bounds: Bounds,
    /// Each room's messages as the store has them, in the order in which they were read.
    pub logs: BTreeMap<RoomId, Vec<Message>>,
    /// Each room's changes, likewise.
    pub changes: BTreeMap<RoomId, Vec<Change>>,
    /// The time line of each membership, in order.
    pub turns: BTreeMap<(RoomId, MemberId), Vec<Turn>>,
    /// What senders were told is durable.
    pub acknowledged: Vec<(RoomId, Entry)>,
    /// The edits and deletions whose senders were told that they are durable.
    pub revised: Vec<(RoomId, Revised)>,
    /// What was asked of each membership; nothing where it is not known when the run began.
    pub asked: BTreeMap<(RoomId, MemberId), Vec<Asked>>,
    /// What was composed.
    pub composed: Vec<Composed>,
    /// How many tries of each draft may still make a message of it: none of them was refused, nor acknowledged.
    pub tries: HashMap<Nonce, usize>,
    /// Drafts that were refused, with no such try left.
    pub refused: HashSet<Nonce>,
    /// Drafts that were refused and sent again, or of which an earlier try may arrive later: they stand where they came to
    /// stand.
    pub sent_again: HashSet<Nonce>,
    /// Drafts that were refused and given up: they may be in no log.
    pub given_up: HashSet<Nonce>,
    /// What each client shows of a room at the end.
    pub views: Vec<View>,
    /// What each client has shown of a room all along.
    pub screens: Vec<Screen>,
    /// What came of those who were removed for good.
    pub removed: Vec<Removed>,
    /// Clients that never got on, and at what.
    pub stuck: Vec<(MemberId, String)>,
}

impl History {
    /// What was written down of a run.
    pub fn of(lines: impl IntoIterator<Item = Line>) -> Self {
        let mut history = Self::default();
        history.add(lines);
        history
    }

    /// What was written down besides, of clients of whom nothing was before.
    pub fn add(&mut self, lines: impl IntoIterator<Item = Line>) {
        let mut fold = Fold::of(std::mem::take(self));
        lines.into_iter().for_each(|line| fold.take(line));
        *self = fold.finish();
    }

    /// Beginnings and ends of a membership.
    pub(super) fn time_line(&self, room: &RoomId, member: &MemberId) -> &[Turn] {
        self.turns.get(&(room.clone(), member.clone())).map_or(&[], Vec::as_slice)
    }

    /// Whether a member was inside at a moment, or until so shortly before that it had not been noticed.
    pub(super) fn may_act(&self, room: &RoomId, member: &MemberId, at: Timestamp) -> bool {
        match self.time_line(room, member).iter().rev().find(|turn| turn.at <= at) {
            Some(Turn { way: Way::Joined, .. }) => true,
            Some(ended) => at.0 <= ended.at.0 + self.bounds.takes_ms,
            None => false,
        }
    }

    /// Where a member may have been when.
    ///
    /// A turn is stamped before it is written, and others may be told in between that nothing has turned: so its stamp is
    /// not its moment. But the stamp tells what may have been asked for when it turned, and it was written between the
    /// line where that was asked and the one where it was answered: of several that may be meant between the first and
    /// the last, and where one of those was not acknowledged, at any time after it. What nobody asked for was written at
    /// any time after its stamp.
    pub(super) fn stays(&self, room: &RoomId, member: &MemberId) -> Vec<Stay> {
        let key = (room.clone(), member.clone());
        let asked = self.asked.get(&key).map_or(&[][..], Vec::as_slice);
        let mut stays = vec![Stay { is_inside: false, since: Moment::default(), until: u64::MAX }];
        for turn in self.time_line(room, member) {
            // Whatever was done before the run is written nowhere.
            let until = Moment { line: 0, at: self.began };
            let before = Asked { way: turn.way, since: Moment::default(), until, acknowledged: true };
            let may_be_of = asked.iter().chain([&before]).filter(|it| it.may_have_done(turn));
            let (since, until): (Vec<u64>, Vec<u64>) =
                may_be_of.map(|it| (it.since.line, it.until.line)).unzip();
            if let Some(last) = stays.last_mut() {
                last.until = until.into_iter().max().unwrap_or(u64::MAX);
            }
            let since = Moment { line: since.into_iter().min().unwrap_or(0), at: turn.at };
            stays.push(Stay { is_inside: turn.way == Way::Joined, since, until: u64::MAX });
        }
        stays
    }

    /// A room's messages.
    pub(super) fn log(&self, room: &RoomId) -> &[Message] {
        self.logs.get(room).map_or(&[], Vec::as_slice)
    }

    /// The message at a place, which is where it should be unless something is wrong with the log.
    pub(super) fn message(&self, room: &RoomId, sequence: Sequence) -> Option<&Message> {
        let (log, is_it) = (self.log(room), |it: &&Message| it.sequence == sequence);
        let there = usize::try_from(sequence.minus(1).0).ok().and_then(|at| log.get(at)).filter(is_it);
        there.or_else(|| log.iter().find(is_it))
    }
}

impl Asked {
    /// Whether it may have met its member where it was to bring them.
    pub(super) fn may_be(&self, stay: &Stay) -> bool {
        let is_there = stay.is_inside == (self.way == Way::Joined);
        let has_begun = stay.since.line <= self.until.line && !is_later(stay.since.at, self.until.at);
        is_there && has_begun && self.since.line <= stay.until
    }

    /// Whether a turn may be its doing.
    fn may_have_done(&self, turn: &Turn) -> bool {
        self.way == turn.way && !is_later(self.since.at, turn.at) && !is_later(turn.at, self.until.at)
    }
}

impl Moment {
    /// After the end.
    pub(crate) const NEVER: Self = Self { line: u64::MAX, at: Timestamp(u64::MAX) };
}

/// Whether one is later than the other, by whichever clocks.
fn is_later(one: Timestamp, other: Timestamp) -> bool {
    one.0 > other.0.saturating_add(CLOCKS_DIFFER_MS)
}

/// A message, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Entry {
    /// Its place.
    pub sequence: Sequence,
    /// Who wrote it.
    pub author: MemberId,
    /// What its author's client called it.
    pub nonce: Nonce,
}

impl Entry {
    /// Which message it is.
    pub fn of(message: &Message) -> Self {
        let Message { sequence, author, nonce, .. } = message;
        Self { sequence: *sequence, author: author.clone(), nonce: nonce.clone() }
    }
}

/// An edit, or a deletion where there is no text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revised {
    /// Who did it.
    pub by: MemberId,
    /// What their client called it.
    pub nonce: Nonce,
    /// Which message.
    pub sequence: Sequence,
    /// What that says from then on.
    pub text: Option<MessageText>,
}

/// That a membership was to begin, or to end.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// Which of both, and by whom.
    pub way: Way,
    /// When that was asked for.
    pub since: Moment,
    /// When that was answered. Where it is open whether it was done: at no line, and the last time by which a server may
    /// have stamped it.
    pub until: Moment,
    /// Whether the answer was that it is so.
    pub acknowledged: bool,
}

/// A moment of a run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moment {
    /// The line of the record: it tells what came before what, however close that was.
    pub line: u64,
    /// By the wall clock.
    pub at: Timestamp,
}

/// A time for which a member may have been inside, or outside.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stay {
    is_inside: bool,
    /// Not before this line, nor before this time.
    since: Moment,
    /// Not after this line.
    until: u64,
}

/// What one client composed for one room, in order.
#[derive(Clone, Debug)]
pub struct Composed {
    /// Which room.
    pub room: RoomId,
    /// Whose client.
    pub author: MemberId,
    /// Its drafts: what each is called, and what it says.
    pub drafts: Vec<(Nonce, MessageText)>,
}

/// What one client shows of one room.
#[derive(Clone, Debug)]
pub struct View {
    /// Whose client.
    pub member: MemberId,
    /// Which room.
    pub room: RoomId,
    /// The messages, from top to bottom.
    pub messages: Vec<Message>,
}

/// What one client has shown of one room all along.
#[derive(Clone, Debug)]
pub struct Screen {
    /// Whose client.
    pub member: MemberId,
    /// Which room.
    pub room: RoomId,
    /// The messages in the order in which they came, cut where the room was shown from somewhere else. A message that is
    /// not after all others stands there again in another version, or was loaded later.
    pub runs: Vec<Vec<Shown>>,
}

/// What came of somebody who was removed from a room and never added again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Who.
    pub member: MemberId,
    /// From which room.
    pub room: RoomId,
    /// Whether it is private.
    pub is_private: bool,
    /// The last message on screen when their client heard of it, or that it asked for later and may read; none where it
    /// never heard.
    pub heard_at: Option<Sequence>,
    /// What their client shows of the room at the end.
    pub shown: Vec<Message>,
    /// The messages that their client was sent after it had heard, unasked or of a private room.
    pub received: Vec<Sequence>,
    /// When the newest message became durable that their client was ever sent.
    pub newest: Timestamp,
}

/// How soon the end of a membership is to be noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// After so many milliseconds nothing is taken from who was in the room.
    pub takes_ms: u64,
    /// And nothing is shown to them.
    pub shows_ms: u64,
}

impl Default for Bounds {
    /// As long as nothing keeps nodes from hearing of each other.
    fn default() -> Self {
        Self::of(NOTICED_WITHIN, NOTICED_WITHIN)
    }
}

impl Bounds {
    /// Nothing is taken after one time, and nothing shown after another.
    pub fn of(takes: Duration, shows: Duration) -> Self {
        let [takes_ms, shows_ms] = [takes, shows].map(|it| u64::try_from(it.as_millis()).expect("seconds"));
        Self { takes_ms, shows_ms }
    }
}
