//! What a node knows of a room's log: its heads, and its last messages.

use std::collections::VecDeque;

use protocol::{Heads, MemberId, Message, Nonce, Sequence, Timestamp, limits};

/// Most messages kept in memory for a room: enough that reconnecting clients are answered without the store.
pub const TAIL_MAX: usize = 1_000;
/// Most bytes kept in memory for a room, as far as they are texts: a thousand long ones are 16 MB.
pub const TAIL_MAX_BYTES: usize = 2 * 1024 * 1024;

/// The end of a room's log, without holes, and what was changed in it lately.
#[derive(Clone, Debug, Default)]
pub struct Tail {
    heads: Heads,
    messages: VecDeque<Message>,
    bytes: usize,
    changes: Changes,
}

/// The messages that were changed last.
#[derive(Clone, Debug, Default)]
struct Changes {
    /// All that were changed after this are here.
    since: Sequence,
    /// By revision, each once.
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
        let changes = Changes { since: heads.changes, ..Changes::default() };
        Self { heads, changes, ..Self::default() }
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

    /// Takes the room's changes after one, up to another, as the messages are now. What is known already is passed over.
    pub fn change(&mut self, after: Sequence, changed: &[Message], upto: Sequence) -> Taken {
        let known = self.heads.changes;
        if after > known {
            return Taken::Gap(known.next());
        }
        let new: Vec<&Message> = changed.iter().filter(|message| message.revision > known).collect();
        for message in &new {
            self.rewrite(message);
        }
        self.heads.changes = known.max(upto);
        self.changes.add(new.iter().map(|message| (*message).clone()));
        Taken::New(new.len())
    }

    /// All messages that were changed after `since`, as they are now; none where that is not remembered.
    pub fn changed_after(&self, since: Sequence) -> Option<Vec<Message>> {
        self.changes.after(since)
    }

    /// The messages that were changed after `since`, read from the store: from now on that is remembered.
    pub fn remember_changes(&mut self, since: Sequence, changed: Vec<Message>) {
        self.changes = Changes { since, messages: VecDeque::new(), bytes: 0 };
        self.changes.add(changed.into_iter());
    }

    /// Brings messages, which were read when this was the last change, to what they are now. False where that is not
    /// remembered of all.
    pub fn renew(&self, as_of: Sequence, messages: &mut [Message]) -> bool {
        for now in self.changes.messages.iter().filter(|now| now.revision > as_of) {
            let older =
                messages.iter_mut().find(|it| it.sequence == now.sequence && it.revision < now.revision);
            if let Some(older) = older {
                older.clone_from(now);
            }
        }
        as_of >= self.changes.since
    }

