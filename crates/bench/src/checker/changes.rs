//! Changes: what was acknowledged stands, each once, and messages are what their changes have made of them.

use std::collections::{HashMap, HashSet};

use chat::ports::{Change, Changed};
use protocol::{MemberId, Message, Nonce, RoomId, Sequence};

use super::{Anomaly, History, Revised, messages::holes};

pub(super) fn check(history: &History) -> Vec<Anomaly> {
    let (mut anomalies, mut named) = (Vec::new(), HashMap::new());
    for (room, changes) in &history.changes {
        let holes = holes(changes.iter().map(|change| change.sequence));
        anomalies.extend(holes.map(|after| Anomaly::ChangesHole { room: room.clone(), after }));
        let with_names = changes.iter().filter_map(|change| Some((change, change.nonce.as_ref()?)));
        for (change, nonce) in with_names {
            if named.insert((room, &change.by, nonce), change).is_some() {
                anomalies.push(Anomaly::ChangeDoubled { room: room.clone(), nonce: nonce.clone() });
            }
        }
        anomalies.extend(not_as_changed(room, history.log(room), changes));
    }
    let lost = history.revised.iter().filter(|(room, revised)| !stands(history, &named, room, revised));
    anomalies.extend(lost.map(|(room, Revised { sequence, nonce, .. })| Anomaly::ChangeLost {
        room: room.clone(),
        sequence: *sequence,
        nonce: nonce.clone(),
    }));
    anomalies
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

/// Changes by room, author and name.
type Named<'a> = HashMap<(&'a RoomId, &'a MemberId, &'a Nonce), &'a Change>;

fn stands(history: &History, named: &Named<'_>, room: &RoomId, it: &Revised) -> bool {
    let Some(message) = history.message(room, it.sequence) else { return false };
    let Some(change) = named.get(&(room, &it.by, &it.nonce)) else {
        // Who deletes what was deleted hears that it is.
        return it.text.is_none() && message.text.is_none();
    };
    let is_it = revised(change) == Some((it.sequence, it.text.is_none()));
    let says_so = message.revision != change.sequence || message.text == it.text;
    is_it && message.revision >= change.sequence && says_so
}

/// Which message was changed, and whether it was deleted.
fn revised(change: &Change) -> Option<(Sequence, bool)> {
    match change.what {
        Changed::Edited(sequence) => Some((sequence, false)),
        Changed::Deleted(sequence) => Some((sequence, true)),
        Changed::Lost(_) => None,
    }
}
