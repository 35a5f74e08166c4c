//! Who types in a room.

use std::time::Duration;

use protocol::{MemberId, Person, limits};

/// Claims to be typing, each until it lapses.
#[derive(Debug, Default)]
pub(super) struct Typing(Vec<(Person, Duration)>);

impl Typing {
    /// Somebody types. False where that was told a moment ago, by another connection of theirs.
    pub(super) fn typed(&mut self, person: &Person, now: Duration) -> bool {
        self.0.retain(|(_, at)| now < *at + limits::TYPING_LAPSES);
        let recent =
            self.0.iter().any(|(it, at)| it.id == person.id && now < *at + limits::TYPING_HEARD_EVERY);
        if !recent {
            self.spoke(&person.id);
            self.0.push((person.clone(), now));
        }
        !recent
    }

    /// Their message is there.
    pub(super) fn spoke(&mut self, author: &MemberId) {
        self.0.retain(|(person, _)| person.id != *author);
    }

    /// Those who type at the moment.
    pub(super) fn now(&self, now: Duration) -> Vec<Person> {
        let current = self.0.iter().filter(|(_, at)| now < *at + limits::TYPING_LAPSES);
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

    fn ada() -> Person {
        Person { id: MemberId::parse("ada").unwrap(), name: MemberName::parse("Ada").unwrap(), guest: false }
    }
}
