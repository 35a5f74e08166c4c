//! Whether a node says that it can serve, and whether it starts at all.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};

use bench::http::get;
use tokio::{task::block_in_place, time::sleep};

use crate::{
    cluster::{Cluster, NODE, until},
    figures::beside_others,
    gate::{Gate, Way},
    tab::SOON,
};

/// Who runs a node wants to know by then that it cannot serve.
const NOTICED_WITHIN: Duration = Duration::from_secs(10);
/// Longer than a node asks by itself before it tells that the store does not answer.
const AWAY_FOR: Duration = Duration::from_secs(7);

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_store_is_away_is_alive_but_not_ready_until_it_is_back() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let dynamodb: SocketAddr =
        engines::told("HUBBUB_TEST_DYNAMODB").trim_start_matches("http://").parse().unwrap();
    let there = Way::To(vec![dynamodb]);
    let gate = Gate::to(there.clone()).await;
    let node = cluster.node(&[("HUBBUB_DYNAMODB_ENDPOINT", &format!("http://{}", gate.addr))]);
    until_status(node.addr, 200, SOON).await;

    for away in [Way::Shut, Way::StoppedUp] {
        gate.lead(away.clone());
        let took = until_status(node.addr, 503, NOTICED_WITHIN).await;
        assert_eq!(get(node.addr, "/healthz").await.unwrap().0, 200);
        println!("result: readiness failed {:.1} s after the store was {away:?}", took.as_secs_f64());

        gate.lead(there.clone());
        until_status(node.addr, 200, NOTICED_WITHIN).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_starts_while_its_store_is_away_serves_as_soon_as_that_is_there() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let dynamodb: SocketAddr =
        engines::told("HUBBUB_TEST_DYNAMODB").trim_start_matches("http://").parse().unwrap();
    let gate = Gate::to(Way::StoppedUp).await;
    let endpoint = format!("http://{}", gate.addr);

    let coming_back = tokio::spawn(async move {
        sleep(AWAY_FOR).await;
        gate.lead(Way::To(vec![dynamodb]));
        gate
    });
    let node = block_in_place(|| cluster.node(&[("HUBBUB_DYNAMODB_ENDPOINT", &endpoint)]));

    let _gate = coming_back.await.unwrap();
    until_status(node.addr, 200, NOTICED_WITHIN).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_waits_for_its_store_stops_when_it_is_told_to() {
    let cluster = Cluster::fresh().await;
    let gate = Gate::to(Way::Shut).await;
    let endpoint = format!("http://{}", gate.addr);
    let mut node = cluster.process(&[("HUBBUB_DYNAMODB_ENDPOINT", &endpoint), ("HUBBUB_LOG", "warn")]);
    let mut said = BufReader::new(node.stderr.take().unwrap()).lines();
    block_in_place(|| said.find(|line| line.as_ref().unwrap().contains("not there yet"))).unwrap().unwrap();

    let status = block_in_place(|| {
        Command::new("kill").arg(node.id().to_string()).status().unwrap();
        node.wait().unwrap()
    });

    assert!(status.success(), "{status}");
}

#[test]
fn a_node_that_would_hear_of_no_other_is_refused_at_its_start() {
    let said = refused(&[("HUBBUB_STORE", "dynamodb"), ("HUBBUB_BUS", "local")]);

    assert!(said.contains("HUBBUB_BUS is `local`") && said.contains("give it a Redis"), "{said}");
}

#[test]
fn a_node_that_would_have_its_store_to_itself_is_refused_at_its_start() {
    let said = refused(&[("HUBBUB_STORE", "sqlite"), ("HUBBUB_BUS", "redis://127.0.0.1:1")]);

    assert!(said.contains("HUBBUB_STORE is SQLite") && said.contains("dynamodb"), "{said}");
}

/// Asks until that is answered, and returns how long it took.
async fn until_status(addr: SocketAddr, wanted: u16, within: Duration) -> Duration {
    let is_so = async || get(addr, "/readyz").await.unwrap().0 == wanted;
    until(&format!("/readyz answers {wanted}"), within, is_so).await
}

/// What a node says that does not start. One that does is ended.
fn refused(settings: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new("timeout")
        .args([&SOON.as_secs().to_string(), NODE])
        .envs(settings.iter().copied())
        .env("HUBBUB_ADDR", "127.0.0.1:0")
        .env("HUBBUB_DATA", folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}
