//! Judges a run: was anything acknowledged lost, doubled or reordered, and did anybody see or do what they may not?

mod anomaly;
mod changes;
mod members;
mod messages;
mod views;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use chat::ports::{Change, Turn};
use protocol::{MemberId, Message, MessageText, Nonce, RoomId, Sequence, Timestamp};

pub use self::anomaly::Anomaly;

/// A server has noticed after this time that a membership ended.
pub const NOTICED_WITHIN: Duration = Duration::from_secs(2);

/// All that is known after a run.
#[derive(Clone, Debug, Default)]
pub struct History {
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
    pub witnessed: Vec<Witnessed>,
    /// In which versions.
    pub sightings: Vec<Sightings>,
    /// What came of those who were removed for good.
    pub removed: Vec<Removed>,
    /// Clients that never got on, and at what.
    pub stuck: Vec<(MemberId, String)>,
}

/// A message, whatever it says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// Its drafts.
    pub nonces: Vec<Nonce>,
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

/// What one client has shown of one room, from the last time that it was shown from somewhere else.
#[derive(Clone, Debug)]
pub struct Witnessed {
    /// Whose client.
    pub member: MemberId,
    /// Which room.
    pub room: RoomId,
    /// The messages, in the order in which they came.
    pub entries: Vec<Entry>,
}

/// In which versions one client has shown the messages of one room.
#[derive(Clone, Debug)]
pub struct Sightings {
    /// Whose client.
    pub member: MemberId,
    /// Which room.
    pub room: RoomId,
    /// Message and revision, in the order in which they came.
    pub versions: Vec<(Sequence, Sequence)>,
    last: HashMap<Sequence, Sequence>,
}

impl Sightings {
    /// Of nothing yet.
    pub fn new(member: MemberId, room: RoomId) -> Self {
        Self { member, room, versions: Vec::new(), last: HashMap::new() }
    }

    /// A message is on screen.
    pub fn see(&mut self, message: &Message) {
        let (sequence, revision) = (message.sequence, message.revision);
        if self.last.insert(sequence, revision) != Some(revision) {
            self.versions.push((sequence, revision));
        }
    }
}

/// What came of somebody who was removed from a room and never added again.
#[derive(Clone, Debug)]
pub struct Removed {
    /// Who.
    pub member: MemberId,
    /// From which room.
    pub room: RoomId,
    /// Whether it is private.
    pub is_private: bool,
    /// The last message on screen when their client heard of it; none where it never did.
    pub heard_at: Option<Sequence>,
    /// What their client shows of the room at the end.
    pub shown: Vec<Message>,
    /// The messages that their client was sent after it had heard, unasked or of a private room.
    pub received: Vec<Sequence>,
    /// When the newest message became durable that their client was ever sent.
    pub newest: Timestamp,
}

/// Names everything that must not have happened; nothing for a good run.
pub fn check(history: &History) -> Vec<Anomaly> {
    let stuck = history.stuck.iter().cloned().map(|(member, at)| Anomaly::Stuck { member, at });
    let mut anomalies = messages::check(history);
    anomalies.extend(changes::check(history));
    anomalies.extend(views::check(history));
    anomalies.extend(members::check(history));
    anomalies.extend(stuck);
    anomalies
}
