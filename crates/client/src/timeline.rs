//! What a client has of a room's log: one run of messages without holes.

use std::collections::VecDeque;

use protocol::{Heads, Message, Sequence};

use crate::changes::Changes;

/// Most messages that a run keeps; beyond it the far side is let go and read again when it is wanted.
pub const LOADED_MAX: usize = 2_000;

/// A run of messages, and how far the room is.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// The place before the first message of the run, if it has one or not.
    before: Sequence,
    messages: VecDeque<Message>,
    head: Sequence,
    /// Whether the run reaches the room's end, but for what is on its way, and grows with it.
    following: bool,
    changes: Changes,
}

impl Default for Timeline {
    fn default() -> Self {
        let (before, head) = (Sequence::ZERO, Sequence::ZERO);
        Self { before, messages: VecDeque::new(), head, following: true, changes: Changes::default() }
    }
}

/// What became of messages that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Took {
    /// So many were new.
    New(usize),
    /// Between the run and what came something is missing: ask for what follows this.
    Gap { after: Sequence },
    /// They belong elsewhere in the log than where the run is; the run stays as it is.
    Elsewhere,
}

impl Timeline {
    /// The messages, lowest sequence first.
    pub fn messages(&self) -> &VecDeque<Message> {
        &self.messages
    }

    /// The message at a place, if it is loaded.
    pub fn get(&self, sequence: Sequence) -> Option<&Message> {
        self.messages.get(self.place(sequence)?)
    }

    /// The room's head, as far as is known.
    pub fn head(&self) -> Sequence {
        self.head
    }

    /// The first sequence that is loaded, or the one that would be.
    pub fn first(&self) -> Sequence {
        self.before.next()
    }

    /// The last sequence that is loaded, or the one before those that would be.
    pub fn last(&self) -> Sequence {
        self.before.plus(self.messages.len() as u64)
    }

    /// Whether there are older messages to load.
    pub fn has_older(&self) -> bool {
        self.first() > Sequence(1)
    }

    /// Whether there are newer messages to load.
    pub fn has_newer(&self) -> bool {
        self.last() < self.head
    }

    /// Whether new messages are to appear at the end of the run.
    pub fn is_following(&self) -> bool {
        self.following
    }

    /// The room is at least so far.
    pub(crate) fn moved(&mut self, head: Sequence) {
        self.head = self.head.max(head);
    }

    /// Up to where all that was edited and deleted is known.
    pub fn changes(&self) -> Sequence {
        self.changes.upto()
    }

    /// Forgets everything, and begins with what was read when the room was at `heads`.
    pub(crate) fn begin(&mut self, messages: Vec<Message>, heads: Heads) {
        self.changes.begin_at(heads.changes);
        self.restart(messages, heads.messages);
    }

    /// Goes on with another part of the log, which was read when the room was at `head`.
    pub(crate) fn restart(&mut self, messages: Vec<Message>, head: Sequence) {
        self.changes.see(&messages);
        self.before = messages.first().map_or(head, |message| message.sequence.minus(1));
        self.messages = messages.iter().map(|message| self.changes.as_now(message)).collect();
        self.following = self.last() >= head;
        self.moved(head.max(self.last()));
    }

    /// Takes the room's changes after one, up to another. False when some before them are missing.
    pub(crate) fn change(&mut self, after: Sequence, changed: &[Message], upto: Sequence) -> bool {
        for now in changed {
            let message = self.place(now.sequence).and_then(|at| self.messages.get_mut(at));
            if let Some(message) = message.filter(|it| it.revision < now.revision) {
                *message = now.clone();
            }
        }
        self.changes.take(after, changed, upto)
    }

    /// Whether messages that were read when the room's changes were at `head` may say what they no longer do.
    pub(crate) fn is_beyond(&self, head: Sequence) -> bool {
        self.changes.is_beyond(head)
    }

    /// The run ends here and no longer follows the room: what came after is too far away.
    pub(crate) fn stay(&mut self) {
        self.following = false;
    }

    /// Takes the messages of a page that belongs to either end of the run.
    pub(crate) fn join(&mut self, messages: &[Message]) -> Took {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Took::New(0) };
        let (first, last) = (first.sequence, last.sequence);
        self.moved(last);
        let took = match () {
            () if last.next() < self.first() || first > self.last().next() => Took::Elsewhere,
            () if first < self.first() => Took::New(self.prepend(messages)),
            () => Took::New(self.append(messages)),
        };
        self.following |= !self.has_newer();
        took
    }

    /// Takes messages as they happen. A run that reached the room's end follows it; another stays where it is.
    pub(crate) fn follow(&mut self, messages: &[Message]) -> Took {
        let Some(first) = messages.first() else { return Took::New(0) };
        let after = self.last();
        if first.sequence > after.next() {
            if let Some(last) = messages.last() {
                self.moved(last.sequence);
            }
            return if self.following { Took::Gap { after } } else { Took::Elsewhere };
        }
        let n = self.append(messages);
        self.moved(self.last());
        self.following |= !self.has_newer();
        Took::New(n)
    }

    /// Where in the run a sequence is or would be.
    fn place(&self, sequence: Sequence) -> Option<usize> {
        let at = sequence.0.checked_sub(self.first().0)?;
        usize::try_from(at).ok()
    }

    fn append(&mut self, messages: &[Message]) -> usize {
        self.changes.see(messages);
        let last = self.last();
        let new = messages.iter().filter(|message| message.sequence > last);
        let n_before = self.messages.len();
        self.messages.extend(new.map(|message| self.changes.as_now(message)));
        let n = self.messages.len() - n_before;
        let too_many = self.messages.len().saturating_sub(LOADED_MAX);
        self.messages.drain(..too_many);
        self.before = self.before.plus(too_many as u64);
        n
    }

    fn prepend(&mut self, messages: &[Message]) -> usize {
        self.changes.see(messages);
        let first = self.first();
        let new = messages.iter().rev().filter(|message| message.sequence < first);
        let mut n = 0;
        for message in new {
            self.messages.push_front(self.changes.as_now(message));
            self.before = self.before.minus(1);
            n += 1;
        }
        if self.messages.len() > LOADED_MAX {
            self.messages.truncate(LOADED_MAX);
            self.following = false;
        }
        n
    }
}

