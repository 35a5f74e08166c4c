//! Messages: each draft once, in order, where its sender was told.

use std::collections::{HashMap, HashSet};

use protocol::{MemberId, Message, Nonce, RoomId, Sequence};

use super::{Anomaly, Composed, Entry, History};

pub(super) fn check(history: &History) -> Vec<Anomaly> {
    let mut anomalies = Vec::new();
    for (room, log) in &history.logs {
        let sequences = log.iter().map(|message| message.sequence);
        anomalies.extend(holes(sequences).map(|after| Anomaly::Hole { room: room.clone(), after }));
        anomalies.extend(doubled(room, log));
    }
    anomalies.extend(lost(history));
    for composed in &history.composed {
        anomalies.extend(unwritten(history, composed));
        anomalies.extend(reordered(history, composed));
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

fn doubled(room: &RoomId, log: &[Message]) -> Vec<Anomaly> {
    let mut times: HashMap<(&MemberId, &Nonce), usize> = HashMap::new();
    let mut doubled = Vec::new();
    for message in log {
        let n = times.entry((&message.author, &message.nonce)).or_default();
        *n += 1;
        if *n == 2 {
            doubled.push(Anomaly::Doubled { room: room.clone(), nonce: message.nonce.clone() });
        }
    }
    doubled
}

fn lost(history: &History) -> Vec<Anomaly> {
    let logs = history.logs.iter();
    let durable: HashSet<(&RoomId, Entry)> =
        logs.flat_map(|(room, log)| log.iter().map(move |message| (room, Entry::of(message)))).collect();
    let lost = history.acknowledged.iter().filter(|(room, entry)| !durable.contains(&(room, entry.clone())));
    lost.map(|(room, entry)| Anomaly::Lost { room: room.clone(), entry: entry.clone() }).collect()
}

fn unwritten(history: &History, composed: &Composed) -> Vec<Anomaly> {
    let Composed { room, author, nonces } = composed;
    let log = history.logs.get(room).map_or(&[][..], Vec::as_slice);
    let written: HashSet<&Nonce> =
        log.iter().filter(|message| message.author == *author).map(|message| &message.nonce).collect();
    let is_missing = |nonce: &&Nonce| !written.contains(nonce) && !history.given_up.contains(*nonce);
    let missing = nonces.iter().filter(is_missing);
    missing.map(|nonce| Anomaly::Unwritten { room: room.clone(), nonce: nonce.clone() }).collect()
}

/// The first of a client's messages in the log that stands before one composed earlier.
fn reordered(history: &History, composed: &Composed) -> Option<Anomaly> {
    let Composed { room, author, nonces } = composed;
    let in_order = nonces.iter().filter(|nonce| !history.sent_again.contains(*nonce));
    let places: HashMap<&Nonce, usize> = in_order.enumerate().map(|(at, nonce)| (nonce, at)).collect();
    let log = history.logs.get(room)?;
    let mut last: Option<&Nonce> = None;
    for message in log.iter().filter(|it| it.author == *author && places.contains_key(&it.nonce)) {
        if let Some(before) = last.replace(&message.nonce)
            && places[before] > places[&message.nonce]
        {
            let (room, author, nonce) = (room.clone(), author.clone(), before.clone());
            return Some(Anomaly::Reordered { room, author, nonce });
        }
    }
    None
}
