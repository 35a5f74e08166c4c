//! Nothing acknowledged is lost, doubled or reordered while the server is killed again and again, and members edit,
//! delete, come, go and are removed.

use std::path::Path;

use bench::{
    checker::{self, History},
    ordeal::Ordeal,
};
use chat::ports::Changed;

/// Printed, so that a failing run can be repeated: it decides who does what where, though not how threads meet.
const SEED: u64 = 20_261_124;

#[tokio::test]
async fn what_was_acknowledged_survives_kills() {
    let ordeal = match std::env::var_os("HUBBUB_FULL") {
        Some(_) => Ordeal { n_clients: 50, n_rooms: 5, n_messages: 20_000, n_kills: 5, seed: SEED },
        None => Ordeal { n_clients: 20, n_rooms: 5, n_messages: 4_000, n_kills: 2, seed: SEED },
    };

    let history = ordeal.run(Path::new(env!("CARGO_BIN_EXE_hubbub"))).await.unwrap();

    let anomalies = checker::check(&history);
    let n_messages: usize = history.logs.values().map(Vec::len).sum();
    println!(
        "result: {} clients, {} rooms, {n_messages} messages, {}, {} × kill -9, seed {SEED}: {} messages, {} edits \
         and deletions acknowledged; anomalies: {}",
        ordeal.n_clients,
        ordeal.n_rooms,
        changes_of(&history),
        ordeal.n_kills,
        history.acknowledged.len(),
        history.revised.len(),
        anomalies.len(),
    );
    let named: Vec<_> = anomalies.iter().take(10).map(ToString::to_string).collect();
    assert!(anomalies.is_empty(), "{named:#?}");
    assert!(n_messages as u64 >= ordeal.n_messages);
    assert!(!history.removed.is_empty());
}

/// How much else happened.
fn changes_of(history: &History) -> String {
    let changes = || history.changes.values().flatten().map(|change| &change.what);
    let n_edits = changes().filter(|what| matches!(what, Changed::Edited(_))).count();
    let n_deletions = changes().filter(|what| matches!(what, Changed::Deleted(_))).count();
    // That they came the first time is no change.
    let n_turns: usize = history.turns.values().map(|turns| turns.len().saturating_sub(1)).sum();
    let n_removed = history.removed.len();
    format!(
        "{n_edits} edits, {n_deletions} deletions, {n_turns} membership changes ({n_removed} removed for good)"
    )
}
