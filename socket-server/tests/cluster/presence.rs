//! Who is here, as people on other nodes see it.

use std::{net::SocketAddr, time::Duration};

use bench::{peer::Peer, raw::RawConnection};
use protocol::close::CloseCode;
use tokio::{
    task::{JoinSet, spawn_blocking},
    time::{Instant, sleep},
};

use crate::{
    cluster::{Cluster, sized, until},
    figures::{alone, beside_others},
    http::Metrics,
    redis::count_keys,
    storm::open_files,
    tab::Tab,
};

/// A lease of ten seconds, and a look each second.
const GONE_WITHIN: Duration = Duration::from_secs(15);
/// Longer than the grace of a reload.
const GRACE_IS_OVER: Duration = Duration::from_secs(7);
/// Longer than a lease, and than it takes until a node is missed.
const LEASE_IS_OVER: Duration = Duration::from_secs(15);
const NO_KEYS_WITHIN: Duration = Duration::from_mins(1);
/// A lease is renewed as often, and looked at three times as often.
const HEARTBEAT: Duration = Duration::from_secs(3);
const HEARTBEATS: u32 = 4;
const SETTLED_WITHIN: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn the_people_of_a_node_that_died_are_soon_gone_on_the_others() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let [ada, bo] = cluster.members().await;
    let (dies, lives) = (cluster.node(&[]), cluster.node(&[]));
    let mut bo = Tab::open(lives.addr, &bo).await;
    let ada = Tab::open(dies.addr, &ada).await;
    bo.sees_come(&ada.id()).await;

    let began = Instant::now();
    dies.kill();
    bo.sees_go(&ada.id()).await;

    println!("result: the people of a node that died are gone after {:.1} s", began.elapsed().as_secs_f64());
    assert!(began.elapsed() < GONE_WITHIN, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_on_another_node_in_time_neither_went_nor_came() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let [ada, bo, cy] = cluster.members().await;
    let (here, there) = (cluster.node(&[]), cluster.node(&[]));
    let mut watchers = [Tab::open(here.addr, &bo).await, Tab::open(there.addr, &cy).await];
    let ada_here = Tab::open(here.addr, &ada).await;
    for watcher in &mut watchers {
        watcher.sees_come(&ada_here.id()).await;
    }

    drop(ada_here);
    sleep(Duration::from_secs(2)).await; // So long the network is away.
    let _ada_there = Tab::open(there.addr, &ada).await;

    let [one, other] = &mut watchers;
    let seen = tokio::join!(one.comings_and_goings(GRACE_IS_OVER), other.comings_and_goings(GRACE_IS_OVER));
    let nothing: Vec<String> = Vec::new();
    assert_eq!(seen, (nothing.clone(), nothing));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_people_of_a_node_that_stops_neither_go_nor_come() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let (stops, stays) = (cluster.node(&[]), cluster.node(&[]));
    let mut people = cluster.crowd(6).await;
    let mut watcher = Tab::open(stays.addr, &people.pop().expect("made above")).await;
    let mut moving = JoinSet::new();
    for member in people {
        let tab = Tab::open(stops.addr, &member).await;
        watcher.sees_come(&tab.id()).await;
        let there = stays.addr;
        moving.spawn(async move { (until_restart(tab.peer).await, Tab::open(there, &member).await) });
    }

    let stopping = spawn_blocking(move || stops.stop());
    let mut tabs = Vec::new();
    while let Some(moved) = moving.join_next().await {
        let (code, tab) = moved.unwrap();
        assert_eq!(code, CloseCode::RESTART);
        tabs.push(tab);
    }
    stopping.await.unwrap().unwrap();

    assert_eq!(watcher.comings_and_goings(LEASE_IS_OVER).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_while_after_the_last_one_has_gone_nothing_is_left_in_redis() {
    let _beside = beside_others().await;
    let cluster = Cluster::fresh().await;
    let [ada, bo] = cluster.members().await;
    let nodes = [cluster.node(&[]), cluster.node(&[])];
    let mut ada = Tab::open(nodes[0].addr, &ada).await;
    let bo = Tab::open(nodes[1].addr, &bo).await;
    ada.sees_come(&bo.id()).await;
    until_keys(&cluster.prefix, |n| n > 0).await;

    drop((ada, bo));
    let took = until_keys(&cluster.prefix, |n| n == 0).await;

    println!("result: no key is left {:.1} s after the last client went", took.as_secs_f64());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_heartbeat_takes_as_many_commands_for_a_crowd_as_for_a_few() {
    let _alone = alone().await;
    let (few, many) = sized((20, 200), (100, 10_000));
    open_files(many);
    let cluster = Cluster::fresh().await;
    let nodes = [cluster.node(&[]), cluster.node(&[])];
    let members = cluster.crowd(many + 1).await;
    let _other_node_is_there = Tab::open(nodes[1].addr, &members[many]).await;
    let mut connections = Vec::with_capacity(many);
    let mut commands = Vec::new();
    for n in [few, many] {
        for member in &members[connections.len()..n] {
            connections.push(RawConnection::open(nodes[0].addr, &member.token).await.unwrap());
        }
        until_settled(nodes[0].addr, &mut connections).await;
        commands.push(commands_in(nodes[0].addr, HEARTBEAT * HEARTBEATS).await);
    }

    println!(
        "result: {HEARTBEATS} heartbeats of a node took {} commands with {few} people, {} with {many}",
        commands[0], commands[1]
    );
    assert!(commands[0] > 0.0 && (commands[0] - commands[1]).abs() <= 2.0, "{commands:?}");
}

/// The commands by which a node tells that it lives and hears who else does, in a time.
async fn commands_in(addr: SocketAddr, time: Duration) -> f64 {
    let before = Metrics::of(addr).await.commands_for("presence");
    sleep(time).await;
    Metrics::of(addr).await.commands_for("presence") - before
}

/// Waits until nothing but heartbeats goes to Redis. Shows that everybody lives, and passes over what they are told, as among
/// many there is always one who is told the heads.
async fn until_settled(addr: SocketAddr, connections: &mut [RawConnection]) {
    let (began, mut buffer) = (Instant::now(), vec![0; 1 << 16]);
    loop {
        for connection in connections.iter_mut() {
            connection.sign_of_life().await.unwrap();
            while connection.drain(&mut buffer).unwrap() > 0 {}
        }
        let n_commands = commands_in(addr, HEARTBEAT).await;
        // As a rule two of the lease and three looks: there is no news in it.
        if n_commands <= 6.0 {
            return;
        }
        assert!(began.elapsed() < SETTLED_WITHIN, "{n_commands} commands a heartbeat");
    }
}

/// Passes everything over until the connection ends, and returns by what code.
async fn until_restart(mut peer: Peer) -> CloseCode {
    loop {
        if let Err(code) = peer.hear().await {
            return code;
        }
    }
}

/// Waits until so many keys are there, and returns how long it took.
async fn until_keys(prefix: &str, are_wanted: impl Fn(usize) -> bool) -> Duration {
    let prefix = format!("{prefix}:");
    let is_so = async || {
        let asked = prefix.clone();
        are_wanted(spawn_blocking(move || count_keys(&asked)).await.unwrap())
    };
    until("as many keys as are wanted", NO_KEYS_WITHIN, is_so).await
}
