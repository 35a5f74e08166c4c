//! Who types in a room.

use std::time::Duration;

use chat::{ports::Typist, tail::Tail};
use protocol::{Message, Person, limits};

/// Claims to be typing, each until it lapses.
#[derive(Debug, Default)]
pub(super) struct Typing {
    claims: Vec<Claim>,
}

#[derive(Debug)]
struct Claim {
    typist: Typist,
    lapses: Duration,
    /// None where another node had written it down before the room was active here.
    told_at: Option<Duration>,
}

impl Typing {
    /// Somebody types. False where that was told a moment ago, by another connection of theirs.
    pub(super) fn typed(&mut self, typist: Typist, now: Duration) -> bool {
        self.claims.retain(|claim| now < claim.lapses);
        let is_recent = |at: Duration| now < at + limits::TYPING_HEARD_EVERY;
        let is_told = self.of(&typist.person).is_some_and(|claim| claim.told_at.is_some_and(is_recent));
        if !is_told {
            self.claims.retain(|claim| claim.typist.person.id != typist.person.id);
            self.claims.push(Claim { typist, lapses: now + limits::TYPING_LAPSES, told_at: Some(now) });
        }
        !is_told
    }

    /// A message is there.
    pub(super) fn spoke(&mut self, message: &Message) {
        self.claims.retain(|Claim { typist, .. }| {
            typist.person.id != message.author || typist.head >= message.sequence
        });
    }

    /// These type, by what was written down; returned are those who are to be shown. What was heard of them here is as
    /// new.
    pub(super) fn answered(
        &mut self,
        typists: Vec<(Typist, Duration)>,
        tail: &Tail,
        now: Duration,
    ) -> Vec<Person> {
        self.claims.retain(|claim| now < claim.lapses);
        let mut shown = Vec::new();
        for (typist, left) in typists {
            if self.of(&typist.person).is_none() {
                if is_true(&typist, tail) {
                    shown.push(typist.person.clone());
                }
                self.claims.push(Claim { typist, lapses: now + left, told_at: None });
            }
        }
        shown
    }

    /// Those who type at the moment, as far as that is sure.
    pub(super) fn now(&self, tail: &Tail, now: Duration) -> Vec<Person> {
        let current = self.claims.iter().filter(|claim| now < claim.lapses && is_true(&claim.typist, tail));
        current.map(|claim| claim.typist.person.clone()).collect()
    }

    fn of(&self, person: &Person) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.typist.person.id == person.id)
    }
}

/// Whether somebody is known to have written nothing since they claimed. Where the tail does not reach back so far they
/// may have, and who types on says so again soon.
fn is_true(typist: &Typist, tail: &Tail) -> bool {
    tail.is_silent(&typist.person.id, typist.head)
}

#[cfg(test)]
mod tests {
    use protocol::{Heads, MemberId, MemberName, Nonce, Sequence, Timestamp};

    use super::*;

    const NOW: Duration = Duration::from_mins(1);

    #[test]
    fn a_claim_is_told_once_and_lapses() {
        let (mut typing, tail) = (Typing::default(), tail(0));

        assert!(typing.typed(ada(0), Duration::ZERO));
        assert!(!typing.typed(ada(0), Duration::from_secs(1)));
        assert!(typing.typed(ada(0), limits::TYPING_HEARD_EVERY));

        let lapsed = limits::TYPING_HEARD_EVERY + limits::TYPING_LAPSES;
        assert_eq!(typing.now(&tail, lapsed.saturating_sub(Duration::from_millis(1))), [ada(0).person]);
        assert_eq!(typing.now(&tail, lapsed), []);
    }

    #[test]
    fn who_has_spoken_since_types_no_longer() {
        let mut typing = Typing::default();
        typing.typed(ada(6), NOW);

        typing.spoke(&message(6));
        assert_eq!(typing.now(&tail(6), NOW), [ada(6).person], "it was there before");
        typing.spoke(&message(7));

        assert_eq!(typing.now(&tail(6), NOW), []);
    }

    #[test]
    fn who_has_spoken_before_it_was_answered_that_they_type_does_not() {
        let (mut typing, mut tail) = (Typing::default(), tail(6));
        tail.take(&[message(7)]);
        let bo = Person { id: MemberId::parse("bo").unwrap(), ..ada(6).person };
        let written = |typist| (typist, limits::TYPING_LAPSES);

        let bo_types = Typist { person: bo.clone(), head: Sequence(6) };
        let shown = typing.answered(vec![written(ada(6)), written(bo_types)], &tail, NOW);

        assert_eq!(shown, std::slice::from_ref(&bo));
        assert_eq!(typing.now(&tail, NOW), [bo]);
        assert!(typing.typed(ada(7), NOW), "that they type again is news");
        assert_eq!(typing.now(&tail, NOW).len(), 2);
    }

    #[test]
    fn who_may_have_spoken_is_not_shown_until_it_is_known() {
        let (mut typing, mut tail) = (Typing::default(), tail(7));
        let written = vec![(ada(6), limits::TYPING_LAPSES)];

        assert_eq!(typing.answered(written, &tail, NOW), []);
        assert_eq!(typing.now(&tail, NOW), []);
        tail.extend_back(&[Message { author: MemberId::parse("bo").unwrap(), ..message(7) }]);

        assert_eq!(typing.now(&tail, NOW), [ada(6).person]);
    }

    #[test]
    fn what_was_written_down_holds_for_what_is_left_of_its_time() {
        let (mut typing, left) = (Typing::default(), Duration::from_secs(1));

        assert_eq!(typing.answered(vec![(ada(6), left)], &tail(6), NOW), [ada(6).person]);

        assert_eq!(typing.now(&tail(6), NOW), [ada(6).person]);
        assert_eq!(typing.now(&tail(6), NOW + left), []);
    }

    /// The end of a room, without messages.
    fn tail(head: u64) -> Tail {
        Tail::at(Heads { messages: Sequence(head), ..Heads::default() })
    }

    fn ada(head: u64) -> Typist {
        let (id, name) = (MemberId::parse("ada").unwrap(), MemberName::parse("Ada").unwrap());
        Typist { person: Person { id, name, guest: false }, head: Sequence(head) }
    }

    fn message(sequence: u64) -> Message {
        Message {
            sequence: Sequence(sequence),
            author: ada(0).person.id,
            nonce: Nonce::parse("n1").unwrap(),
            at: Timestamp(1),
            text: None,
            revision: Sequence::ZERO,
            revised: None,
        }
    }
}
