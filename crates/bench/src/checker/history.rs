//! What is known after a run.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use chat::ports::{Change, Turn};
use protocol::{MemberId, Message, MessageText, Nonce, RoomId, Sequence, Timestamp};
use serde::{Deserialize, Serialize};

use crate::record::{Fold, Line, Shown};

/// A server has noticed after this time that a membership ended.
pub const NOTICED_WITHIN: Duration = Duration::from_secs(2);

/// All that is known after a run.
#[derive(Clone, Debug, Default)]
pub struct History {
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
    /// What was composed.
    pub composed: Vec<Composed>,
    /// Drafts that were refused and sent again: they stand where they came to stand.
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
