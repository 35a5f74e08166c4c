//! What the bus between nodes does, and how it is without.

use std::{collections::HashMap, time::Duration};

use bench::peer::Peer;
use protocol::{Nonce, Sequence, ServerMessage};
use tokio::{
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, timeout},
};

use crate::{
    cluster::{Cluster, free_addr, sized},
    figures::{Times, alone},
    http::Metrics,
    redis::Redis,
    tab::{SOON, Tab},
};

/// From durable on one node to the screen on another.
const SEEN_WITHIN: Duration = Duration::from_millis(25);
/// Without the bus: a look into the store each second, and what that takes.
const SEEN_WITHOUT_BUS: Duration = Duration::from_millis(1_100);

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_seen_on_another_node_at_once_and_no_node_reads_the_store_for_it() {
    let _alone = alone().await;
    let cluster = Cluster::fresh().await;
    let [ada, bo] = cluster.members().await;
    // What comes within a minute comes by the bus.
    let settings = [("HUBBUB_HEADS_SECONDS", "60")];
    let nodes = [cluster.node(&settings), cluster.node(&settings)];
    let (mut ada, mut bo) = (Tab::open(nodes[0].addr, &ada).await, Tab::open(nodes[1].addr, &bo).await);
    exchange(&mut ada, &mut bo, 10).await;
    let reads = async || {
        let [here, there] = [Metrics::of(nodes[0].addr).await, Metrics::of(nodes[1].addr).await];
        here.log_reads() + there.log_reads()
    };

    let before = reads().await;
    let (sent, durable) = exchange(&mut ada, &mut bo, sized(200, 2_000)).await;
    let n_reads = reads().await - before;

    sent.tell("between two nodes, send to seen");
    durable.tell("between two nodes, durable to seen");
    // A quick run may share the machine with builds.
    let most = durable.percentile(sized(50, 99));
    assert!(most < SEEN_WITHIN, "{most:?}");
    assert!(n_reads == 0.0, "the log was read {n_reads} times");
}

/// That shows that the test above can fail.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_the_bus_loses_comes_with_the_next_look_into_the_store() {
    let _alone = alone().await;
    let cluster = Cluster::fresh().await;
    let [ada, bo] = cluster.members().await;
    let (elsewhere, every_second) = (Redis::start(), ("HUBBUB_HEADS_SECONDS", "1"));
    let nodes =
        [cluster.node(&[every_second, ("HUBBUB_BUS", &elsewhere.url)]), cluster.node(&[every_second])];
    let (mut ada, mut bo) = (Tab::open(nodes[0].addr, &ada).await, Tab::open(nodes[1].addr, &bo).await);

    let (_, durable) = exchange(&mut ada, &mut bo, sized(5, 20)).await;

    durable.tell("between two nodes, durable to seen, where the bus loses everything");
    let half = durable.percentile(50);
    assert!(half > SEEN_WITHIN, "{half:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_from_start_to_end_every_message_reaches_every_node_within_a_second() {
    let _alone = alone().await;
    let cluster = Cluster::fresh_on(&format!("redis://{}", free_addr())).await;
    let [ada, bo, cy] = cluster.members().await;
    let nodes = [cluster.node(&[]), cluster.node(&[]), cluster.node(&[])];
    let mut ada = Tab::open(nodes[0].addr, &ada).await;
    let mut watching = JoinSet::new();
    let n_messages = sized(100, 1_000);
    for (node, member) in nodes[1..].iter().zip([&bo, &cy]) {
        let tab = Tab::open(node.addr, member).await;
        watching.spawn(arrivals(tab.peer, n_messages));
    }

    let mut said = HashMap::new();
    let mut ticks = interval(Duration::from_millis(37)); // In step with no second.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut since = Sequence::ZERO;
    for _ in 0..n_messages {
        ticks.tick().await;
        let at = Instant::now();
        let nonce = ada.send(since).await;
        since = ada.acknowledged(&nonce).await.0;
        said.insert(nonce, at);
    }
    let mut times = Vec::new();
    while let Some(seen) = timeout(SOON, watching.join_next()).await.expect("all is seen") {
        let seen = seen.unwrap();
        times.extend(said.iter().map(|(nonce, at)| seen[nonce] - *at));
    }

    let times = Times::of(times);
    times.tell("without Redis, send to seen on other nodes");
    let most = times.percentile(sized(50, 99));
    assert!(most <= SEEN_WITHOUT_BUS, "{most:?}");
}

/// Sends messages one by one. Returns how long after each was sent, and after its sender was told that it is durable, it
/// was seen by another.
async fn exchange(speaker: &mut Tab, listener: &mut Tab, n: usize) -> (Times, Times) {
    let (mut since_sent, mut since_durable) = (Vec::new(), Vec::new());
    let mut since = Sequence::ZERO;
    for _ in 0..n {
        let at = Instant::now();
        let nonce = speaker.send(since).await;
        let ((sequence, durable), seen) = tokio::join!(speaker.acknowledged(&nonce), listener.sees(&nonce));
        since = sequence;
        since_sent.push(seen - at);
        since_durable.push(seen.saturating_duration_since(durable));
    }
    (Times::of(since_sent), Times::of(since_durable))
}

/// When each of so many messages came.
async fn arrivals(mut peer: Peer, n: usize) -> HashMap<Nonce, Instant> {
    let mut seen = HashMap::new();
    while seen.len() < n {
        if let ServerMessage::Messages { page } = peer.hear().await.expect("the connection lives") {
            let now = Instant::now();
            seen.extend(page.messages.into_iter().map(|message| (message.nonce, now)));
        }
    }
    seen
}
