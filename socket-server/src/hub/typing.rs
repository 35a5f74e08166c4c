//! Who types in a room.

use std::time::Duration;

use protocol::{MemberId, Person, limits};

/// Claims to be typing, each until it lapses.
#[derive(Debug, Default)]
pub(super) struct Typing {
    claims: Vec<(Person, Duration)>,
    /// Who has spoken since it was asked who types elsewhere.
    spoken: Option<Vec<MemberId>>,
}

impl Typing {
    /// Somebody types. False where that was told a moment ago, by another connection of theirs.
    pub(super) fn typed(&mut self, person: &Person, now: Duration) -> bool {
        self.claims.retain(|(_, at)| now < *at + limits::TYPING_LAPSES);
        let is_recent = |at: Duration| now < at + limits::TYPING_HEARD_EVERY;
        let is_told = self.claims.iter().any(|(it, at)| it.id == person.id && is_recent(*at));
        if !is_told {
            self.claims.retain(|(it, _)| it.id != person.id);
            self.claims.push((person.clone(), now));
        }
        !is_told
    }

    /// Their message is there.
    pub(super) fn spoke(&mut self, author: &MemberId) {
        self.claims.retain(|(person, _)| person.id != *author);
        if let Some(spoken) = &mut self.spoken {
            spoken.push(author.clone());
        }
    }

    /// It is asked who types elsewhere.
    pub(super) fn ask(&mut self) {
        self.spoken = Some(Vec::new());
    }

    /// These type, by what was answered; returned are those who have not spoken since it was asked.
    pub(super) fn answered(&mut self, mut people: Vec<Person>) -> Vec<Person> {
        let spoken = self.spoken.take().unwrap_or_default();
        people.retain(|person| !spoken.contains(&person.id));
        people
    }

    /// Those who type at the moment.
    pub(super) fn now(&self, now: Duration) -> Vec<Person> {
        let current = self.claims.iter().filter(|(_, at)| now < *at + limits::TYPING_LAPSES);
        current.map(|(person, _)| person.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use protocol::MemberName;

    use super::*;

    #[test]
    fn a_claim_is_told_once_and_lapses() {
        let mut typing = Typing::default();

        assert!(typing.typed(&ada(), Duration::ZERO));
        assert!(!typing.typed(&ada(), Duration::from_secs(1)));
        assert!(typing.typed(&ada(), limits::TYPING_HEARD_EVERY));

        let lapsed = limits::TYPING_HEARD_EVERY + limits::TYPING_LAPSES;
        assert_eq!(typing.now(lapsed.saturating_sub(Duration::from_millis(1))), [ada()]);
        assert_eq!(typing.now(lapsed), []);
    }

    #[test]
    fn who_has_spoken_types_no_longer() {
        let mut typing = Typing::default();
        typing.typed(&ada(), Duration::ZERO);

        typing.spoke(&ada().id);

        assert_eq!(typing.now(Duration::ZERO), []);
    }

    #[test]
    fn who_has_spoken_while_it_was_asked_who_types_does_not_type() {
        let mut typing = Typing::default();
        let bo = Person { id: MemberId::parse("bo").unwrap(), ..ada() };

        typing.ask();
        typing.spoke(&ada().id);

        assert_eq!(typing.answered(vec![ada(), bo.clone()]), [bo]);
        assert_eq!(typing.answered(vec![ada()]), [ada()]);
    }

    fn ada() -> Person {
        Person { id: MemberId::parse("ada").unwrap(), name: MemberName::parse("Ada").unwrap(), guest: false }
    }
}
