//! Who of a room's members has a connection on this node.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use protocol::{MemberId, Person, limits};

use super::ConnectionId;

/// Members with connections, each once however many they have. One whose last connection dropped stays for the grace of a
/// reload.
#[derive(Debug, Default)]
pub(super) struct Own {
    present: BTreeMap<MemberId, Present>,
    /// Those whose grace runs, by when it is over.
    going: BTreeSet<(Duration, MemberId)>,
}

#[derive(Debug)]
struct Present {
    person: Person,
    connections: BTreeSet<ConnectionId>,
    gone_at: Option<Duration>,
}

impl Own {
    /// A connection is there.
    pub(super) fn arrive(&mut self, id: ConnectionId, person: &Person) {
        let present = self.present.entry(person.id.clone()).or_insert_with(|| Present {
            person: person.clone(),
            connections: BTreeSet::new(),
            gone_at: None,
        });
        present.connections.insert(id);
        if present.person != *person {
            present.person = person.clone();
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
                self.lose(member);
            }
        }
    }

    /// Somebody is gone with all their connections, and without grace.
    pub(super) fn lose(&mut self, member: &MemberId) {
        if let Some(Present { gone_at: Some(at), .. }) = self.present.remove(member) {
            self.going.remove(&(at, member.clone()));
        }
    }

    /// One whose grace is over.
    pub(super) fn expired(&self, now: Duration) -> Option<MemberId> {
        self.going.first().filter(|(at, _)| *at <= now).map(|(_, member)| member.clone())
    }

    /// When the next grace is over.
    pub(super) fn next_wake(&self) -> Option<Duration> {
        self.going.first().map(|(at, _)| *at)
    }

    pub(super) fn get(&self, member: &MemberId) -> Option<&Person> {
        self.present.get(member).map(|present| &present.person)
    }

    pub(super) fn len(&self) -> usize {
        self.present.len()
    }

    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        self.present.values().map(|present| &present.person)
    }
}
