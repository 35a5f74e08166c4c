//! Views: what clients show is the log, and never an older version after a newer one.

use std::collections::HashMap;

use protocol::{Message, Sequence};

use super::{Anomaly, Entry, History, Sightings, View, Witnessed};

pub(super) fn check(history: &History) -> Vec<Anomaly> {
    let mut anomalies: Vec<Anomaly> =
        history.views.iter().filter_map(|view| differs(history, view)).collect();
    anomalies.extend(history.witnessed.iter().filter_map(|witnessed| differed(history, witnessed)));
    anomalies.extend(history.sightings.iter().filter_map(went_back));
    anomalies
}

/// A view may begin anywhere, as clients hold a part of the log, but from there on it is the log to its end.
fn differs(history: &History, view: &View) -> Option<Anomaly> {
    let log = history.logs.get(&view.room).map_or(&[][..], Vec::as_slice);
    let expected = from(log, view.messages.first().map(|first| first.sequence));
    let same = expected.iter().zip(&view.messages).take_while(|(a, b)| a == b).count();
    if same == expected.len() && same == view.messages.len() {
        return None;
    }
    let at = expected.get(same).or_else(|| view.messages.get(same)).map(|message| message.sequence);
    let (room, member) = (view.room.clone(), view.member.clone());
    Some(Anomaly::ViewDiffers { room, member, at: at.unwrap_or_default() })
}

/// What was on screen in passing is a part of the log without holes, whatever became of each message since.
fn differed(history: &History, witnessed: &Witnessed) -> Option<Anomaly> {
    let log = history.logs.get(&witnessed.room).map_or(&[][..], Vec::as_slice);
    let expected = from(log, witnessed.entries.first().map(|first| first.sequence));
    let expected = expected.iter().map(Entry::of).map(Some).chain(std::iter::repeat(None));
    let mut both = witnessed.entries.iter().zip(expected);
    let (entry, _) = both.find(|(shown, expected)| Some(*shown) != expected.as_ref())?;
    let (room, member) = (witnessed.room.clone(), witnessed.member.clone());
    Some(Anomaly::ViewDiffers { room, member, at: entry.sequence })
}

/// The log from a message on.
fn from(log: &[Message], first: Option<Sequence>) -> &[Message] {
    let begin = first.and_then(|first| log.iter().position(|message| message.sequence == first));
    &log[begin.unwrap_or(0)..]
}

fn went_back(sightings: &Sightings) -> Option<Anomaly> {
    let mut newest: HashMap<Sequence, Sequence> = HashMap::new();
    let mut versions = sightings.versions.iter();
    let (sequence, to) = versions.find(|(sequence, revision)| {
        let newest = newest.entry(*sequence).or_default();
        let is_older = revision < newest;
        *newest = *revision;
        is_older
    })?;
    let (room, member) = (sightings.room.clone(), sightings.member.clone());
    Some(Anomaly::WentBack { room, member, sequence: *sequence, to: *to })
}
