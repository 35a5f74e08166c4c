//! Nodes are replaced by new ones while people talk.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bench::{crowd::Member, http::get, server::Server, talker::Talker};
use chat::ports::RoomLog as _;
use client::DraftState;
use protocol::{MemberId, MessageText, Sequence};
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::{Instant, sleep},
};

use crate::{
    cluster::{Cluster, free_addr, general, sized},
    figures::alone,
    gate::{Gate, Way},
    tab::SOON,
};

const TALKERS: usize = 20;
/// A node has stopped by then: its connections and its plain requests have five seconds each. Platforms wait for thirty.
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

/// What waits when the restarts are over goes out by then, on a machine that is busy otherwise too.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_mins(2);

#[tokio::test(flavor = "multi_thread")]
async fn a_rolling_restart_costs_nobody_a_message_and_every_node_stops_in_time() {
    let _alone = alone().await;
    let cluster = Cluster::fresh().await;
    let members: [Member; TALKERS] = cluster.members().await;
    let addrs = [free_addr(), free_addr()];
    let gate = Gate::to(Way::To(addrs.to_vec())).await;
    let mut nodes: Vec<Server> = addrs.iter().map(|addr| cluster.node_at(*addr, gate.addr, &[])).collect();
    let (n_restarts, per_second) = sized((3, 100), (20, 300));
    let every = Duration::from_secs(TALKERS as u64) / per_second;
    let (is_over, n_acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut talking = JoinSet::new();
    for (seed, member) in (0..).zip(members) {
        let talker = Talker::new(gate.addr, member, seed, Arc::clone(&n_acknowledged));
        talking.spawn(talk(talker, every, Arc::clone(&is_over)));
    }
    let more_are_acknowledged = async |n: u64| {
        let until = n_acknowledged.load(Ordering::Relaxed) + n;
        let began = Instant::now();
        while n_acknowledged.load(Ordering::Relaxed) < until {
            assert!(began.elapsed() < SOON, "nothing is acknowledged any more");
            sleep(Duration::from_millis(20)).await;
        }
    };
    more_are_acknowledged(2 * TALKERS as u64).await;

    let began = Instant::now();
    let mut longest = Duration::ZERO;
    for _ in 0..n_restarts {
        for at in [0, 1] {
            let (node, asked) = (nodes.remove(at), Instant::now());
            let status = spawn_blocking(move || node.stop()).await.unwrap().unwrap();
            assert!(status.success(), "a node ends with {status}");
            longest = longest.max(asked.elapsed());
            nodes.insert(at, cluster.node_at(addrs[at], gate.addr, &[]));
            until_ready(addrs[at]).await;
            more_are_acknowledged(u64::from(per_second)).await;
        }
    }
    is_over.store(true, Ordering::Relaxed);
    let (mut composed, mut n_refused) = (BTreeMap::new(), 0);
    while let Some(talked) = talking.join_next().await {
        let Talked { by, texts, refused } = talked.unwrap();
        composed.insert(by, texts);
        n_refused += refused;
    }
    let n_composed = composed.values().map(Vec::len).sum::<usize>();

    println!(
        "result: {n_restarts} rolling restarts of two nodes in {:.0} s: {n_composed} messages, {n_refused} refused; \
         the longest stop took {:.1} s",
        began.elapsed().as_secs_f64(),
        longest.as_secs_f64()
    );
    assert_eq!(n_refused, 0);
    assert!(in_the_log(&cluster).await == composed, "each is in the log once, in the order of its author");
    assert!(longest < STOPPED_WITHIN, "{longest:?}");
}

/// What became of one who talked.
struct Talked {
    by: MemberId,
    texts: Vec<String>,
    refused: usize,
}

/// Writes a message every so often until it is over, then waits until none is unsent.
async fn talk(mut talker: Talker, every: Duration, is_over: Arc<AtomicBool>) -> Talked {
    let room = general();
    talker.until(SOON, "the first welcome", |it| it.is_in(&general())).await.unwrap();
    talker.show(&room);
    let (mut texts, mut refused, mut next) = (Vec::new(), 0, Instant::now());
    let mut until = None;
    while until.is_none() || talker.has_unsent(&room) {
        let now = Instant::now();
        if is_over.load(Ordering::Relaxed) {
            let is_time = now < *until.get_or_insert(now + ACKNOWLEDGED_WITHIN);
            let (n_left, status) = (talker.client().n_unsent(), talker.client().status());
            let first = talker.client().drafts(&room).next().map(|entry| entry.state.clone());
            assert!(
                is_time,
                "{n_left} of {} messages are not acknowledged, the first is {first:?}, {status:?}",
                texts.len()
            );
        }
        // Whether they are connected or not, and however late it is.
        while until.is_none() && now >= next {
            let text = format!("message {}", texts.len());
            talker.compose(&room, MessageText::parse(&text).unwrap());
            texts.push(text);
            next += every;
        }
        talker.step().await;
        let drafts = talker.client().drafts(&room);
        refused += drafts.filter(|entry| matches!(entry.state, DraftState::Refused(_))).count();
    }
    Talked { by: talker.member().clone(), texts, refused }
}

/// The texts of each author, in the order of the log.
async fn in_the_log(cluster: &Cluster) -> BTreeMap<MemberId, Vec<String>> {
    let (log, mut from) = (&cluster.backend.log, Sequence::ZERO.next());
    let mut texts: BTreeMap<MemberId, Vec<String>> = BTreeMap::new();
    loop {
        let page = log.read(&general(), from, 500).await.unwrap();
        let Some(last) = page.last() else { return texts };
        from = last.sequence.next();
        for message in page {
            let text = message.text.expect("nothing was deleted");
            texts.entry(message.author).or_default().push(text.as_str().to_owned());
        }
    }
}

async fn until_ready(addr: SocketAddr) {
    let began = Instant::now();
    while get(addr, "/readyz").await.is_ok_and(|(status, _)| status != 200) {
        assert!(began.elapsed() < SOON, "a new node is not ready");
        sleep(Duration::from_millis(20)).await;
    }
}
