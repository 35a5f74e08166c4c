//! What several stores share: the order of what happens, and groups of a room's log.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use protocol::{MemberId, Message, MessageText, Nonce, Sequence, Timestamp};
use serde::{Deserialize, Serialize};

/// A group of messages, of which only the place is known.
#[derive(Debug, Deserialize)]
pub(super) struct GroupEnd {
    pub(super) first: u64,
    /// How many messages it has. The one at 0 counts as one, so that a room that has begun has the head 0.
    n: u64,
    /// Set on a deleted room's last.
    #[serde(default)]
    pub(super) sealed: bool,
}

impl GroupEnd {
    pub(super) fn head(&self) -> Sequence {
        Sequence(self.first + self.n.max(1) - 1)
    }
}

/// A group of messages, committed as one.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) room: String,
    pub(super) first: u64,
    pub(super) n: u64,
    /// None in the one that begins a room, and in one that was erased.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) messages: Vec<StoredMessage>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) sealed: bool,
}

/// A message in its group, which tells its sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredMessage {
    pub(super) author: MemberId,
    pub(super) nonce: Nonce,
    pub(super) at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) text: Option<MessageText>,
    pub(super) revision: Sequence,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) revised: Option<Timestamp>,
}

impl Group {
    pub(super) fn messages(self) -> impl Iterator<Item = Message> {
        (self.first..).zip(self.messages).map(|(sequence, message)| message.at_place(Sequence(sequence)))
    }
}

impl StoredMessage {
    pub(super) fn at_place(self, sequence: Sequence) -> Message {
        let Self { author, nonce, at, text, revision, revised } = self;
        Message { sequence, author, nonce, at, text, revision, revised }
    }
}

impl From<Message> for StoredMessage {
    fn from(message: Message) -> Self {
        let Message { sequence: _, author, nonce, at, text, revision, revised } = message;
        Self { author, nonce, at, text, revision, revised }
    }
}

/// A number that is greater than those this process has had, and than those that others had some time ago: the microseconds
/// since 1970. For what is listed in the order in which it happened, where no chain numbers it.
pub(super) fn order() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |it| it.as_micros());
    let now = u64::try_from(now).expect("fits until the year 500,000");
    let last = LAST.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(now.max(last + 1)));
    now.max(last.expect("the update always has a value") + 1)
}

/// A number as a text that sorts as it does.
pub(super) fn sorted(number: u64) -> String {
    format!("{number:020}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_later_has_the_greater_number() {
        let numbers: Vec<u64> = (0..1000).map(|_| order()).collect();

        assert!(numbers.is_sorted_by(|one, other| one < other));
        assert!(sorted(9) < sorted(10));
    }
}