    fn rewrite(&mut self, now: &Message) {
        let Some(at) = now.sequence.0.checked_sub(self.first().0).and_then(|at| usize::try_from(at).ok())
        else {
            return;
        };
        if let Some(message) = self.messages.get_mut(at).filter(|it| it.revision < now.revision) {
            self.bytes = self.bytes - text_bytes(message) + text_bytes(now);
            *message = now.clone();
        }
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

    /// Lets go of what was written before a time, but for the last messages, as many as are shown first.
    pub fn forget(&mut self, before: Timestamp) {
        let most = self.messages.len().saturating_sub(limits::PAGE_DEFAULT);
        let n_old = self.messages.iter().take(most).take_while(|message| message.at < before).count();
        self.bytes -= self.messages.drain(..n_old).map(|message| text_bytes(&message)).sum::<usize>();
        self.messages.shrink_to(2 * self.messages.len());
    }

    /// Whether it could reach further back than it does.
    pub fn has_room(&self) -> bool {
        self.messages.len() < TAIL_MAX / 2 && self.bytes < TAIL_MAX_BYTES / 2
    }

    /// The last messages after `since`, as far as they have no more than so many bytes of text in all; none where the tail
    /// does not reach back so far.
    pub fn end(&self, since: Sequence, max_bytes: usize) -> Option<Vec<Message>> {
        let (mut n, mut bytes, mut is_whole) = (0, 0, since.next() >= self.first());
        for message in self.messages.iter().rev().take_while(|message| message.sequence > since) {
            bytes += text_bytes(message);
            if bytes > max_bytes {
                is_whole = true;
                break;
            }
            n += 1;
        }
        is_whole.then(|| self.messages.iter().skip(self.messages.len() - n).cloned().collect())
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

    /// Whether an author is known to have written nothing after `since`.
    pub fn is_silent(&self, author: &MemberId, since: Sequence) -> bool {
        let mut later = self.messages.iter().rev().take_while(|message| message.sequence > since);
        since.next() >= self.first() && later.all(|message| message.author != *author)
    }

    /// The first message that is kept, or the next one to come.
    pub fn first(&self) -> Sequence {
        self.messages.front().map_or(self.heads.messages.next(), |message| message.sequence)
    }
}

impl Changes {
    fn add(&mut self, changed: impl Iterator<Item = Message>) {
        for message in changed {
            if let Some(at) = self.messages.iter().position(|it| it.sequence == message.sequence) {
                let earlier = self.messages.remove(at).expect("it was found there");
                self.bytes -= text_bytes(&earlier);
            }
            self.bytes += text_bytes(&message);
            self.messages.push_back(message);
        }
        // As many as a client that comes back is told.
        while self.messages.len() as u64 > limits::CHANGES_MAX || self.bytes > TAIL_MAX_BYTES {
            let oldest = self.messages.pop_front().expect("what is too much is not nothing");
            self.bytes -= text_bytes(&oldest);
            self.since = oldest.revision;
        }
    }

    fn after(&self, since: Sequence) -> Option<Vec<Message>> {
        let later = self.messages.iter().filter(|message| message.revision > since);
        (since >= self.since).then(|| later.cloned().collect())
    }
}

fn text_bytes(message: &Message) -> usize {
    message.text.as_ref().map_or(0, |text| text.as_str().len())
}

#[cfg(test)]
mod tests {
    use protocol::MessageText;

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
    fn what_was_read_before_a_change_is_renewed_as_far_as_that_is_remembered() {
        let mut tail = Tail::at(heads(3));
        let mut read = messages(4..=5);
        let deleted = Message { revision: Sequence(1), text: None, ..read[1].clone() };
        tail.change(Sequence(0), std::slice::from_ref(&deleted), Sequence(1));

        assert!(tail.renew(Sequence(0), &mut read));
        assert_eq!(read[1], deleted);
        assert_eq!(read[0], messages(4..=4)[0]);

        tail.remember_changes(Sequence(1), Vec::new());
        assert!(!tail.renew(Sequence(0), &mut read));
    }

    #[test]
    fn of_the_end_there_is_as_much_as_fits() {
        let mut tail = Tail::at(heads(3));
        tail.take(&messages(4..=9));
        let each = text_bytes(&messages(4..=4)[0]);

        assert_eq!(tail.end(Sequence(6), 3 * each), Some(messages(7..=9)));
        assert_eq!(tail.end(Sequence(6), 3 * each - 1), Some(messages(8..=9)));
        assert_eq!(tail.end(Sequence(1), 2 * each), Some(messages(8..=9)), "what is not kept would not fit");
        assert_eq!(tail.end(Sequence(1), 7 * each), None);
        assert_eq!(tail.end(Sequence(9), 0), Some(Vec::new()));
        assert_eq!(tail.end(Sequence(20), 0), Some(Vec::new()));
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

        assert_eq!(last(&tail, 3), Some(messages(4..=6)));
        assert_eq!(last(&tail, 4), None);
        tail.extend_back(&messages(1..=3));
        assert_eq!(last(&tail, 50), Some(messages(1..=6)));
        assert_eq!(after(&tail, Sequence(6)), Some(Vec::new()));
    }

    #[test]
    fn memory_is_bounded() {
        let mut tail = Tail::default();
        tail.take(&messages(1..=TAIL_MAX as u64 + 5));

        assert_eq!(after(&tail, Sequence(5)).unwrap().len(), TAIL_MAX);
        assert_eq!(after(&tail, Sequence(4)), None);
    }

    #[test]
    fn what_is_old_is_let_go_but_for_what_is_shown_first() {
        let written_at = |message: Message| Message { at: Timestamp(message.sequence.0), ..message };
        let all: Vec<Message> = messages(1..=200).into_iter().map(written_at).collect();
        let mut tail = Tail::default();
        tail.take(&all);

        tail.forget(Timestamp(101));
        assert_eq!(after(&tail, Sequence(100)), Some(all[100..].to_vec()));
        assert_eq!(after(&tail, Sequence(99)), None);
        tail.forget(Timestamp(1_000));
        assert_eq!(last(&tail, limits::PAGE_DEFAULT), Some(all[200 - limits::PAGE_DEFAULT..].to_vec()));
        tail.forget(Timestamp(1_000));
        assert_eq!(tail.bytes, tail.messages.iter().map(text_bytes).sum::<usize>());
        assert_eq!(tail.heads(), Heads { messages: Sequence(200), ..heads(0) });
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
        assert_eq!(after(&tail, Sequence(5)).map(|kept| kept.len() as u64), Some(n_fit));
        tail.extend_back(&all[..5]);

        assert_eq!(after(&tail, Sequence(4)), None);
    }

    #[test]
    fn a_change_is_shown_from_memory_and_remembered() {
        let mut tail = Tail::at(heads(3));
        tail.take(&messages(4..=6));
        let (edited, deleted) = (revised(5, 1, Some("better")), revised(5, 2, None));

        assert_eq!(tail.change(Sequence(0), std::slice::from_ref(&edited), Sequence(1)), Taken::New(1));
        assert_eq!(last(&tail, 2), Some(vec![edited.clone(), messages(6..=6).remove(0)]));
        assert_eq!(tail.changed_after(Sequence(0)), Some(vec![edited]));
        assert_eq!(tail.change(Sequence(1), std::slice::from_ref(&deleted), Sequence(2)), Taken::New(1));

        assert_eq!(tail.heads(), Heads { messages: Sequence(6), changes: Sequence(2) });
        assert_eq!(last(&tail, 2).unwrap()[0], deleted);
        assert_eq!(tail.changed_after(Sequence(0)), Some(vec![deleted.clone()]), "each once, as it is now");
        assert_eq!(tail.changed_after(Sequence(1)), Some(vec![deleted]));
        assert_eq!(tail.changed_after(Sequence(2)), Some(vec![]));
    }

    #[test]
    fn a_change_is_taken_once_and_in_its_place() {
        let mut tail = Tail::at(heads(3));
        tail.take(&messages(4..=6));
        let first = revised(4, 1, Some("a"));

        assert_eq!(tail.change(Sequence(1), &[revised(5, 2, None)], Sequence(2)), Taken::Gap(Sequence(1)));
        tail.change(Sequence(0), std::slice::from_ref(&first), Sequence(1));
        assert_eq!(tail.change(Sequence(0), &[first], Sequence(1)), Taken::New(0));

        assert_eq!(tail.heads().changes, Sequence(1));
    }

    #[test]
    fn what_was_changed_long_ago_is_asked_for_in_the_store() {
        let mut tail = Tail::at(Heads { messages: Sequence(1_000), changes: Sequence(7) });
        assert_eq!(tail.changed_after(Sequence(6)), None);
        tail.remember_changes(Sequence(6), vec![revised(1, 7, None)]);
        assert_eq!(tail.changed_after(Sequence(6)), Some(vec![revised(1, 7, None)]));

        for number in 8..=600 {
            let changed = [revised(number, number, None)];
            tail.change(Sequence(number - 1), &changed, Sequence(number));
        }

        assert_eq!(tail.changed_after(Sequence(100)).unwrap().len() as u64, limits::CHANGES_MAX);
        assert_eq!(tail.changed_after(Sequence(99)), None);
    }

    fn revised(sequence: u64, revision: u64, text: Option<&str>) -> Message {
        let text = text.map(|text| MessageText::parse(text).unwrap());
        let (revision, revised) = (Sequence(revision), Some(Timestamp(revision)));
        Message { text, revision, revised, ..messages(sequence..=sequence).remove(0) }
    }

    /// All after one, as far as they are kept.
    fn after(tail: &Tail, since: Sequence) -> Option<Vec<Message>> {
        tail.end(since, usize::MAX)
    }

    /// The last, likewise.
    fn last(tail: &Tail, n: usize) -> Option<Vec<Message>> {
        after(tail, tail.heads().messages.minus(n as u64))
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
                revised: None,
            })
            .collect()
    }
}
