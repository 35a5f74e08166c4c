//! Who types, as people on other nodes see it: with the client that browsers have.

use std::{
    net::SocketAddr,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use bench::{crowd::Member, talker::Talker};
use protocol::ClientMessage;
use tokio::time::{Instant, sleep};

use crate::{
    cluster::{Cluster, general, sized},
    figures::alone,
    tab::{SOON, Tab},
};

const SEEN_WITHIN: Duration = Duration::from_millis(100);
/// A claim lapses after five seconds.
const GONE_WITHIN: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread")]
async fn who_types_is_seen_on_another_node_at_once_by_who_comes_late_too_and_not_for_longer_than_it_holds() {
    let _alone = alone().await;
    let cluster = Cluster::fresh().await;
    let [ada, bo, cy, dan] = cluster.members().await;
    let [here, there, elsewhere] = [cluster.node(&[]), cluster.node(&[]), cluster.node(&[])];
    let mut ada = Tab::open(here.addr, &ada).await;
    let who = ada.id();
    let mut bo = shows(there.addr, bo).await;

    let typed = Instant::now();
    ada.say(&ClientMessage::Typing { room: general() }).await;
    bo.until(SOON, "somebody types", |it| types(it, &who)).await.unwrap();
    let took = typed.elapsed();
    println!("result: who types is seen on another node after {:.1} ms", took.as_secs_f64() * 1e3);
    // A quick run may share the machine with builds.
    assert!(took < sized(10 * SEEN_WITHIN, SEEN_WITHIN), "{took:?}");

    sleep(Duration::from_secs(2)).await;
    let (_cy, shown_there) = Tab::open_and_see_who_types(there.addr, &cy).await;
    assert_eq!(shown_there, [who.as_str()], "where the room was active");
    // What is written down is asked for while the room begins: it is in the answer, or right behind it.
    let mut dan = shows(elsewhere.addr, dan).await;
    dan.until(SOON, "it is seen that somebody types", |it| types(it, &who)).await.unwrap();
    assert!(typed.elapsed() < GONE_WITHIN);

    here.kill();
    bo.until(SOON, "nobody types", |it| !types(it, &who)).await.unwrap();
    assert!(typed.elapsed() < GONE_WITHIN, "{:?}", typed.elapsed());
}

/// Somebody's client, which shows the room.
async fn shows(addr: SocketAddr, member: Member) -> Talker {
    let mut talker = Talker::new(addr, member, 1, Arc::new(AtomicU64::new(0)));
    talker.until(SOON, "the welcome", |it| it.is_in(&general())).await.unwrap();
    talker.show(&general());
    talker.until(SOON, "the room", |it| it.client().timeline(&general()).is_some()).await.unwrap();
    talker
}

fn types(talker: &Talker, who: &str) -> bool {
    talker.client().typing(&general()).iter().any(|person| person.id.as_str() == who)
}
