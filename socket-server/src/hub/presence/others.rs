//! Who of a room's members has a connection on another node, by what the nodes say.
//!
//! Each node numbers the changes of its part. What follows on what is known counts; after a hole the rosters are read,
//! which a node writes a moment after it has told a change.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use chat::ports::{LEASE, NodeId};
use protocol::{MemberId, Person, RoomId};

use super::super::nodes::Rosters;

/// The parts of the other nodes.
#[derive(Debug, Default)]
pub(super) struct Others(BTreeMap<NodeId, Part>);

#[derive(Debug, Default)]
struct Part {
    /// The last change that is known.
    number: u64,
    /// The last change that was heard of.
    heard: u64,
    heard_at: Option<Duration>,
    /// The rosters are to be read again.
    is_doubtful: bool,
    people: BTreeMap<MemberId, Person>,
}

impl Others {
    /// Whether any of them has people here.
    pub(super) fn have_people(&self) -> bool {
        self.0.values().any(|part| !part.people.is_empty())
    }

    /// The first that has this member here.
    pub(super) fn node_of(&self, member: &MemberId) -> Option<&NodeId> {
        self.0.iter().find(|(_, part)| part.people.contains_key(member)).map(|(node, _)| node)
    }

    /// A node tells a change of its part. Returns whom that concerns.
    pub(super) fn hear(
        &mut self,
        node: &NodeId,
        number: u64,
        (came, went): (Vec<Person>, Vec<MemberId>),
        now: Duration,
    ) -> Vec<MemberId> {
        let part = self.0.entry(node.clone()).or_default();
        if number <= part.number {
            return Vec::new();
        }
        (part.heard, part.heard_at) = (part.heard.max(number), Some(now));
        if number > part.number + 1 {
            part.is_doubtful = true;
            return Vec::new();
        }
        part.number = number;
        for member in &went {
            part.people.remove(member);
        }
        let concerned = went.into_iter().chain(came.iter().map(|person| person.id.clone())).collect();
        part.people.extend(came.into_iter().map(|person| (person.id.clone(), person)));
        concerned
    }

    /// The rosters were read. Returns whom that concerns. A node that is not among them may have been forgotten for a
    /// moment: that it is gone is found out elsewhere.
    pub(super) fn take(&mut self, rosters: &Rosters, room: &RoomId) -> BTreeSet<MemberId> {
        let mut concerned = BTreeSet::new();
        for (node, roster) in &rosters.of {
            let said = roster.rooms.get(room);
            if said.is_some() || self.0.contains_key(node) {
                let part = self.0.entry(node.clone()).or_default();
                concerned.append(&mut part.take(said, rosters.asked_at));
            }
        }
        concerned
    }

    /// A node is gone. Returns whom that concerns.
    pub(super) fn lose(&mut self, node: &NodeId) -> Vec<MemberId> {
        self.0.remove(node).map(|part| part.people.into_keys().collect()).unwrap_or_default()
    }

    /// Whether the rosters are to be read.
    pub(super) fn is_doubtful(&self) -> bool {
        self.0.values().any(|part| part.is_doubtful)
    }

    pub(super) fn get(&self, member: &MemberId) -> Option<&Person> {
        self.0.values().find_map(|part| part.people.get(member))
    }
}

impl Part {
    /// The node's roster says this of the room, if anything. Returns whom that concerns. What was heard is in a roster
    /// within the time of a lease, or there is no roster.
    fn take(&mut self, said: Option<&(u64, Vec<Person>)>, asked_at: Duration) -> BTreeSet<MemberId> {
        let is_recent = self.heard_at.is_some_and(|at| asked_at < at + LEASE);
        let is_known_to_be_empty = self.people.is_empty() && self.number == self.heard;
        let concerned = match said {
            Some((number, _)) if *number < self.number => BTreeSet::new(),
            Some((number, people)) => self.replace(*number, people),
            // The first of them came after the roster was written.
            None if is_recent && !is_known_to_be_empty => {
                self.is_doubtful = true;
                return BTreeSet::new();
            }
            None => self.replace(self.heard, &[]),
        };
        self.is_doubtful = is_recent && self.number < self.heard;
        concerned
    }

    /// Takes the place of what was known. Returns whom that concerns.
    fn replace(&mut self, number: u64, people: &[Person]) -> BTreeSet<MemberId> {
        let people = people.iter().map(|person| (person.id.clone(), person.clone()));
        let before = std::mem::replace(&mut self.people, people.collect());
        self.number = number;
        before.into_keys().chain(self.people.keys().cloned()).collect()
    }
}
