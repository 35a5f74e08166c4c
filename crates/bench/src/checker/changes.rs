//! Changes: what was acknowledged stands, each once, and messages are what their changes have made of them.

use std::collections::{HashMap, HashSet};

use chat::ports::{Change, Changed};
use protocol::{MemberId, Message, Nonce, RoomId, Sequence};

use super::{Anomaly, History, Revised, messages::holes};

pub(super) fn check(history: &History) -> Vec<Anomaly> {
    let mut anomalies = Vec::new();
    for (room, changes) in &history.changes {
        let sequences = changes.iter().map(|change| change.sequence);
        anomalies.extend(holes(sequences).map(|after| Anomaly::ChangesHole { room: room.clone(), after }));
        anomalies.extend(doubled(room, changes));
    }
    for (room, log) in &history.logs {
        let changes = history.changes.get(room).map_or(&[][..], Vec::as_slice);
        anomalies.extend(not_as_changed(room, log, changes));
    }
    anomalies.extend(lost(history));
    anomalies
}

fn doubled(room: &RoomId, changes: &[Change]) -> Vec<Anomaly> {
    let mut seen: HashSet<(&MemberId, &Nonce)> = HashSet::new();
    let named = changes.iter().filter_map(|change| Some((&change.by, change.nonce.as_ref()?)));
    let doubled = named.filter(|name| !seen.insert(*name));
    doubled.map(|(_, nonce)| Anomaly::ChangeDoubled { room: room.clone(), nonce: nonce.clone() }).collect()
}

/// A message's revision is its last change, and it has a text unless that was its deletion, after which comes nothing.
fn not_as_changed(room: &RoomId, log: &[Message], changes: &[Change]) -> Vec<Anomaly> {
    let mut last: HashMap<Sequence, (Sequence, bool)> = HashMap::new();
    let mut wrong = HashSet::new();
    for change in changes {
        let Some((sequence, is_deletion)) = revised(change) else { continue };
        if let Some((_, true)) = last.insert(sequence, (change.sequence, is_deletion)) {
            wrong.insert(sequence);
        }
    }
    for message in log {
        let expected = last.remove(&message.sequence).unwrap_or((Sequence::ZERO, false));
        if (message.revision, message.text.is_none()) != expected {
            wrong.insert(message.sequence);
        }
    }
    wrong.extend(last.into_keys()); // Changes of what is no message.
    wrong.into_iter().map(|sequence| Anomaly::NotAsChanged { room: room.clone(), sequence }).collect()
}

fn lost(history: &History) -> Vec<Anomaly> {
    let mut named: HashMap<(&RoomId, &MemberId, &Nonce), &Change> = HashMap::new();
    for (room, changes) in &history.changes {
        let with_names = changes.iter().filter_map(|change| Some((change, change.nonce.as_ref()?)));
        named.extend(with_names.map(|(change, nonce)| ((room, &change.by, nonce), change)));
    }
    let mut messages: HashMap<(&RoomId, Sequence), &Message> = HashMap::new();
    for (room, log) in &history.logs {
        messages.extend(log.iter().map(|message| ((room, message.sequence), message)));
    }
    let stands = |room: &RoomId, it: &Revised| {
        let Some(message) = messages.get(&(room, it.sequence)) else { return false };
        match named.get(&(room, &it.by, &it.nonce)) {
            Some(change) => {
                let is_last = message.revision == change.sequence;
                let is_it = revised(change) == Some((it.sequence, it.text.is_none()));
                is_it && message.revision >= change.sequence && (!is_last || message.text == it.text)
            }
            // Who deletes what was deleted hears that it is.
            None => it.text.is_none() && message.text.is_none(),
        }
    };
    let lost = history.revised.iter().filter(|(room, revised)| !stands(room, revised));
    let lost = lost.map(|(room, Revised { sequence, nonce, .. })| Anomaly::ChangeLost {
        room: room.clone(),
        sequence: *sequence,
        nonce: nonce.clone(),
    });
    lost.collect()
}

/// Which message was changed, and whether it was deleted.
fn revised(change: &Change) -> Option<(Sequence, bool)> {
    match change.what {
        Changed::Edited(sequence) => Some((sequence, false)),
        Changed::Deleted(sequence) => Some((sequence, true)),
        Changed::Lost(_) => None,
    }
}
