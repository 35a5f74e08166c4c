//! Views: what clients show is the log, and never an older version after a newer one.

use std::collections::HashMap;

use protocol::Sequence;

use super::{Anomaly, Entry, History, Screen, View};
use crate::record::Shown;

pub(super) fn check(history: &History) -> Vec<Anomaly> {
    let mut anomalies: Vec<Anomaly> =
        history.views.iter().filter_map(|view| differs(history, view)).collect();
    anomalies.extend(history.screens.iter().filter_map(|screen| differed(history, screen)));
    anomalies.extend(history.screens.iter().filter_map(went_back));
    anomalies
}

/// A view may begin anywhere, as clients hold a part of the log, but from there on it is the log to its end.
fn differs(history: &History, View { member, room, messages }: &View) -> Option<Anomaly> {
    let log = history.log(room);
    let begin = messages.first().and_then(|first| log.iter().position(|it| it.sequence == first.sequence));
    let expected = &log[begin.unwrap_or(0)..];
    let same = expected.iter().zip(messages).take_while(|(a, b)| a == b).count();
    let at = expected.get(same).or_else(|| messages.get(same))?.sequence;
    Some(Anomaly::ViewDiffers { room: room.clone(), member: member.clone(), at })
}

/// What was on screen in passing is a part of the log without holes, whatever became of each message since.
fn differed(history: &History, Screen { member, room, runs }: &Screen) -> Option<Anomaly> {
    let at = runs.iter().find_map(|run| {
        let mut last = run.first()?.entry.sequence.minus(1);
        run.iter().map(|shown| &shown.entry).find_map(|entry| {
            let follows = entry.sequence <= last.next();
            last = last.max(entry.sequence);
            let is_it =
                history.message(room, entry.sequence).is_some_and(|message| Entry::of(message) == *entry);
            (!follows || !is_it).then_some(entry.sequence)
        })
    })?;
    Some(Anomaly::ViewDiffers { room: room.clone(), member: member.clone(), at })
}

fn went_back(Screen { member, room, runs }: &Screen) -> Option<Anomaly> {
    let mut newest: HashMap<Sequence, Sequence> = HashMap::new();
    let Shown { entry, revision } = runs.iter().flatten().find(|Shown { entry, revision }| {
        let newest = newest.entry(entry.sequence).or_default();
        let is_older = revision < newest;
        *newest = *revision;
        is_older
    })?;
    let (room, member) = (room.clone(), member.clone());
    Some(Anomaly::WentBack { room, member, sequence: entry.sequence, to: *revision })
}
