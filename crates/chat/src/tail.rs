//! What a node knows of a room's log: its heads, and its last messages.

use std::collections::VecDeque;

use protocol::{Heads, MemberId, Message, Nonce, Sequence};

/// Most messages kept in memory for a room: enough that reconnecting clients are answered without the store.
pub const TAIL_MAX: usize = 1_000;

/// The end of a room's log, without holes.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    heads: Heads,
    messages: VecDeque<Message>,
}

/// What messages that came mean for a tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// So many at the end of what came were new.
    New(usize),
    /// From this sequence on, up to what came, something is missing: read it first.
    Gap(Sequence),
}

/// Whether a draft is in the log already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// It is.
    Found(Message),
    /// It is in none of the messages after `since`, up to the head.
    Absent,
    /// The tail does not reach back to `since`: ask the store.
    Unknown,
}

impl Tail {
    /// Begins at heads that the store gave, with no messages.
    pub fn at(heads: Heads) -> Self {
        Self { heads, messages: VecDeque::new() }
    }

    /// How far the room is, as far as this node knows.
    pub fn heads(&self) -> Heads {
        self.heads
    }

    /// Takes committed messages in order. Those known already are passed over.
    pub fn take(&mut self, messages: &[Message]) -> Taken {
        let head = self.heads.messages;
        let known = messages.partition_point(|message| message.sequence <= head);
        let new = &messages[known..];
        match new.first() {
            Some(first) if first.sequence > head.next() => return Taken::Gap(head.next()),
            Some(_) => {}
            None => return Taken::New(0),
        }
        self.messages.extend(new.iter().cloned());
        self.heads.messages = head.plus(new.len() as u64);
        let too_many = self.messages.len().saturating_sub(TAIL_MAX);
        self.messages.drain(..too_many);
        Taken::New(new.len())
    }

    /// Takes messages that end just before the kept ones, so that the tail reaches further back.
    pub fn extend_back(&mut self, messages: &[Message]) {
        let first = self.first();
        let room = TAIL_MAX.saturating_sub(self.messages.len());
        let older: Vec<&Message> = messages.iter().filter(|message| message.sequence < first).collect();
        if older.last().is_some_and(|last| last.sequence.next() == first) {
            for message in older.into_iter().rev().take(room) {
                self.messages.push_front(message.clone());
            }
        }
    }

    /// All messages after `since`; none where the tail does not reach back so far.
    pub fn after(&self, since: Sequence) -> Option<Vec<Message>> {
        let skip = since.next().0.checked_sub(self.first().0)?;
        Some(self.messages.iter().skip(usize::try_from(skip).ok()?).cloned().collect())
    }

    /// The last `n` messages, or all where the room has fewer; none where the tail does not reach back so far.
    pub fn last(&self, n: usize) -> Option<Vec<Message>> {
        self.after(self.heads.messages.minus(n as u64))
    }

    /// Looks for a draft in all messages after `since`.
    pub fn find(&self, author: &MemberId, nonce: &Nonce, since: Sequence) -> Lookup {
        let found = self.messages.iter().rev().take_while(|message| message.sequence > since);
        let mut found = found.filter(|message| message.nonce == *nonce && message.author == *author);
        match found.next() {
            Some(message) => Lookup::Found(message.clone()),
            None if since.next() >= self.first() => Lookup::Absent,
            None => Lookup::Unknown,
        }
    }

    fn first(&self) -> Sequence {
        self.messages.front().map_or(self.heads.messages.next(), |message| message.sequence)
    }
}

#[cfg(test)]
mod tests {
    use protocol::{MessageText, Timestamp};

    use super::*;

    #[test]
    fn what_follows_is_taken_and_what_is_known_passed_over() {
        let mut tail = Tail::at(heads(3));

        assert_eq!(tail.take(&messages(4..=6)), Taken::New(3));
        assert_eq!(tail.take(&messages(5..=8)), Taken::New(2));
        assert_eq!(tail.take(&messages(4..=8)), Taken::New(0));
        assert_eq!(tail.heads(), heads(8));
    }

    #[test]
    fn a_gap_is_named_and_nothing_taken() {
        let mut tail = Tail::at(heads(3));

        assert_eq!(tail.take(&messages(6..=7)), Taken::Gap(Sequence(4)));
        assert_eq!(tail.heads(), heads(3));
    }

    #[test]
    fn a_draft_is_found_or_known_to_be_absent_only_where_the_tail_reaches() {
        let mut tail = Tail::at(heads(3));
        tail.take(&messages(4..=6));
        let find = |nonce: &str, since| tail.find(&author(), &Nonce::parse(nonce).unwrap(), Sequence(since));

        assert!(matches!(find("n5", 3), Lookup::Found(message) if message.sequence == Sequence(5)));
        assert!(matches!(find("n5", 0), Lookup::Found(_)));
        assert_eq!(find("n5", 5), Lookup::Absent);
        assert_eq!(find("n9", 3), Lookup::Absent);
        assert_eq!(find("n9", 2), Lookup::Unknown);
        assert_eq!(find("n9", 6), Lookup::Absent);
    }

    #[test]
    fn pages_come_from_memory_only_where_it_reaches() {
        let mut tail = Tail::at(heads(3));
        tail.take(&messages(4..=6));

        assert_eq!(tail.last(3), Some(messages(4..=6)));
        assert_eq!(tail.last(4), None);
        tail.extend_back(&messages(1..=3));
        assert_eq!(tail.last(50), Some(messages(1..=6)));
        assert_eq!(tail.after(Sequence(6)), Some(Vec::new()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut tail = Tail::default();
        tail.take(&messages(1..=TAIL_MAX as u64 + 5));

        assert_eq!(tail.after(Sequence(5)).unwrap().len(), TAIL_MAX);
        assert_eq!(tail.after(Sequence(4)), None);
    }

    fn heads(messages: u64) -> Heads {
        Heads { messages: Sequence(messages), changes: Sequence::ZERO }
    }

    fn author() -> MemberId {
        MemberId::parse("ada").unwrap()
    }

    fn messages(range: std::ops::RangeInclusive<u64>) -> Vec<Message> {
        range
            .map(|sequence| Message {
                sequence: Sequence(sequence),
                author: author(),
                nonce: Nonce::parse(&format!("n{sequence}")).unwrap(),
                at: Timestamp(sequence),
                text: Some(MessageText::parse("hi").unwrap()),
                revision: Sequence::ZERO,
            })
            .collect()
    }
}
