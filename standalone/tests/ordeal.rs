//! Nothing acknowledged is lost, doubled or reordered while the server is killed again and again.

use std::path::Path;

use bench::{checker, ordeal::Ordeal};

/// Printed, so that a failing run can be repeated: it decides who writes where, though not how threads meet.
const SEED: u64 = 20_261_124;

#[tokio::test]
async fn what_was_acknowledged_survives_kills() {
    let ordeal = match std::env::var_os("HUBBUB_FULL") {
        Some(_) => Ordeal { n_clients: 50, n_rooms: 5, n_messages: 20_000, n_kills: 5, seed: SEED },
        None => Ordeal { n_clients: 20, n_rooms: 5, n_messages: 4_000, n_kills: 2, seed: SEED },
    };

    let history = ordeal.run(Path::new(env!("CARGO_BIN_EXE_hubbub"))).await.unwrap();

    let anomalies = checker::check(&history);
    let n_durable: usize = history.logs.values().map(Vec::len).sum();
    println!(
        "result: {} clients, {} rooms, {n_durable} messages, {} × kill -9, seed {SEED}: {} acknowledged, \
         lost, doubled or reordered: {}",
        ordeal.n_clients,
        ordeal.n_rooms,
        ordeal.n_kills,
        history.acknowledged.len(),
        anomalies.len(),
    );
    let named: Vec<_> = anomalies.iter().take(10).map(ToString::to_string).collect();
    assert!(anomalies.is_empty(), "{named:#?}");
    assert_eq!(n_durable as u64, ordeal.n_messages);
}
