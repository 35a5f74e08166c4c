//! When the next append is due where other nodes append to the same room.
//!
//! An append goes right behind the head, so of those that are under way at once one succeeds, and each other one has only kept
//! the store from it. Nobody gives out turns: each node waits for a random time, as stations on a shared wire do, after every
//! append. Without a wait after one that succeeded, whoever has succeeded is first again, and nobody else gets in. Of who never
//! gets in nothing is heard, so a node that seems to be alone waits, too, but seldom.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use tokio::time::Instant;

use chat::ports::NodeId;
use protocol::{RoomId, Sequence};

/// Who appends to the room is whoever something was heard of within this time.
const LATELY: Duration = Duration::from_secs(1);
/// As long as nothing of others is heard, a node waits after one append out of so many, where others have people in the room.
const WAITS_ONE_IN: u32 = 8;
/// An append is taken to last this long at least, and at most: one that is slow says nothing of the next.
const TAKES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(40)];
/// After an append that was overtaken the wait is up to twice as long as after one before it, but no more often than this: with
/// so few tries others are in the way whom nobody counts.
const DOUBLINGS_MAX: u32 = 2;
/// No wait is longer.
const WAIT_MAX: Duration = Duration::from_millis(200);

/// When the next append is due.
#[derive(Debug)]
pub(super) struct Turns {
    due: Instant,
    /// When something was heard of each other node. Of some it is not known which they are: they count as one.
    others: BTreeMap<Option<NodeId>, Instant>,
    n_overtaken: u32,
    n_succeeded: u32,
    /// How long an append takes.
    takes: Duration,
}

/// What a time is chosen by, so that no two nodes choose the same, nor one the same each time.
#[derive(Clone, Copy)]
pub(super) struct Chance<'a> {
    pub(super) node: &'a NodeId,
    pub(super) room: &'a RoomId,
    pub(super) head: Sequence,
}

impl Turns {
    pub(super) fn new(now: Instant) -> Self {
        Self { due: now, others: BTreeMap::new(), n_overtaken: 0, n_succeeded: 0, takes: TAKES[0] }
    }

    /// No append before this.
    pub(super) fn due(&self) -> Instant {
        self.due
    }

    /// A message comes from another node: from this one, where it is known where its author is.
    pub(super) fn heard(&mut self, node: Option<&NodeId>, now: Instant) {
        self.others.insert(node.cloned(), now);
    }