#[cfg(test)]
mod tests {
    use protocol::{MemberId, MessageText, Nonce, Timestamp};

    use super::*;
    use crate::changes::tests::message;

    #[test]
    fn messages_that_follow_are_taken_and_doubles_dropped() {
        let mut timeline = loaded(1..=3, 3);

        assert_eq!(timeline.follow(&messages(3..=5)), Took::New(2));
        assert_eq!(timeline.follow(&messages(4..=5)), Took::New(0));

        assert_eq!(sequences(&timeline), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_hole_is_seen_and_nothing_after_it_shown() {
        let mut timeline = loaded(1..=3, 3);

        assert_eq!(timeline.follow(&messages(5..=6)), Took::Gap { after: Sequence(3) });

        assert_eq!(sequences(&timeline), [1, 2, 3]);
        assert_eq!(timeline.head(), Sequence(6));
        assert_eq!(timeline.join(&messages(4..=6)), Took::New(3));
        assert!(!timeline.has_newer());
    }

    #[test]
    fn a_run_in_the_past_stays_there() {
        let mut timeline = loaded(10..=20, 100);

        assert_eq!(timeline.follow(&messages(101..=101)), Took::Elsewhere);

        assert_eq!((timeline.first(), timeline.last()), (Sequence(10), Sequence(20)));
        assert_eq!(timeline.head(), Sequence(101));
    }

    #[test]
    fn a_run_grows_at_either_end_and_lets_go_of_the_other() {
        let most = LOADED_MAX as u64;
        let mut timeline = loaded(5_001..=5_000 + most, 10_000);

        assert_eq!(timeline.join(&messages(4_901..=5_000)), Took::New(100));
        assert_eq!((timeline.first(), timeline.last()), (Sequence(4_901), Sequence(4_900 + most)));
        assert_eq!(timeline.join(&messages(4_901 + most..=5_000 + most)), Took::New(100));
        assert_eq!((timeline.first(), timeline.last()), (Sequence(5_001), Sequence(5_000 + most)));
        assert!(timeline.has_older() && timeline.has_newer());
    }

    #[test]
    fn an_empty_room_takes_its_first_message() {
        let mut timeline = Timeline::default();

        assert!(!timeline.has_older());
        assert_eq!(timeline.follow(&messages(1..=1)), Took::New(1));
        assert_eq!(sequences(&timeline), [1]);
    }

    #[test]
    fn an_empty_run_knows_that_something_is_missing() {
        let mut timeline = Timeline::default();

        assert_eq!(timeline.follow(&messages(3..=3)), Took::Gap { after: Sequence::ZERO });
        assert!(timeline.has_newer());
        assert_eq!(timeline.join(&messages(1..=3)), Took::New(3));
        assert_eq!(sequences(&timeline), [1, 2, 3]);
    }

    #[test]
    fn the_end_of_a_moment_ago_is_followed_and_known_to_lack_something() {
        let mut timeline = loaded(1..=3, 9);
        timeline.follow(&messages(10..=10));

        timeline.restart(messages(7..=9), Sequence(9));

        assert!(timeline.is_following() && timeline.has_newer());
    }

    #[test]
    fn what_was_seen_changed_stays_so_whatever_is_read_from_further_behind() {
        let mut timeline = loaded(1..=3, 3);
        timeline.restart(vec![message(2, 5)], Sequence(3));

        timeline.begin(messages(1..=3), Heads { messages: Sequence(3), changes: Sequence(4) });

        assert_eq!(timeline.get(Sequence(2)).unwrap().revision, Sequence(5));
    }

    fn loaded(range: std::ops::RangeInclusive<u64>, head: u64) -> Timeline {
        let mut timeline = Timeline::default();
        timeline.restart(messages(range), Sequence(head));
        timeline
    }

    fn messages(range: std::ops::RangeInclusive<u64>) -> Vec<Message> {
        range
            .map(|sequence| Message {
                sequence: Sequence(sequence),
                author: MemberId::parse("ada").unwrap(),
                nonce: Nonce::parse(&format!("n{sequence}")).unwrap(),
                at: Timestamp(sequence),
                text: Some(MessageText::parse("hi").unwrap()),
                revision: Sequence::ZERO,
                revised: None,
            })
            .collect()
    }

    fn sequences(timeline: &Timeline) -> Vec<u64> {
        timeline.messages().iter().map(|message| message.sequence.0).collect()
    }
}
