//! What a client knows of a room's second chain: what was edited and deleted.

use protocol::{Message, Sequence};

/// Most changed messages that are remembered, for what is read from elsewhere and may be older.
pub(crate) const REMEMBERED_MAX: usize = 500;

/// Up to where all changes are known, and the messages that were changed last, as they are now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    upto: Sequence,
    /// By revision, each message once.
    messages: Vec<Message>,
    /// Changes up to here are remembered no longer.
    forgotten: Sequence,
    /// Messages that were seen with later changes, each once, those seen last at the end: what is read from further behind
    /// takes none of them back.
    ahead: Vec<Message>,
}

impl Changes {
    /// Begins with messages that were read when the room's changes were at `head`.
    pub(crate) fn at(head: Sequence) -> Self {
        Self { upto: head, messages: Vec::new(), forgotten: head, ahead: Vec::new() }
    }

    /// Begins anew likewise. What was seen with later changes is still remembered.
    pub(crate) fn begin_at(&mut self, head: Sequence) {
        let old = std::mem::replace(self, Self::at(head));
        self.see(old.messages.iter().chain(&old.ahead));
    }

    /// Messages are about to be shown.
    pub(crate) fn see<'a>(&mut self, messages: impl IntoIterator<Item = &'a Message>) {
        for message in messages.into_iter().filter(|it| it.revision > self.upto) {
            let at = self.ahead.iter().position(|it| it.sequence == message.sequence);
            let known = at.map(|at| self.ahead.remove(at));
            let newest = known.filter(|known| known.revision > message.revision);
            self.ahead.push(newest.unwrap_or_else(|| message.clone()));
        }
        let n_old = self.ahead.len().saturating_sub(REMEMBERED_MAX);
        self.ahead.drain(..n_old);
    }

    /// Up to where all changes are known.
    pub(crate) fn upto(&self) -> Sequence {
        self.upto
    }

    /// Takes the changes after one, up to another, as the messages are now. False when some before them are missing:
    /// then what came still counts, and the rest is to be asked for.
    pub(crate) fn take(&mut self, after: Sequence, changed: &[Message], upto: Sequence) -> bool {
        for message in changed {
            let is_news =
                |known: Option<&Message>| known.is_none_or(|known| known.revision < message.revision);
            let at = self.messages.iter().position(|it| it.sequence == message.sequence);
            if is_news(at.map(|at| &self.messages[at])) {
                at.map(|at| self.messages.remove(at));
                let place = self.messages.partition_point(|it| it.revision < message.revision);
                self.messages.insert(place, message.clone());
            }
        }
        let n_old = self.messages.len().saturating_sub(REMEMBERED_MAX);
        if let Some(last) = self.messages.drain(..n_old).next_back() {
            self.forgotten = self.forgotten.max(last.revision);
        }
        let follows = after <= self.upto;
        if follows {
            self.upto = self.upto.max(upto);
            self.ahead.retain(|it| it.revision > self.upto);
        }
        follows
    }

    /// A message that was read from elsewhere, as it is now.
    pub(crate) fn as_now(&self, message: &Message) -> Message {
        let known = self.messages.iter().chain(&self.ahead).filter(|it| it.sequence == message.sequence);
        let newest = known.max_by_key(|known| known.revision);
        newest.filter(|known| known.revision > message.revision).unwrap_or(message).clone()
    }

    /// Whether messages that were read when the room's changes were at `head` may be older than what is remembered.
    pub(crate) fn is_beyond(&self, head: Sequence) -> bool {
        head < self.forgotten
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;
    use protocol::{MemberId, MessageText, Nonce, Timestamp};

    use super::*;

    #[test]
    fn an_old_copy_never_comes_before_what_is_known() {
        let mut changes = Changes::at(Sequence(3));
        changes.take(Sequence(3), &[message(7, 4)], Sequence(4));

        assert_eq!(changes.as_now(&message(7, 0)), message(7, 4));
        assert_eq!(changes.as_now(&message(7, 5)), message(7, 5));
        assert_eq!(changes.as_now(&message(8, 0)), message(8, 0));
    }

    #[test]
    fn a_hole_is_seen_and_what_came_counts_all_the_same() {
        let mut changes = Changes::at(Sequence(3));

        assert!(!changes.take(Sequence(4), &[message(7, 5)], Sequence(5)));

        assert_eq!(changes.upto(), Sequence(3));
        assert_eq!(changes.as_now(&message(7, 0)), message(7, 5));
        assert!(changes.take(Sequence(3), &[message(9, 4), message(7, 5)], Sequence(5)));
        assert_eq!(changes.upto(), Sequence(5));
    }

    #[test]
    fn what_was_seen_changed_is_not_taken_back_by_what_is_read_from_further_behind() {
        let mut changes = Changes::at(Sequence(3));

        changes.see(&[message(7, 5), message(8, 2)]);
        assert_eq!(changes.as_now(&message(7, 0)), message(7, 5));
        assert_eq!(changes.upto(), Sequence(3), "not all changes up to there are known");
        changes.begin_at(Sequence(4));
        assert_eq!(changes.as_now(&message(7, 0)), message(7, 5));
        changes.take(Sequence(4), &[message(7, 5)], Sequence(5));

        assert_eq!(changes.as_now(&message(7, 0)), message(7, 5));
        assert!(changes.ahead.is_empty());
    }

    #[test]
    fn what_is_forgotten_makes_older_pages_useless() {
        let mut changes = Changes::at(Sequence(3));
        assert!(changes.is_beyond(Sequence(2)));
        assert!(!changes.is_beyond(Sequence(3)));

        for number in 4..=4 + REMEMBERED_MAX as u64 {
            changes.take(Sequence(number - 1), &[message(number, number)], Sequence(number));
        }

        assert!(changes.is_beyond(Sequence(3)));
        assert!(!changes.is_beyond(Sequence(4)));
    }

    proptest! {
        /// In any order, doubled and late, changes come to the same.
        #[test]
        fn the_order_in_which_changes_come_is_of_no_matter(
            (changes, order) in any_changes().prop_flat_map(|changes| {
                let n = changes.len();
                (Just(changes), prop::collection::vec(0..n, 0..3 * n))
            })
        ) {
            let mut in_order = Changes::at(Sequence::ZERO);
            let mut shuffled = Changes::at(Sequence::ZERO);
            for message in &changes {
                in_order.take(message.revision.minus(1), std::slice::from_ref(message), message.revision);
            }

            // Some come early, late or twice; at last all that is missing is told at once, as it is now.
            for at in order {
                let message = &changes[at];
                shuffled.take(message.revision.minus(1), std::slice::from_ref(message), message.revision);
            }
            let now: Vec<Message> = in_order.messages.clone();
            shuffled.take(shuffled.upto(), &now, in_order.upto());

            prop_assert_eq!(shuffled.upto(), in_order.upto());
            for sequence in 1..=5 {
                prop_assert_eq!(shuffled.as_now(&message(sequence, 0)), in_order.as_now(&message(sequence, 0)));
            }
        }
    }

    /// Changes 1, 2, 3, … of five messages.
    fn any_changes() -> impl Strategy<Value = Vec<Message>> {
        let of = prop::collection::vec(1..=5_u64, 1..30);
        of.prop_map(|of| {
            of.into_iter().zip(1..).map(|(sequence, revision)| message(sequence, revision)).collect()
        })
    }

    /// A message as one of its changes left it.
    pub(crate) fn message(sequence: u64, revision: u64) -> Message {
        Message {
            sequence: Sequence(sequence),
            author: MemberId::parse("ada").unwrap(),
            nonce: Nonce::parse("n").unwrap(),
            at: Timestamp(sequence),
            text: MessageText::parse(&format!("text {revision}")).ok(),
            revision: Sequence(revision),
            revised: None,
        }
    }
}
