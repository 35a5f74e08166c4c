//! Who of a room's members has a connection here, and what is to be told of that.
//!
//! News is gathered for a time that grows with the room: telling n people costs n writes, so n who come one after the
//! other would cost n². In a small room nothing waits noticeably.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use protocol::{MemberId, Person, limits};

use super::ConnectionId;

/// News waits for this long for each person who is to hear it: some thirty times as long as telling them takes.
const GATHER_PER_PERSON: Duration = Duration::from_micros(200);

/// The members present, each once however many connections they have. One whose last connection dropped stays for the
/// grace of a reload.
#[derive(Debug, Default)]
pub(super) struct Presence {
    present: BTreeMap<MemberId, Present>,
    /// Those whose grace runs, by when it is over.
    going: BTreeSet<(Duration, MemberId)>,
    news: News,
    told_at: Duration,
}

#[derive(Debug)]
struct Present {
    person: Person,
    connections: BTreeSet<ConnectionId>,
    gone_at: Option<Duration>,
}

/// Who came and who went since that was told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    pub(super) came: BTreeMap<MemberId, Person>,
    pub(super) went: BTreeSet<MemberId>,
    /// Who was here all the time, and has another name now.
    pub(super) renamed: BTreeMap<MemberId, Person>,
}

impl Presence {
    /// A connection is there.
    pub(super) fn arrive(&mut self, id: ConnectionId, person: &Person) {
        let Some(present) = self.present.get_mut(&person.id) else {
            let connections = BTreeSet::from([id]);
            let present = Present { person: person.clone(), connections, gone_at: None };
            self.present.insert(person.id.clone(), present);
            self.news.came(person);
            return;
        };
        present.connections.insert(id);
        if present.person != *person {
            present.person = person.clone();
            self.news.renamed.insert(person.id.clone(), person.clone());
        }
        if let Some(at) = present.gone_at.take() {
            self.going.remove(&(at, person.id.clone()));
        }
    }

    /// A connection is gone.
    pub(super) fn depart(&mut self, id: ConnectionId, member: &MemberId, now: Duration) {
        if let Some(present) = self.present.get_mut(member) {
            present.connections.remove(&id);
            if present.connections.is_empty() && present.gone_at.is_none() {
                let at = now + limits::ABSENCE_GRACE;
                present.gone_at = Some(at);
                self.going.insert((at, member.clone()));
            }
        }
    }

    /// A connection's member left the room itself: with the last of them they are gone, without grace.
    pub(super) fn leave(&mut self, id: ConnectionId, member: &MemberId) {
        if let Some(present) = self.present.get_mut(member) {
            present.connections.remove(&id);
            if present.connections.is_empty() {
                if let Some(at) = present.gone_at {
                    self.going.remove(&(at, member.clone()));
                }
                self.present.remove(member);
                self.news.went(member.clone());
            }
        }
    }

    /// Somebody is a member no longer: they are gone with all their connections, and without grace.
    pub(super) fn lose(&mut self, member: &MemberId) {
        if let Some(present) = self.present.remove(member) {
            if let Some(at) = present.gone_at {
                self.going.remove(&(at, member.clone()));
            }
            self.news.went(member.clone());
        }
    }

    /// Lets those go whose grace is over.
    pub(super) fn expire(&mut self, now: Duration) {
        while self.going.first().is_some_and(|(at, _)| *at <= now) {
            let (_, member) = self.going.pop_first().expect("it was looked at");
            self.present.remove(&member);
            self.news.went(member);
        }
    }

    /// Takes the news, if it is time to tell it: all who came, and as many of those who went as are told at once.
    pub(super) fn take_news(&mut self, now: Duration) -> Option<News> {
        if self.next_news().is_none_or(|at| now < at) {
            return None;
        }
        self.told_at = now;
        let mut rest = News::default();
        if let Some(at) = self.news.went.iter().nth(limits::PEOPLE_SHOWN).cloned() {
            rest.went = self.news.went.split_off(&at);
        }
        Some(std::mem::replace(&mut self.news, rest))
    }

    /// When something is to be done next.
    pub(super) fn next_wake(&self) -> Option<Duration> {
        let gone = self.going.first().map(|(at, _)| *at);
        [gone, self.next_news()].into_iter().flatten().min()
    }

    pub(super) fn len(&self) -> usize {
        self.present.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    pub(super) fn has(&self, member: &MemberId) -> bool {
        self.present.contains_key(member)
    }

    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        self.present.values().map(|present| &present.person)
    }

    fn next_news(&self) -> Option<Duration> {
        let n_present = u32::try_from(self.len()).unwrap_or(u32::MAX);
        (!self.news.is_empty()).then(|| self.told_at + GATHER_PER_PERSON.saturating_mul(n_present))
    }
}

impl News {
    fn came(&mut self, person: &Person) {
        if !self.went.remove(&person.id) {
            self.came.insert(person.id.clone(), person.clone());
        }
    }

