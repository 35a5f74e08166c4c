//! Messages: each draft once, as it was composed, in order, where its sender was told.

use std::collections::HashMap;

use protocol::{MemberId, Message, Nonce, RoomId, Sequence};

use super::{Anomaly, Composed, Entry, History};

pub(super) fn check(history: &History) -> Vec<Anomaly> {
    let (mut anomalies, mut written) = (Vec::new(), HashMap::new());
    for (room, log) in &history.logs {
        let holes = holes(log.iter().map(|message| message.sequence));
        anomalies.extend(holes.map(|after| Anomaly::Hole { room: room.clone(), after }));
        let again = log.iter().filter(|it| written.insert((room, &it.author, &it.nonce), *it).is_some());
        anomalies.extend(again.map(|it| Anomaly::Doubled { room: room.clone(), nonce: it.nonce.clone() }));
    }
    let lost = history.acknowledged.iter().filter(|(room, entry)| {
        history.message(room, entry.sequence).is_none_or(|message| Entry::of(message) != *entry)
    });
    anomalies.extend(lost.map(|(room, entry)| Anomaly::Lost { room: room.clone(), entry: entry.clone() }));
    for composed in &history.composed {
        anomalies.extend(not_as_composed(history, composed, &written));
        anomalies.extend(reordered(history, composed, &written));
    }
    anomalies
}

/// After which sequences another than the next follows.
pub(super) fn holes(sequences: impl Iterator<Item = Sequence>) -> impl Iterator<Item = Sequence> {
    let mut last = Sequence::ZERO;
    sequences.filter_map(move |sequence| {
        let after = std::mem::replace(&mut last, sequence);
        (sequence != after.next()).then_some(after)
    })
}

/// Messages by room, author and name.
type Written<'a> = HashMap<(&'a RoomId, &'a MemberId, &'a Nonce), &'a Message>;

/// What edits and deletions have made of a text is judged by the changes.
fn not_as_composed(history: &History, composed: &Composed, written: &Written<'_>) -> Vec<Anomaly> {
    let Composed { room, author, drafts } = composed;
    let wrong = drafts.iter().filter_map(|(nonce, text)| {
        let (room, named) = (room.clone(), nonce.clone());
        match written.get(&(&composed.room, author, nonce)) {
            None => (!history.given_up.contains(nonce)).then_some(Anomaly::Unwritten { room, nonce: named }),
            Some(_) if history.refused.contains(nonce) => Some(Anomaly::Refuted { room, nonce: named }),
            Some(it) if it.revision > Sequence::ZERO || it.text.as_ref() == Some(text) => None,
            Some(_) => Some(Anomaly::Garbled { room, nonce: named }),
        }
    });
    wrong.collect()
}

/// The first of a client's messages that stands before the one composed before it.
fn reordered(history: &History, composed: &Composed, written: &Written<'_>) -> Option<Anomaly> {
    let Composed { room, author, drafts } = composed;
    let in_order = drafts.iter().map(|(nonce, _)| nonce).filter(|nonce| !history.sent_again.contains(*nonce));
    let in_order: Vec<_> = in_order.filter_map(|nonce| written.get(&(room, author, nonce))).collect();
    let swapped = in_order.windows(2).find(|pair| pair[0].sequence > pair[1].sequence)?;
    let (room, author, nonce) = (room.clone(), author.clone(), swapped[1].nonce.clone());
    Some(Anomaly::Reordered { room, author, nonce })
}
