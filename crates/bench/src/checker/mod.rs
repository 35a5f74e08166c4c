//! Judges a run: was anything acknowledged lost, doubled or reordered, and did anybody see or do what they may not?

mod anomaly;
mod changes;
mod history;
mod members;
mod messages;
mod views;

#[cfg(test)]
mod tests;

pub use self::{
    anomaly::Anomaly,
    history::{
        Asked, Bounds, Composed, Entry, History, Moment, NOTICED_WITHIN, Removed, Revised, Screen, View,
    },
};

/// Names everything that must not have happened; nothing for a good run.
pub fn check(history: &History) -> Vec<Anomaly> {
    let stuck = history.stuck.iter().cloned().map(|(member, at)| Anomaly::Stuck { member, at });
    let mut anomalies = messages::check(history);
    anomalies.extend(changes::check(history));
    anomalies.extend(views::check(history));
    anomalies.extend(members::check(history));
    anomalies.extend(stuck);
    anomalies
}
