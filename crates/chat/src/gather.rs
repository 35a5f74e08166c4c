//! Drafts that wait for a room become groups: the rule of sending exactly once.
//!
//! A draft is appended after head *h* only when its author and nonce were looked for in all of `since` + 1 … *h*, and
//! stand nowhere else in the group. The append itself succeeds only if *h* is still the head, so that nothing can come
//! in between.

use std::collections::VecDeque;

use protocol::{Nonce, Refusal, Sequence, limits};

use crate::{
    ports::{Draft, GROUP_MAX},
    tail::{Lookup, Tail, Written},
};

/// A group takes no more drafts once its texts have so many bytes on the wire: all that is told of it at once fits between a
/// node and a connection that keeps up.
const GROUP_MAX_BYTES: usize = 100 * 1024;
/// Most drafts that wait for a room; beyond it senders hear *busy* and try again.
pub const WAITING_MAX: usize = 4 * GROUP_MAX * 8;

/// A draft, up to where its sender has looked for it, and whom to answer.
#[derive(Debug)]
pub struct Waiting<R> {
    /// The draft.
    pub draft: Draft,
    /// Up to where its sender has looked for its nonce.
    pub since: Sequence,
    /// Whom to answer.
    pub reply: R,
}

impl<R> Waiting<R> {
    fn addressee(self) -> (R, Nonce) {
        (self.reply, self.draft.nonce)
    }
}

/// Drafts in the order in which they came.
#[derive(Debug)]
pub struct Gather<R> {
    waiting: VecDeque<Waiting<R>>,
}

/// What is to be done with drafts that waited.
#[derive(Debug)]
pub struct Group<R> {
    /// These are answered now: whom, about which draft, and what.
    pub answers: Vec<((R, Nonce), Result<Written, Refusal>)>,
    /// These are appended after the head, in this order, unless the store knows one of the `unknown`.
    pub drafts: Vec<Waiting<R>>,
    /// Which of those the tail could not look for: the store must, before the append.
    pub unknown: Vec<usize>,
}

impl<R> Default for Gather<R> {
    fn default() -> Self {
        Self { waiting: VecDeque::new() }
    }
}

impl<R> Gather<R> {
    /// Puts a draft behind those that wait.
    ///
    /// # Errors
    /// The draft's reply with [`Refusal::Busy`] where too many wait.
    pub fn offer(&mut self, waiting: Waiting<R>) -> Result<(), (R, Refusal)> {
        if self.waiting.len() >= WAITING_MAX {
            return Err((waiting.reply, Refusal::Busy { retry_ms: 500 }));
        }
        self.waiting.push_back(waiting);
        Ok(())
    }

    /// Puts drafts back before those that wait: their append was overtaken.
    pub fn put_back(&mut self, drafts: Vec<Waiting<R>>) {
        for waiting in drafts.into_iter().rev() {
            self.waiting.push_front(waiting);
        }
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes the next group. To be called only while no append is under way, since it looks at the tail alone.
    pub fn next_group(&mut self, tail: &Tail) -> Group<R> {
        let head = tail.heads().messages;
        let mut group = Group { answers: Vec::new(), drafts: Vec::new(), unknown: Vec::new() };
        let (mut later, mut bytes) = (VecDeque::new(), 0);
        while group.drafts.len() < GROUP_MAX
            && bytes < GROUP_MAX_BYTES
            && let Some(waiting) = self.waiting.pop_front()
        {
            let Waiting { draft, since, .. } = &waiting;
            if *since > head {
                group.answers.push((waiting.addressee(), Err(Refusal::SinceAhead)));
                continue;
            }
            if head.since(*since) > limits::SINCE_MAX_BEHIND {
                let limit = limits::SINCE_MAX_BEHIND;
                group.answers.push((waiting.addressee(), Err(Refusal::Stale { limit })));
                continue;
            }
            let lookup = tail.find(&draft.author, &draft.nonce, *since);
            let twice = group
                .drafts
                .iter()
                .any(|other| other.draft.nonce == draft.nonce && other.draft.author == draft.author);
            if twice {
                later.push_back(waiting); // Found in the tail, once the group is there.
                continue;
            }
            match lookup {
                Lookup::Found(written) => {
                    group.answers.push((waiting.addressee(), Ok(written)));
                    continue;
                }
                Lookup::Unknown => group.unknown.push(group.drafts.len()),
                Lookup::Absent => {}
            }
            bytes += draft.text.wire_bytes();
            group.drafts.push(waiting);
        }
        later.append(&mut self.waiting);
        self.waiting = later;
        group
    }
}

#[cfg(test)]
mod tests {
    use protocol::{Heads, MemberId, Message, MessageText, Timestamp};

    use super::*;

    #[test]
    fn drafts_go_in_the_order_in_which_they_came() {
        let mut gather = waiting(&[("ada", "a", 0), ("bo", "b", 0), ("ada", "c", 0)]);

        let group = gather.next_group(&Tail::default());

        assert_eq!(names(&group), ["a", "b", "c"]);
        assert!(gather.is_empty());
    }

    #[test]
    fn a_doubled_frame_is_one_message() {
        let mut gather = waiting(&[("ada", "a", 0), ("ada", "a", 0)]);
        let mut tail = Tail::default();

        let group = gather.next_group(&tail);
        assert_eq!(names(&group), ["a"]);
        tail.take(&[message(1, "ada", "a")]);
        let group = gather.next_group(&tail);

        assert_eq!(names(&group), [] as [&str; 0]);
        assert!(matches!(&group.answers[..], [((1, _), Ok(found))] if found.sequence == Sequence(1)));
    }

