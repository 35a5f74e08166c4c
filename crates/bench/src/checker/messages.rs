//! Messages: each draft once, in order, where its sender was told.

use std::collections::{HashMap, HashSet};

use protocol::{Nonce, Sequence};

use super::{Anomaly, Composed, Entry, History};

pub(super) fn check(history: &History) -> Vec<Anomaly> {
    let mut anomalies = Vec::new();
    for (room, log) in &history.logs {
        let holes = holes(log.iter().map(|message| message.sequence));
        anomalies.extend(holes.map(|after| Anomaly::Hole { room: room.clone(), after }));
        let mut drafts = HashSet::new();
        let again = log.iter().filter(|message| !drafts.insert((&message.author, &message.nonce)));
        anomalies.extend(again.map(|it| Anomaly::Doubled { room: room.clone(), nonce: it.nonce.clone() }));
    }
    let lost = history.acknowledged.iter().filter(|(room, entry)| {
        history.message(room, entry.sequence).is_none_or(|message| Entry::of(message) != *entry)
    });
    anomalies.extend(lost.map(|(room, entry)| Anomaly::Lost { room: room.clone(), entry: entry.clone() }));
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

fn unwritten(history: &History, Composed { room, author, nonces }: &Composed) -> Vec<Anomaly> {
    let own = history.log(room).iter().filter(|message| message.author == *author);
    let written: HashSet<&Nonce> = own.map(|message| &message.nonce).collect();
    let missing = nonces.iter().filter(|it| !written.contains(it) && !history.given_up.contains(*it));
    missing.map(|nonce| Anomaly::Unwritten { room: room.clone(), nonce: nonce.clone() }).collect()
}

/// The first of a client's messages in the log that stands before one composed earlier.
fn reordered(history: &History, Composed { room, author, nonces }: &Composed) -> Option<Anomaly> {
    let in_order = nonces.iter().filter(|nonce| !history.sent_again.contains(*nonce));
    let places: HashMap<&Nonce, usize> = in_order.enumerate().map(|(at, nonce)| (nonce, at)).collect();
    let own = history.log(room).iter().filter(|message| message.author == *author);
    let own: Vec<_> = own.filter_map(|it| Some((*places.get(&it.nonce)?, &it.nonce))).collect();
    let swapped = own.windows(2).find(|pair| pair[0].0 > pair[1].0)?;
    let (room, author, nonce) = (room.clone(), author.clone(), swapped[0].1.clone());
    Some(Anomaly::Reordered { room, author, nonce })
}
