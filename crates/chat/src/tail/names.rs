//! The names of a room's last drafts: of ten thousand, where their messages would be many megabytes.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use protocol::{MemberId, Message, Nonce, Sequence, limits};

/// Most names remembered: a draft that is further behind is refused.
const NAMES_MAX: usize = 10_000;
const _: () =
    assert!(NAMES_MAX as u64 == limits::SINCE_MAX_BEHIND, "who may be behind so far is looked for in memory");

/// The names of the messages from one on, up to the room's head, each as a number: that two have the same one is not to be
/// expected in the age of the world.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(VecDeque<u64>);

impl Names {
    /// The first message whose name is known, where the room is at `head`.
    pub(super) fn first(&self, head: Sequence) -> Sequence {
        head.next().minus(self.0.len() as u64)
    }

    /// Takes the messages that follow.
    pub(super) fn extend(&mut self, messages: &[Message]) {
        self.0.extend(messages.iter().map(number_of));
        let n_old = self.0.len().saturating_sub(NAMES_MAX);
        self.0.drain(..n_old);
    }

    /// Takes messages that end just before those that are known, where the room is at `head`.
    pub(super) fn extend_back(&mut self, messages: &[Message], head: Sequence) {
        let first = self.first(head);
        let older = &messages[..messages.partition_point(|message| message.sequence < first)];
        if older.last().is_some_and(|last| last.sequence.next() == first) {
            for message in older.iter().rev().take(NAMES_MAX - self.0.len()) {
                self.0.push_front(number_of(message));
            }
        }
    }

    /// Forgets those before a message, where the room is at `head`.
    pub(super) fn forget_before(&mut self, first: Sequence, head: Sequence) {
        let n_kept = usize::try_from(head.next().since(first)).unwrap_or(usize::MAX);
        self.0.drain(..self.0.len().saturating_sub(n_kept));
        self.0.shrink_to_fit();
    }

    /// The last message of this name, if there is one after `since`, where the room is at `head`.
    pub(super) fn find(
        &self,
        (author, nonce): (&MemberId, &Nonce),
        since: Sequence,
        head: Sequence,
    ) -> Option<Sequence> {
        let number = number(author, nonce);
        let n_after = usize::try_from(head.since(since)).unwrap_or(usize::MAX);
        let back = self.0.iter().rev().take(n_after).position(|it| *it == number)?;
        Some(head.minus(back as u64))
    }
}

fn number_of(message: &Message) -> u64 {
    number(&message.author, &message.nonce)
}

fn number(author: &MemberId, nonce: &Nonce) -> u64 {
    let mut hasher = DefaultHasher::new();
    (author, nonce).hash(&mut hasher);
    hasher.finish()
}
