//! When the next append is due where other nodes append to the same room.
//!
//! An append goes right behind the head, so of those that are under way at once one succeeds, and each other one has only kept
//! the store from it. Nobody gives out turns: each node waits for a random time, as stations on a shared wire do, after every
//! append. Without a wait after one that succeeded, whoever has succeeded is first again, and nobody else gets in. Of who never
//! gets in nothing is heard, so a node that seems to be alone waits, too, but seldom.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use tokio::time::Instant;

use chat::ports::NodeId;
use protocol::{RoomId, Sequence};

/// Others append to the room where something of theirs was heard within this time.
const LATELY: Duration = Duration::from_secs(1);
/// As long as nothing of others is heard, it waits after one append out of so many, where others have people in the room.
const WAITS_ONE_IN: u32 = 8;
/// An append is taken to last this long at least, and at most: what it waits for besides says nothing of the next.
const TAKES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(40)];
/// After an append that was overtaken the wait is up to twice as long as after one before it, but no more often than this: with
/// so few tries others are in the way whom nobody counts.
const DOUBLINGS_MAX: u32 = 2;

/// When the next append is due.
#[derive(Clone, Copy, Debug)]
pub(super) struct Turns {
    due: Instant,
    /// When something of others was heard last.
    others_at: Option<Instant>,
    n_overtaken: u32,
    n_succeeded: u32,
    /// How long an append takes.
    takes: Duration,
}

/// Between which appends of which nodes one is to choose a time.
#[derive(Clone, Copy)]
pub(super) struct Among<'a> {
    pub(super) node: &'a NodeId,
    pub(super) room: &'a RoomId,
    pub(super) head: Sequence,
    /// Other nodes with people in the room, as far as is known.
    pub(super) n_others: usize,
}

impl Turns {
    pub(super) fn new(now: Instant) -> Self {
        Self { due: now, others_at: None, n_overtaken: 0, n_succeeded: 0, takes: TAKES[0] }
    }

    /// No append before this.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// Another node has appended.
    pub(super) fn heard(&mut self, now: Instant) {
        self.others_at = Some(now);
    }

    /// An append succeeded after so long.
    #[must_use]
    pub(super) fn succeeded(self, took: Duration, among: Among<'_>, now: Instant) -> Self {
        let takes = (self.takes * 3 + took.clamp(TAKES[0], TAKES[1])) / 4;
        let turns = Self { n_overtaken: 0, n_succeeded: self.n_succeeded.wrapping_add(1), takes, ..self };
        let are_others_heard = self.others_at.is_some_and(|at| now < at + LATELY);
        let may_be_others = among.n_others > 0 && turns.n_succeeded.is_multiple_of(WAITS_ONE_IN);
        let waits = are_others_heard || may_be_others;
        let due = if waits { now + among.some_of(turns.window(among)) } else { now };
        Self { due, ..turns }
    }

    /// An append was overtaken.
    #[must_use]
    pub(super) fn overtaken(self, among: Among<'_>, now: Instant) -> Self {
        let most = self.window(among) * 2_u32.pow(self.n_overtaken.min(DOUBLINGS_MAX));
        Self { due: now + among.some_of(most), n_overtaken: self.n_overtaken + 1, ..self }
    }

    /// Wide enough for all who append: each finds a time of its own in it more often than not.
    fn window(&self, among: Among<'_>) -> Duration {
        self.takes * 2 * u32::try_from(among.n_others.max(1)).unwrap_or(u32::MAX)
    }
}

impl Among<'_> {
    /// A part of a time that differs from node to node, and from head to head.
    fn some_of(self, most: Duration) -> Duration {
        let mut hasher = DefaultHasher::new();
        (self.node.to_string(), self.room, self.head).hash(&mut hasher);
        most.mul_f64(f64::from(u16::try_from(hasher.finish() & 0xFFFF).expect("sixteen bits")) / 65_536.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOK: Duration = Duration::from_millis(4);

    /// Nodes that all have something to append all the time: how often each succeeds in a minute, and how often one is overtaken.
    fn a_minute_of(n_nodes: usize) -> (Vec<u32>, u32) {
        let nodes: Vec<_> = (0..n_nodes).map(|n| NodeId::from_random(n as u64)).collect();
        let (room, began) = (RoomId::parse("general").unwrap(), Instant::now());
        let mut turns: Vec<_> = nodes.iter().map(|_| Turns::new(began)).collect();
        let (mut succeeded, mut n_overtaken, mut now) = (vec![0; n_nodes], 0, began);
        let mut head = Sequence::ZERO;
        while now < began + Duration::from_mins(1) {
            // Who is due first begins, and whoever is due before that is done meets it.
            let first = (0..n_nodes).min_by_key(|at| turns[*at].due()).unwrap();
            let done = turns[first].due().max(now) + TOOK;
            head = head.next();
            for at in 0..n_nodes {
                let among = Among { node: &nodes[at], room: &room, head, n_others: n_nodes - 1 };
                if at == first {
                    succeeded[at] += 1;
                    turns[at] = turns[at].succeeded(TOOK, among, done);
                    continue;
                }
                turns[at].heard(done);
                if turns[at].due() < done {
                    n_overtaken += 1;
                    turns[at] = turns[at].overtaken(among, done + TOOK);
                }
            }
            now = done;
        }
        (succeeded, n_overtaken)
    }

    #[test]
    fn who_is_alone_never_waits() {
        let (succeeded, _) = a_minute_of(1);

        assert_eq!(succeeded, [15_000]);
    }

    #[test]
    fn of_many_each_has_its_turn_and_the_store_most_of_its_time_for_what_succeeds() {
        for n_nodes in [2, 4, 8] {
            let (succeeded, n_overtaken) = a_minute_of(n_nodes);

            let all: u32 = succeeded.iter().sum();
            let (least, most) = (succeeded.iter().min().unwrap(), succeeded.iter().max().unwrap());
            assert!(
                all > 6_000,
                "{n_nodes} nodes succeed {all} times of 15,000, and are overtaken {n_overtaken} times"
            );
            assert!(*most < 2 * least, "{n_nodes} nodes: {succeeded:?}");
            assert!(n_overtaken < 2 * all, "{n_nodes} nodes: {n_overtaken} were overtaken, {all} succeeded");
        }
    }
}