    /// An append succeeded after so long. Others may append as well whose people are in the room.
    pub(super) fn succeeded(
        &mut self,
        took: Duration,
        may_be_others: bool,
        (chance, now): (Chance<'_>, Instant),
    ) {
        self.takes = (self.takes * 3 + took.clamp(TAKES[0], TAKES[1])) / 4;
        (self.n_overtaken, self.n_succeeded) = (0, self.n_succeeded.wrapping_add(1));
        self.others.retain(|_, at| now < *at + LATELY);
        let lets_others_in = may_be_others && self.n_succeeded.is_multiple_of(WAITS_ONE_IN);
        let waits = lets_others_in || !self.others.is_empty();
        let most = if waits { self.window() } else { Duration::ZERO };
        self.due = now + chance.of(most.min(WAIT_MAX));
    }

    /// An append was overtaken.
    pub(super) fn overtaken(&mut self, (chance, now): (Chance<'_>, Instant)) {
        self.others.retain(|_, at| now < *at + LATELY);
        let most = self.window() * 2_u32.pow(self.n_overtaken.min(DOUBLINGS_MAX));
        self.n_overtaken += 1;
        self.due = now + chance.of(most.min(WAIT_MAX));
        if self.others.is_empty() {
            self.others.insert(None, now);
        }
    }

    /// Wide enough for all who append: each finds a time of its own in it more often than not.
    fn window(&self) -> Duration {
        self.takes * 2 * u32::try_from(self.others.len().max(1)).unwrap_or(u32::MAX)
    }
}

impl Chance<'_> {
    /// Some part of a time.
    pub(super) fn of(self, time: Duration) -> Duration {
        let mut hasher = DefaultHasher::new();
        (self.node.to_string(), self.room, self.head).hash(&mut hasher);
        time.mul_f64(f64::from(u16::try_from(hasher.finish() & 0xFFFF).expect("sixteen bits")) / 65_536.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOOK: Duration = Duration::from_millis(4);

    /// Nodes that have people in a room, of which the first have something to append all the time: how often each of those succeeds
    /// in a minute, and how often one is overtaken.
    fn a_minute_of(n_writing: usize, n_nodes: usize) -> (Vec<u32>, u32) {
        let nodes: Vec<_> = (0..n_writing).map(|n| NodeId::from_random(n as u64)).collect();
        let (room, began) = (RoomId::parse("general").unwrap(), Instant::now());
        let mut turns: Vec<_> = nodes.iter().map(|_| Turns::new(began)).collect();
        let (mut succeeded, mut n_overtaken, mut now) = (vec![0; n_writing], 0, began);
        let mut head = Sequence::ZERO;
        while now < began + Duration::from_mins(1) {
            // Who is due first begins, and whoever is due before that is done meets it.
            let first = (0..n_writing).min_by_key(|at| turns[*at].due()).unwrap();
            let done = turns[first].due().max(now) + TOOK;
            head = head.next();
            for at in 0..n_writing {
                let chance = Chance { node: &nodes[at], room: &room, head };
                if at == first {
                    succeeded[at] += 1;
                    turns[at].succeeded(TOOK, n_nodes > 1, (chance, done));
                    continue;
                }
                turns[at].heard(Some(&nodes[first]), done);
                if turns[at].due() < done {
                    n_overtaken += 1;
                    turns[at].overtaken((chance, done + TOOK));
                }
            }
            now = done;
        }
        (succeeded, n_overtaken)
    }

    #[test]
    fn who_is_alone_never_waits() {
        let (succeeded, _) = a_minute_of(1, 1);

        assert_eq!(succeeded, [15_000]);
    }

    #[test]
    fn whose_room_others_only_read_waits_seldom() {
        let (succeeded, _) = a_minute_of(1, 20);

        assert!(succeeded[0] > 12_000, "{succeeded:?}");
    }

    #[test]
    fn of_many_each_has_its_turn_and_the_store_most_of_its_time_for_what_succeeds() {
        for (n_writing, n_nodes) in [(2, 2), (2, 20), (4, 4), (8, 8)] {
            let (succeeded, n_overtaken) = a_minute_of(n_writing, n_nodes);

            let all: u32 = succeeded.iter().sum();
            let (least, most) = (succeeded.iter().min().unwrap(), succeeded.iter().max().unwrap());
            assert!(
                all > 6_000,
                "{n_writing} nodes succeed {all} times of 15,000, and are overtaken {n_overtaken} times"
            );
            assert!(*most < 2 * least, "{n_writing} nodes: {succeeded:?}");
            assert!(
                n_overtaken < 2 * all,
                "{n_writing} nodes: {n_overtaken} were overtaken, {all} succeeded"
            );
        }
    }

    #[test]
    fn nobody_waits_for_long() {
        let now = Instant::now();
        let (nodes, room) =
            ((0..50).map(NodeId::from_random).collect::<Vec<_>>(), RoomId::parse("general").unwrap());
        let mut turns = Turns::new(now);
        for n in 1..200 {
            for node in &nodes {
                turns.heard(Some(node), now);
            }
            let chance = Chance { node: &nodes[0], room: &room, head: Sequence(n) };
            turns.succeeded(Duration::from_secs(1), true, (chance, now));
            assert!(turns.due() <= now + WAIT_MAX);
            turns.overtaken((chance, now));
            assert!(turns.due() <= now + WAIT_MAX);
        }
    }
}
