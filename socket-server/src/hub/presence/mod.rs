//! Who of a room's members has a connection, here or on another node, and what is to be told of that.
//!
//! News is gathered for a time that grows with the room: telling n people costs n writes, so n who come one after the
//! other would cost n².

mod news;
mod others;
mod own;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Duration};

use chat::ports::NodeId;
use protocol::{MemberId, Person, RoomId, limits};

use self::{others::Others, own::Own};
use super::{ConnectionId, nodes::Rosters};

pub(super) use self::news::News;

/// News waits for this long for each person who is to hear it: some thirty times as long as telling them takes.
const GATHER_PER_PERSON: Duration = Duration::from_micros(200);

/// The members present, each once however many connections they have, and on however many nodes.
#[derive(Debug, Default)]
pub(super) struct Presence {
    own: Own,
    others: Others,
    /// Everybody.
    here: BTreeMap<MemberId, Person>,
    news: News,
    /// What other nodes are to hear: of this one's people alone.
    own_news: News,
    told_at: Duration,
}

impl Presence {
    /// A connection is there.
    pub(super) fn arrive(&mut self, id: ConnectionId, person: &Person) {
        self.change_own(&person.id, |own| own.arrive(id, person));
    }

    /// A connection is gone. Its member stays for the grace of a reload.
    pub(super) fn depart(&mut self, id: ConnectionId, member: &MemberId, now: Duration) {
        self.own.depart(id, member, now);
    }

    /// A connection's member left the room itself: with the last of them they are gone, without grace.
    pub(super) fn leave(&mut self, id: ConnectionId, member: &MemberId) {
        self.change_own(member, |own| own.leave(id, member));
    }

    /// Somebody is a member no longer: they are gone with all their connections, and without grace.
    pub(super) fn lose(&mut self, member: &MemberId) {
        self.change_own(member, |own| own.lose(member));
    }

    /// Lets those go whose grace is over.
    pub(super) fn expire(&mut self, now: Duration) {
        while let Some(member) = self.own.expired(now) {
            self.change_own(&member, |own| own.lose(&member));
        }
    }

    /// Another node tells a change of its part. What is known changes nothing, and after a hole nothing does.
    pub(super) fn hear(
        &mut self,
        node: &NodeId,
        number: u64,
        (came, went): (Vec<Person>, Vec<MemberId>),
        now: Duration,
    ) {
        for member in self.others.hear(node, number, (came, went), now) {
            self.settle(&member);
        }
    }

    /// The rosters of the other nodes were read.
    pub(super) fn take(&mut self, rosters: &Rosters, room: &RoomId) {
        for member in self.others.take(rosters, room) {
            self.settle(&member);
        }
    }

    /// Another node is gone, and its people with it.
    pub(super) fn lose_node(&mut self, node: &NodeId) {
        for member in self.others.lose(node) {
            self.settle(&member);
        }
    }

    /// Whether the rosters are to be read: something that another node told was lost.
    pub(super) fn is_doubtful(&self) -> bool {
        self.others.is_doubtful()
    }

    /// Whether other nodes have people here.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.others.have_people()
    }

    /// Another node that has this member here.
    pub(super) fn node_of(&self, member: &MemberId) -> Option<&NodeId> {
        self.others.node_of(member)
    }

    /// Takes what is to be told, if it is time: to those who look at the room all who came, and as many of those who
    /// went as are told at once; to other nodes what became of this node's people.
    pub(super) fn take_news(&mut self, now: Duration) -> Option<(News, News)> {
        if self.next_news().is_none_or(|at| now < at) {
            return None;
        }
        self.told_at = now;
        Some((self.news.take(limits::PEOPLE_SHOWN), std::mem::take(&mut self.own_news)))
    }

    /// When something is to be done next.
    pub(super) fn next_wake(&self) -> Option<Duration> {
        [self.own.next_wake(), self.next_news()].into_iter().flatten().min()
    }

    /// How many are here, on all nodes.
    pub(super) fn len(&self) -> usize {
        self.here.len()
    }

    /// Somebody is shown who is here, before others hear the news of it.
    pub(super) fn show(&mut self) {
        self.news.show();
    }

    pub(super) fn has(&self, member: &MemberId) -> bool {
        self.here.contains_key(member)
    }

    pub(super) fn people(&self) -> impl Iterator<Item = &Person> {
        self.here.values()
    }

    /// Whether nobody is here on this node.
    pub(super) fn is_deserted(&self) -> bool {
        self.own.len() == 0
    }

    /// Those here on this node.
    pub(super) fn own_people(&self) -> impl Iterator<Item = &Person> {
        self.own.people()
    }

    fn next_news(&self) -> Option<Duration> {
        let n_told = u32::try_from(self.own.len()).unwrap_or(u32::MAX);
        let is_some = !self.news.is_empty() || !self.own_news.is_empty();
        is_some.then(|| self.told_at + GATHER_PER_PERSON.saturating_mul(n_told))
    }

    fn change_own(&mut self, member: &MemberId, change: impl FnOnce(&mut Own)) {
        let before = self.own.get(member).cloned();
        change(&mut self.own);
        self.own_news.note(before.as_ref(), self.own.get(member));
        self.settle(member);
    }

    /// Finds out whether somebody is here, and as whom. Where nodes know them by different names, ours is as new as any.
    fn settle(&mut self, member: &MemberId) {
        let now = self.own.get(member).or_else(|| self.others.get(member)).cloned();
        let before = match now.clone() {
            Some(person) => self.here.insert(member.clone(), person),
            None => self.here.remove(member),
        };
        self.news.note(before.as_ref(), now.as_ref());
    }
}