    fn went(&mut self, member: MemberId) {
        self.renamed.remove(&member);
        if self.came.remove(&member).is_none() {
            self.went.insert(member);
        }
    }

    fn is_empty(&self) -> bool {
        self.came.is_empty() && self.went.is_empty() && self.renamed.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use protocol::MemberName;

    use super::*;

    const SOON: Duration = Duration::from_secs(1);

    #[test]
    fn three_tabs_are_one_person() {
        let mut presence = Presence::default();

        for id in 1..=3 {
            presence.arrive(ConnectionId(id), &person("ada"));
        }

        assert_eq!(presence.len(), 1);
        assert_eq!(told(&mut presence, SOON), (1, 0));
        presence.leave(ConnectionId(1), &person("ada").id);
        presence.leave(ConnectionId(2), &person("ada").id);
        assert_eq!(presence.len(), 1);
        presence.leave(ConnectionId(3), &person("ada").id);
        assert_eq!(told(&mut presence, SOON * 2), (0, 1));
    }

    #[test]
    fn who_comes_back_by_another_name_is_news() {
        let mut presence = Presence::default();
        let guest = Person { guest: true, ..person("ada") };
        presence.arrive(ConnectionId(1), &guest);
        presence.take_news(SOON);

        presence.depart(ConnectionId(1), &guest.id, SOON);
        presence.arrive(ConnectionId(2), &person("ada"));

        let news = presence.take_news(2 * SOON).unwrap();
        assert_eq!(news.renamed.into_values().collect::<Vec<_>>(), [person("ada")]);
        assert!(news.came.is_empty() && news.went.is_empty());
    }

    #[test]
    fn a_reload_is_not_a_leave_and_a_join() {
        let mut presence = Presence::default();
        presence.arrive(ConnectionId(1), &person("ada"));
        presence.take_news(SOON);

        presence.depart(ConnectionId(1), &person("ada").id, SOON);
        presence.arrive(ConnectionId(2), &person("ada"));
        presence.expire(Duration::from_hours(1));

        assert_eq!(presence.next_wake(), None);
        assert_eq!(presence.len(), 1);
    }

    #[test]
    fn who_is_a_member_no_longer_has_no_grace() {
        let mut presence = Presence::default();
        presence.arrive(ConnectionId(1), &person("ada"));
        presence.arrive(ConnectionId(2), &person("bo"));
        presence.take_news(SOON);
        presence.depart(ConnectionId(1), &person("ada").id, SOON);

        presence.lose(&person("ada").id);
        presence.lose(&person("bo").id);
        presence.leave(ConnectionId(2), &person("bo").id);

        assert!(presence.is_empty());
        assert_eq!(told(&mut presence, SOON * 2), (0, 2));
        assert_eq!(presence.next_wake(), None);
    }

    #[test]
    fn who_stays_away_is_gone_after_the_grace() {
        let mut presence = Presence::default();
        presence.arrive(ConnectionId(1), &person("ada"));
        presence.take_news(SOON);
        presence.depart(ConnectionId(1), &person("ada").id, SOON);

        assert_eq!(presence.next_wake(), Some(SOON + limits::ABSENCE_GRACE));
        presence.expire(SOON + limits::ABSENCE_GRACE);

        assert!(presence.is_empty());
        assert_eq!(told(&mut presence, Duration::from_hours(1)), (0, 1));
    }

    #[test]
    fn a_storm_is_told_a_few_times_and_not_once_for_each() {
        let mut presence = Presence::default();
        let (mut n_times, mut n_told) = (0, 0);

        // A thousand come within a second.
        for n in 0..1_000 {
            presence.arrive(ConnectionId(n), &person(&format!("m{n}")));
            if let Some(news) = presence.take_news(Duration::from_millis(n)) {
                (n_times, n_told) = (n_times + 1, n_told + news.came.len());
            }
        }

        assert!(n_times < 100, "told {n_times} times");
        assert_eq!(n_told + told(&mut presence, Duration::from_mins(1)).0, 1_000);
    }

    #[test]
    fn a_mass_of_goings_is_told_in_parts() {
        let mut presence = Presence::default();
        let n_people = limits::PEOPLE_SHOWN + 1;
        for n in 0..n_people {
            presence.arrive(ConnectionId(n as u64), &person(&format!("m{n}")));
        }
        presence.take_news(SOON);
        for n in 0..n_people {
            presence.leave(ConnectionId(n as u64), &person(&format!("m{n}")).id);
        }

        assert_eq!(told(&mut presence, SOON * 2), (0, limits::PEOPLE_SHOWN));
        assert_eq!(told(&mut presence, SOON * 3), (0, 1));
    }

    /// How many are said to have come and to have gone.
    fn told(presence: &mut Presence, now: Duration) -> (usize, usize) {
        presence.take_news(now).map_or((0, 0), |news| (news.came.len(), news.went.len()))
    }

    fn person(id: &str) -> Person {
        Person { id: MemberId::parse(id).unwrap(), name: MemberName::parse(id).unwrap(), guest: false }
    }
}
