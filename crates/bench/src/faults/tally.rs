//! What happened in a run, in numbers.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use protocol::Nonce;

use crate::{
    figures::Times,
    record::{Act, Event, Fault, Line, Run, What},
};

/// What happened in a run, in numbers.
#[derive(Debug, Default)]
pub(super) struct Tally {
    run: Option<Run>,
    /// When each draft was first sent that is not acknowledged yet.
    sent_at: HashMap<Nonce, u64>,
    latencies: Times,
    /// Messages acknowledged in each second.
    pub(super) acknowledged: Vec<u64>,
    last_at: Option<u64>,
    /// The longest time without an acknowledgement, and when it ended.
    silence: (u64, u64),
    n_revised: u64,
    n_turns: usize,
    n_removed: u64,
    /// When which fault was made.
    pub(super) faults: Vec<(u64, String)>,
}

impl Tally {
    /// Takes what comes next.
    pub(super) fn take(&mut self, line: &Line) {
        let at_ms = line.at_ms;
        match &line.event {
            Event::Run(run) => self.run = Some(run.clone()),
            Event::Invoke(Act { what: What::Send { nonce, .. }, .. }) => {
                self.last_at.get_or_insert(at_ms);
                if !self.sent_at.contains_key(nonce) {
                    self.sent_at.insert(nonce.clone(), at_ms);
                }
            }
            Event::Ok(Act { what: What::Send { nonce, .. }, .. }) => self.acknowledge(at_ms, nonce),
            Event::Ok(Act { what: What::Revise { .. }, .. }) => self.n_revised += 1,
            // That they came the first time is no change.
            Event::Turns { turns, .. } => self.n_turns += turns.len().saturating_sub(1),
            Event::Removed(_) => self.n_removed += 1,
            Event::Fault(Fault { at_ms: own, what, .. }) => {
                self.faults.push((own.unwrap_or(at_ms), what.clone()));
            }
            _ => {}
        }
    }

    fn acknowledge(&mut self, at_ms: u64, nonce: &Nonce) {
        let second = usize::try_from(at_ms / 1000).expect("a run ends");
        if self.acknowledged.len() <= second {
            self.acknowledged.resize(second + 1, 0);
        }
        self.acknowledged[second] += 1;
        if let Some(sent_at) = self.sent_at.remove(nonce) {
            self.latencies.note(Duration::from_millis(at_ms.saturating_sub(sent_at)));
        }
        let silent = at_ms.saturating_sub(self.last_at.unwrap_or(at_ms));
        self.silence = self.silence.max((silent, at_ms));
        self.last_at = Some(at_ms);
    }

    /// All of it, in words for a reader.
    pub(super) fn lines(&mut self) -> Vec<String> {
        let n: u64 = self.acknowledged.iter().sum();
        let n_seconds = self.acknowledged.len().max(1);
        let (n_clients, n_rooms, seed) =
            self.run.as_ref().map_or((0, 0, 0), |run| (run.n_clients, run.n_rooms, run.seed));
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, what) in &self.faults {
            *kinds.entry(what).or_default() += 1;
        }
        let kinds: Vec<String> = kinds.into_iter().map(|(what, n)| format!("{n} × {what}")).collect();
        let [p50, p99, max] = [500, 990, 1000].map(|it| self.latencies.at_ms(it));
        #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^52")]
        let (silent, ended) = (self.silence.0 as f64 / 1e3, self.silence.1 as f64 / 1e3);
        vec![
            format!(
                "{n_clients} clients, {n_rooms} rooms, seed {seed}: {n} messages acknowledged in {n_seconds} s \
                 ({}/s), {} edits and deletions, {} membership changes ({} removed for good)",
                n / n_seconds as u64,
                self.n_revised,
                self.n_turns,
                self.n_removed,
            ),
            format!("{} faults: {}", self.faults.len(), kinds.join(", ")),
            format!(
                "send to acknowledgement, over all faults: p50 {p50:.0} ms, p99 {p99:.0} ms, max {max:.0} ms; longest time \
                 without any acknowledgement {silent:.1} s, until second {ended:.0}"
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use protocol::{RoomId, Sequence};

    use super::*;

    #[test]
    fn a_draft_that_is_sent_again_counts_from_the_first_time() {
        let mut tally = Tally::default();
        for (at_ms, event) in [
            (100, Event::Invoke(send())),
            (200, Event::Unknown(send())),
            (900, Event::Invoke(send())),
            (2_600, Event::Ok(send())),
        ] {
            tally.take(&Line { at_ms, client: Some(1), event });
        }

        assert_eq!(tally.acknowledged, [0, 0, 1]);
        assert_eq!(tally.silence, (2_500, 2_600));
        assert!(tally.lines()[2].contains("p50 2500 ms"), "{:?}", tally.lines());
    }

    fn send() -> Act {
        let nonce = Nonce::parse("n1").unwrap();
        Act {
            room: RoomId::parse("general").unwrap(),
            what: What::Send { nonce, sequence: Some(Sequence(1)) },
        }
    }
}