    #[test]
    fn the_same_nonce_of_another_author_is_another_draft() {
        let mut gather = waiting(&[("ada", "a", 0), ("bo", "a", 0)]);

        assert_eq!(names(&gather.next_group(&Tail::default())), ["a", "a"]);
    }

    #[test]
    fn an_old_frame_is_looked_for_in_the_store_before_it_is_appended() {
        let mut gather = waiting(&[("ada", "a", 3), ("ada", "b", 9)]);
        let tail = Tail::at(Heads { messages: Sequence(9), changes: Sequence::ZERO });

        let group = gather.next_group(&tail);

        assert_eq!(names(&group), ["a", "b"]);
        assert_eq!(group.unknown, [0]);
    }

    #[test]
    fn who_is_too_far_behind_or_ahead_is_refused() {
        let mut gather = waiting(&[("ada", "a", 0), ("ada", "b", 20_001)]);
        let tail = Tail::at(Heads { messages: Sequence(20_000), changes: Sequence::ZERO });

        let group = gather.next_group(&tail);

        let refusals: Vec<&Refusal> =
            group.answers.iter().filter_map(|(_, res)| res.as_ref().err()).collect();
        assert_eq!(refusals, [&Refusal::Stale { limit: limits::SINCE_MAX_BEHIND }, &Refusal::SinceAhead]);
    }

    #[test]
    fn a_group_and_the_queue_are_bounded() {
        let mut gather = Gather::default();
        for n in 0..WAITING_MAX {
            gather.offer(draft("ada", &format!("n{n}"), 0, n)).unwrap();
        }

        assert!(matches!(gather.offer(draft("ada", "more", 0, 0)), Err((0, Refusal::Busy { .. }))));
        assert_eq!(gather.next_group(&Tail::default()).drafts.len(), GROUP_MAX);
    }

    #[test]
    fn what_is_told_of_a_group_at_once_is_bounded_however_long_its_texts_are() {
        let mut gather = Gather::default();
        let longest = MessageText::parse(&"\u{1}".repeat(limits::TEXT_MAX)).unwrap();
        for n in 0..GROUP_MAX {
            let waiting = draft("ada", &format!("n{n}"), 0, n);
            let draft = Draft { text: longest.clone(), ..waiting.draft };
            gather.offer(Waiting { draft, ..waiting }).unwrap();
        }

        let mut n_drafts = 0;
        while !gather.is_empty() {
            let group = gather.next_group(&Tail::default());
            let bytes: usize = group.drafts.iter().map(|waiting| waiting.draft.text.wire_bytes()).sum();
            assert!(bytes < GROUP_MAX_BYTES + longest.wire_bytes());
            n_drafts += group.drafts.len();
        }
        assert_eq!(n_drafts, GROUP_MAX);
    }

    #[test]
    fn what_memory_keeps_no_longer_is_known_by_its_name() {
        let mut tail = Tail::at(Heads { messages: Sequence(100), changes: Sequence::ZERO });
        let longest = MessageText::parse(&"😀".repeat(limits::TEXT_MAX)).unwrap();
        let written = (101..=400).map(|at| {
            let name = format!("n{at}");
            Message { text: Some(longest.clone()), ..message(at, "bo", &name) }
        });
        tail.take(&written.collect::<Vec<_>>());
        assert!(tail.first() > Sequence(200), "the texts are long");
        let mut gather =
            waiting(&[("ada", "n120", 100), ("bo", "n120", 110), ("bo", "n120", 120), ("bo", "a", 99)]);

        let group = gather.next_group(&tail);

        assert_eq!(names(&group), ["n120", "n120", "a"]);
        assert!(matches!(group.answers[..], [((1, _), Ok(Written { sequence: Sequence(120), .. }))]));
        assert_eq!(group.unknown, [2]);
    }

    #[test]
    fn an_overtaken_group_goes_first_again() {
        let mut gather = waiting(&[("ada", "a", 0), ("bo", "b", 0)]);
        let group = gather.next_group(&Tail::default());
        gather.offer(draft("cy", "c", 0, 2)).unwrap();

        gather.put_back(group.drafts);

        assert_eq!(names(&gather.next_group(&Tail::default())), ["a", "b", "c"]);
    }

    fn waiting(drafts: &[(&str, &str, u64)]) -> Gather<usize> {
        let mut gather = Gather::default();
        for (reply, (author, nonce, since)) in drafts.iter().enumerate() {
            gather.offer(draft(author, nonce, *since, reply)).unwrap();
        }
        gather
    }

    fn draft(author: &str, nonce: &str, since: u64, reply: usize) -> Waiting<usize> {
        let draft = Draft {
            author: MemberId::parse(author).unwrap(),
            nonce: Nonce::parse(nonce).unwrap(),
            text: MessageText::parse("hi").unwrap(),
        };
        Waiting { draft, since: Sequence(since), reply }
    }

    fn message(sequence: u64, author: &str, nonce: &str) -> Message {
        Message {
            sequence: Sequence(sequence),
            author: MemberId::parse(author).unwrap(),
            nonce: Nonce::parse(nonce).unwrap(),
            at: Timestamp(1),
            text: Some(MessageText::parse("hi").unwrap()),
            revision: Sequence::ZERO,
            revised: None,
        }
    }

    fn names(group: &Group<usize>) -> Vec<&str> {
        group.drafts.iter().map(|waiting| waiting.draft.nonce.as_str()).collect()
    }
}
