//! Who of a room's members has a connection here.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use protocol::{MemberId, Person, limits};

use super::ConnectionId;

/// The members present, each once however many connections they have. One whose last connection dropped stays for the
/// grace of a reload.
#[derive(Debug, Default)]
pub(super) struct Presence(BTreeMap<MemberId, Present>);

#[derive(Debug)]
struct Present {
    person: Person,
    connections: BTreeSet<ConnectionId>,
    gone_at: Option<Duration>,
}

impl Presence {
    /// A connection is there. True where its member was not.
    pub(super) fn arrive(&mut self, id: ConnectionId, person: &Person) -> bool {
        let mut is_news = false;
        let present = self.0.entry(person.id.clone()).or_insert_with(|| {
            is_news = true;
            Present { person: person.clone(), connections: BTreeSet::new(), gone_at: None }
        });
        present.connections.insert(id);
        present.gone_at = None;
        present.person = person.clone();
        is_news
    }

    /// A connection is gone.
    pub(super) fn depart(&mut self, id: ConnectionId, member: &MemberId, now: Duration) {
        if let Some(present) = self.0.get_mut(member) {
            present.connections.remove(&id);
            if present.connections.is_empty() && present.gone_at.is_none() {
                present.gone_at = Some(now + limits::ABSENCE_GRACE);
            }
        }
    }

    /// A member left the room itself: no grace. True where they were present.
    pub(super) fn remove(&mut self, member: &MemberId) -> bool {
        self.0.remove(member).is_some()
    }

    /// Takes those whose grace is over.
    pub(super) fn take_gone(&mut self, now: Duration) -> Vec<MemberId> {
        let mut gone = Vec::new();
        self.0.retain(|id, present| {
            let stays = present.gone_at.is_none_or(|at| now < at);
            if !stays {
                gone.push(id.clone());
            }
            stays
        });
        gone
    }

    /// When the next grace is over.
    pub(super) fn next_gone(&self) -> Option<Duration> {
        self.0.values().filter_map(|present| present.gone_at).min()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn people(&self) -> BTreeMap<MemberId, Person> {
        self.0.iter().map(|(id, present)| (id.clone(), present.person.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use protocol::MemberName;

    use super::*;

    #[test]
    fn three_tabs_are_one_person() {
        let mut presence = Presence::default();

        let news: Vec<bool> = (1..=3).map(|id| presence.arrive(ConnectionId(id), &ada())).collect();

        assert_eq!(news, [true, false, false]);
        assert_eq!(presence.len(), 1);
    }

    #[test]
    fn a_reload_is_not_a_leave_and_a_join() {
        let mut presence = Presence::default();
        presence.arrive(ConnectionId(1), &ada());

        presence.depart(ConnectionId(1), &ada().id, Duration::ZERO);
        let is_news = presence.arrive(ConnectionId(2), &ada());

        assert!(!is_news);
        assert_eq!(presence.take_gone(Duration::from_hours(1)), []);
    }

    #[test]
    fn who_stays_away_is_gone_after_the_grace() {
        let mut presence = Presence::default();
        presence.arrive(ConnectionId(1), &ada());
        presence.depart(ConnectionId(1), &ada().id, Duration::ZERO);

        assert_eq!(presence.next_gone(), Some(limits::ABSENCE_GRACE));
        assert_eq!(presence.take_gone(limits::ABSENCE_GRACE), [ada().id]);
        assert!(presence.is_empty());
    }

    fn ada() -> Person {
        Person { id: MemberId::parse("ada").unwrap(), name: MemberName::parse("Ada").unwrap(), guest: false }
    }
}
