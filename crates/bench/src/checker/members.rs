//! Memberships: who is outside does nothing in a room, and gets nothing of it.

use std::collections::BTreeMap;

use chat::ports::{Changed, Turn, Way};
use protocol::{MemberId, RoomId, Timestamp};

use super::{Anomaly, History, Removed};

pub(super) fn check(history: &History) -> Vec<Anomaly> {
    let mut anomalies = outsiders(history);
    anomalies.extend(missing_ends(history));
    anomalies.extend(history.removed.iter().flat_map(|removed| leaks(history, removed)));
    anomalies
}

fn outsiders(history: &History) -> Vec<Anomaly> {
    let mut acts = Vec::new();
    for (room, log) in &history.logs {
        acts.extend(log.iter().map(|message| (room, &message.author, message.at)));
    }
    for (room, changes) in &history.changes {
        // That somebody was removed is not what they did.
        let own = changes.iter().filter(|change| !matches!(change.what, Changed::Lost(_)));
        acts.extend(own.map(|change| (room, &change.by, change.at)));
    }
    acts.retain(|(room, member, at)| {
        let turns = history.turns.get(&((*room).clone(), (*member).clone()));
        !may_act(turns.map_or(&[][..], Vec::as_slice), *at, history.bounds.takes_ms)
    });
    let outsiders = acts.into_iter().map(|(room, member, at)| (room.clone(), member.clone(), at));
    outsiders.map(|(room, member, at)| Anomaly::Outsider { room, member, at }).collect()
}

/// Whether a member was inside at a moment, or until so shortly before that it had not been noticed.
fn may_act(turns: &[Turn], at: Timestamp, noticed_ms: u64) -> bool {
    match turns.iter().rev().find(|turn| turn.at <= at) {
        Some(Turn { way: Way::Joined, .. }) => true,
        Some(ended) => at.0 <= ended.at.0 + noticed_ms,
        None => false,
    }
}

/// Each end of a time line stands in the room's changes too.
fn missing_ends(history: &History) -> Vec<Anomaly> {
    let mut n_ends: BTreeMap<(&RoomId, &MemberId), usize> = BTreeMap::new();
    for (room, changes) in &history.changes {
        for change in changes {
            if let Changed::Lost(member) = &change.what {
                *n_ends.entry((room, member)).or_default() += 1;
            }
        }
    }
    let missing = history.turns.iter().filter(|((room, member), turns)| {
        let n_ended = turns.iter().filter(|turn| turn.way != Way::Joined).count();
        n_ended != n_ends.get(&(room, member)).copied().unwrap_or_default()
    });
    let missing = missing.map(|((room, member), _)| (room.clone(), member.clone()));
    missing.map(|(room, member)| Anomaly::EndMissing { room, member }).collect()
}

fn leaks(history: &History, removed: &Removed) -> Vec<Anomaly> {
    let Removed { member, room, .. } = removed;
    let Some(heard_at) = removed.heard_at else {
        return vec![Anomaly::Unaware { room: room.clone(), member: member.clone() }];
    };
    let mut got = Vec::new();
    let is_later = |sequence| removed.is_private || sequence > heard_at;
    if let Some(message) = removed.shown.iter().find(|message| is_later(message.sequence)) {
        got.push(format!("message {} on screen", message.sequence));
    }
    if let Some(sequence) = removed.received.first() {
        got.push(format!("message {sequence} after it had heard"));
    }
    let turns = history.turns.get(&(room.clone(), member.clone()));
    let ended = turns.and_then(|turns| turns.last()).map_or(Timestamp(0), |turn| turn.at);
    if removed.newest.0 > ended.0 + history.bounds.shows_ms {
        got.push(format!("a message of {}, long after {}", removed.newest.0, ended.0));
    }
    let leaked = |what| Anomaly::Leaked { room: room.clone(), member: member.clone(), what };
    got.into_iter().map(leaked).collect()
}
