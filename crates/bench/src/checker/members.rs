//! Memberships: who is outside does nothing in a room, and gets nothing of it.

use std::collections::BTreeMap;

use chat::ports::{Changed, Way};
use protocol::{MemberId, RoomId, Timestamp};

use super::{Anomaly, History, Removed};

pub(super) fn check(history: &History) -> Vec<Anomaly> {
    let mut anomalies = outsiders(history);
    anomalies.extend(missing_ends(history));
    anomalies.extend(lost_turns(history));
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
    acts.retain(|(room, member, at)| !history.may_act(room, member, *at));
    let outsiders = acts.into_iter().map(|(room, member, at)| (room.clone(), member.clone(), at));
    outsiders.map(|(room, member, at)| Anomaly::Outsider { room, member, at }).collect()
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

/// Who asks for what is so already is told that it is: so at some moment until then the member was inside, or outside.
fn lost_turns(history: &History) -> Vec<Anomaly> {
    let lost = history.asked.iter().flat_map(|((room, member), asked)| {
        let stays = history.stays(room, member);
        let lost =
            asked.iter().filter(move |it| it.acknowledged && !stays.iter().any(|stay| it.may_be(stay)));
        lost.map(|it| (room.clone(), member.clone(), it))
    });
    lost.map(|(room, member, it)| Anomaly::TurnLost { room, member, way: it.way, at: it.until.at }).collect()
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
    let ended = history.time_line(room, member).last().map_or(Timestamp(0), |turn| turn.at);
    if removed.newest.0 > ended.0 + history.bounds.shows_ms {
        got.push(format!("a message of {}, long after {}", removed.newest.0, ended.0));
    }
    let leaked = |what| Anomaly::Leaked { room: room.clone(), member: member.clone(), what };
    got.into_iter().map(leaked).collect()
}
