//! What is no fault of a node that takes something from somebody who has just left, or shows them something.
//!
//! A right to write is looked at, and less than [`RIGHTS_FOR`] later the message gets its time and goes to the store; or it
//! was looked at again right before. Then the store's answer was on its way when the membership ended, or the node stood
//! still before it could go on, and nothing else took time: a pause alone is no excuse, since who wakes looks again. What
//! ended the membership has its time from before it was on its way, so that is added. How long the message itself is on its
//! way to the store does not count: it has its time by then.
//!
//! Edits and deletions are taken by the store as long as it has not heard of the end, and no longer.
//!
//! Where the news of an end got lost, a node finds it when it reads on next. Until then it shows what is written, unless it
//! stands still or waits for an answer: what it shows first after that was written meanwhile.

use std::{collections::BTreeMap, time::Duration};

use bench::checker::{Anomaly, History, Removed};
use chat::ports::{Changed, Turn};
use protocol::Timestamp;

use crate::perform::RIGHTS_FOR;

/// What a node asks about the rights of those whose drafts have waited, and what belongs to it.
const LOOK: &str = "memberships while finding some";
const ON_THE_WAY_TO_A_RIGHT: [&str; 3] =
    [LOOK, "rooms while finding one", "rooms while finding a public one"];
/// Times are whole milliseconds.
const ROUNDING_MS: u64 = 1;

/// A node that was told nothing reads on after this time, the default of `HUBBUB_HEADS_SECONDS`; and what comes between that
/// on a store that answers as a rule takes no longer than that.
const READS_ON: Duration = Duration::from_secs(15);
const ANSWERED: Duration = Duration::from_secs(5);
/// What is on its way for less is not slow.
const SLOW: Duration = Duration::from_millis(500);

/// When it was that nodes could not get on, and when they did what is judged.
#[derive(Default)]
pub(super) struct Excuses {
    /// By node: when the store was asked about rights of those whose drafts had waited.
    looked: BTreeMap<usize, Vec<u64>>,
    /// From when it stood still, or such a question or its answer was on its way, and until when.
    held: BTreeMap<usize, Vec<(u64, u64)>>,
    /// From when it stood still, or something slow was on its way to the store or back, and until when.
    stuck: BTreeMap<usize, Vec<(u64, u64)>>,
    /// The nodes that began to append something then.
    appending: BTreeMap<u64, Vec<usize>>,
    /// How long what was to end a membership then was on its way to the store.
    ending: BTreeMap<u64, Duration>,
}

impl Excuses {
    /// A node stands still for a time, which ends now.
    pub(super) fn stood_still(&mut self, node: usize, from: Timestamp, now: Timestamp) {
        self.held.entry(node).or_default().push((from.0, now.0));
        self.stuck.entry(node).or_default().push((from.0, now.0));
    }

    /// Something is on its way to the store or back, for so long.
    pub(super) fn travels(&mut self, node: usize, what: &str, now: Timestamp, takes: Duration) {
        let way = (now.0, now.0 + ms(takes));
        if ON_THE_WAY_TO_A_RIGHT.contains(&what) {
            self.held.entry(node).or_default().push(way);
        }
        if takes >= SLOW {
            self.stuck.entry(node).or_default().push(way);
        }
    }

    /// Something sets out to the store.
    pub(super) fn sets_out(&mut self, node: usize, what: &str, now: Timestamp, takes: Duration) {
        match what {
            "memberships while leaving" => {
                let longest = self.ending.entry(now.0).or_default();
                *longest = takes.max(*longest);
            }
            LOOK => self.looked.entry(node).or_default().push(now.0 + ms(takes)),
            "log while appending" => self.appending.entry(now.0).or_default().push(node),
            _ => {}
        }
    }

    /// Whether an anomaly is none: somebody wrote as an outsider what no node could have known.
    pub(super) fn excuse(&self, history: &History, anomaly: &Anomaly) -> bool {
        let Anomaly::Outsider { room, member, at } = anomaly else { return false };
        let turns = history.turns.get(&(room.clone(), member.clone())).map_or(&[][..], Vec::as_slice);
        let Some(Turn { at: ended, .. }) = turns.iter().rev().find(|turn| turn.at <= *at) else {
            return false;
        };
        let ended = self.ended(*ended);
        let is_change = history.changes[room].iter().any(|change| {
            change.by == *member && change.at == *at && !matches!(change.what, Changed::Lost(_))
        });
        let is_message = history.logs[room].iter().any(|it| it.author == *member && it.at == *at);
        (!is_change || at.0 <= ended) && (!is_message || self.could_not_know(ended, at.0))
    }

    /// Who was shown something of a room that they had been removed from too long before.
    pub(super) fn shown_too_late(&self, history: &History) -> Option<String> {
        history.removed.iter().find_map(|Removed { room, member, newest, .. }| {
            let turns = &history.turns[&(room.clone(), member.clone())];
            let ended = self.ended(turns.last()?.at);
            let stuck = self.stuck.values().map(|stuck| total(stuck, ended, newest.0)).max();
            let at_last = ended + ms(READS_ON + ANSWERED) + stuck.unwrap_or_default();
            (newest.0 > at_last).then(|| {
                let late = newest.0 - ended;
                format!("{member} was shown what was written in {room} {late} ms after their end")
            })
        })
    }

    /// When the store knew of the end that has this time.
    fn ended(&self, at: Timestamp) -> u64 {
        at.0 + ms(self.ending.get(&at.0).copied().unwrap_or_default())
    }

    /// Whether a right that ended could be taken for one that holds.
    fn could_not_know(&self, ended: u64, at: u64) -> bool {
        let mut nodes = self.appending.get(&at).into_iter().flatten();
        at <= ended + ms(RIGHTS_FOR) + ROUNDING_MS || nodes.any(|node| self.had_just_looked(*node, ended, at))
    }

    /// Whether a node looked at rights before one ended, and was held from then on.
    fn had_just_looked(&self, node: usize, ended: u64, at: u64) -> bool {
        let mut held = self.held.get(&node).cloned().unwrap_or_default();
        held.sort_unstable();
        let held_from = |looked: u64| {
            held.iter().fold(looked, |reached, (from, until)| match *from <= reached + ROUNDING_MS {
                true => reached.max(*until),
                false => reached,
            })
        };
        let mut looked = self.looked.get(&node).into_iter().flatten();
        looked.any(|looked| *looked <= ended + ROUNDING_MS && held_from(*looked) + ROUNDING_MS >= at)
    }
}

/// How much of the time from one moment to another is in any of these.
fn total(stretches: &[(u64, u64)], from: u64, until: u64) -> u64 {
    let mut stretches = stretches.to_vec();
    stretches.sort_unstable();
    let (mut total, mut reached) = (0, from);
    for (begins, ends) in stretches {
        let (begins, ends) = (begins.max(reached), ends.min(until));
        total += ends.saturating_sub(begins);
        reached = reached.max(ends);
    }
    total
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).expect("minutes")
}
