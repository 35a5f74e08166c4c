//! What a node knows of a room's log: its heads, and its last messages.

use std::collections::VecDeque;

use protocol::{Heads, MemberId, Message, Nonce, Sequence};

/// Most messages kept in memory for a room: enough that reconnecting clients are answered without the store.
pub const TAIL_MAX: usize = 1_000;
/// Most bytes kept in memory for a room, as far as they are texts: a thousand long ones are 16 MB.
pub const TAIL_MAX_BYTES: usize = 2 * 1024 * 1024;

/// The end of a room's log, without holes.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    heads: Heads,
    messages: VecDeque<Message>,
    bytes: usize,
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
        Self { heads, ..Self::default() }
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
        self.bytes += new.iter().map(text_bytes).sum::<usize>();
        self.heads.messages = head.plus(new.len() as u64);
        while self.messages.len() > TAIL_MAX || self.bytes > TAIL_MAX_BYTES {
            let oldest = self.messages.pop_front().expect("what is too much is not nothing");
            self.bytes -= text_bytes(&oldest);
        }
        Taken::New(new.len())
    }

    /// The room's changes are at `head`: messages kept from before may show what they no longer are, so they are let go.
    pub fn changed(&mut self, head: Sequence) {
        self.heads.changes = head;
        self.messages.clear();
        self.bytes = 0;
    }

    /// Takes messages that end just before the kept ones, so that the tail reaches further back.
    pub fn extend_back(&mut self, messages: &[Message]) {
        let first = self.first();
        let room = TAIL_MAX.saturating_sub(self.messages.len());
        let older: Vec<&Message> = messages.iter().filter(|message| message.sequence < first).collect();
        if older.last().is_some_and(|last| last.sequence.next() == first) {
            for message in older.into_iter().rev().take(room) {
                if self.bytes + text_bytes(message) > TAIL_MAX_BYTES {
                    return;
                }
                self.bytes += text_bytes(message);
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

fn text_bytes(message: &Message) -> usize {
    message.text.as_ref().map_or(0, |text| text.as_str().len())
}

#[cfg(test)]
mod tests {
    use protocol::{MessageText, Timestamp, limits};

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

    #[test]
    fn memory_is_bounded_in_bytes_too() {
        let long = MessageText::parse(&"x".repeat(limits::TEXT_MAX)).unwrap();
        let n_fit = (TAIL_MAX_BYTES / limits::TEXT_MAX) as u64;
        let all: Vec<Message> = messages(1..=n_fit + 5);
        let all: Vec<Message> =
            all.into_iter().map(|it| Message { text: Some(long.clone()), ..it }).collect();
        let mut tail = Tail::default();

        tail.take(&all);
        assert_eq!(tail.after(Sequence(5)).map(|kept| kept.len() as u64), Some(n_fit));
        tail.extend_back(&all[..5]);

        assert_eq!(tail.after(Sequence(4)), None);
    }

    #[test]
    fn after_a_change_nothing_older_is_shown_from_memory() {
        let mut tail = Tail::at(heads(3));
        tail.take(&messages(4..=6));

        tail.changed(Sequence(1));

        assert_eq!(tail.heads(), Heads { messages: Sequence(6), changes: Sequence(1) });
        assert_eq!(tail.last(1), None);
        assert_eq!(tail.take(&messages(7..=7)), Taken::New(1));
        assert_eq!(tail.last(1), Some(messages(7..=7)));
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
