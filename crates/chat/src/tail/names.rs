//! The names of a room's last drafts: of ten thousand, where their messages would be many megabytes.

use std::{
    collections::VecDeque,
    hash::{BuildHasher as _, RandomState},
};

use protocol::{MemberId, Message, Nonce, Sequence, Timestamp, limits};

use super::Written;

/// Most names remembered: a draft that is further behind is refused.
const NAMES_MAX: usize = 10_000;
const _: () =
    assert!(NAMES_MAX as u64 == limits::SINCE_MAX_BEHIND, "who may be behind so far is looked for in memory");

/// The names of the messages from one on, up to the room's head.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    known: VecDeque<Name>,
    /// Nobody knows what two names have in common, by which they would be taken for one: that two do by chance is as likely
    /// as that a disk reads something else than was written.
    key: RandomState,
}

#[derive(Clone, Copy, Debug)]
struct Name {
    number: u64,
    at: Timestamp,
}

impl Names {
    /// The first message whose name is known, where the room is at `head`.
    pub(super) fn first(&self, head: Sequence) -> Sequence {
        head.next().minus(self.known.len() as u64)
    }

    /// Takes the messages that follow.
    pub(super) fn extend(&mut self, messages: &[Message]) {
        for message in messages {
            self.known.push_back(self.name(message));
        }
        let n_old = self.known.len().saturating_sub(NAMES_MAX);
        self.known.drain(..n_old);
    }

    /// Takes messages that end just before those that are known, where the room is at `head`.
    pub(super) fn extend_back(&mut self, messages: &[Message], head: Sequence) {
        let first = self.first(head);
        let older = &messages[..messages.partition_point(|message| message.sequence < first)];
        if older.last().is_some_and(|last| last.sequence.next() == first) {
            for message in older.iter().rev().take(NAMES_MAX - self.known.len()) {
                self.known.push_front(self.name(message));
            }
        }
    }

    /// Forgets those before a message, where the room is at `head`.
    pub(super) fn forget_before(&mut self, first: Sequence, head: Sequence) {
        let n_kept = usize::try_from(head.next().since(first)).unwrap_or(usize::MAX);
        self.known.drain(..self.known.len().saturating_sub(n_kept));
        self.known.shrink_to_fit();
    }

    /// The last message of this name, if there is one after `since`, where the room is at `head`.
    pub(super) fn find(
        &self,
        (author, nonce): (&MemberId, &Nonce),
        since: Sequence,
        head: Sequence,
    ) -> Option<Written> {
        let number = self.key.hash_one((author, nonce));
        let n_after = usize::try_from(head.since(since)).unwrap_or(usize::MAX);
        let mut after = self.known.iter().rev().take(n_after).enumerate();
        let (back, Name { at, .. }) = after.find(|(_, name)| name.number == number)?;
        Some(Written { sequence: head.minus(back as u64), at: *at })
    }

    fn name(&self, message: &Message) -> Name {
        Name { number: self.key.hash_one((&message.author, &message.nonce)), at: message.at }
    }
}
