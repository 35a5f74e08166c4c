//! One Redis, many who use it at once: nobody is in another's way, and nothing is left behind.

use backend_aws::RedisCommands;
use chat::ports::{Bus as _, Heard, NodeId, Presence as _, Roster, Typist};
use futures::future::join_all;
use protocol::{MemberId, MemberName, Person, RoomId, Sequence};

use crate::engine::{Engine, check_heard, fresh_prefix, next, numbered, room};

/// Stamps the tests of this file for an engine.
macro_rules! tests {
    ($engine:expr) => {
        $crate::sharing::tests!($engine;
            prefixes_are_apart,
            who_comes_and_goes_at_once_hears_all,
            who_comes_late_hears_nothing_from_before,
            nothing_is_left_of_nodes_that_withdrew,
            a_node_without_a_roster_is_registered_no_longer,
            commands_are_counted_by_kind,
        );
    };
    ($engine:expr; $($test:ident),+ $(,)?) => {
        $(
            #[tokio::test]
            async fn $test() {
                $crate::sharing::$test(&$engine).await;
            }
        )+
    };
}
pub(crate) use tests;

pub(crate) async fn prefixes_are_apart(engine: &Engine) {
    let (one, other) = (engine.fresh().await, engine.fresh().await);
    let mut hearing = one.bus().subscribe(&room("lobby")).await.unwrap();
    one.presence().announce(&node(1), &Roster::default()).await.unwrap();

    other.bus().publish(&room("lobby"), &numbered(1)).await.unwrap();
    let nodes = other.presence().nodes().await.unwrap();

    assert!(nodes.is_empty());
    check_heard(&one, &room("lobby"), &mut hearing).await;
}

/// A channel is begun and left by many at once: each hears what is told after it has begun.
pub(crate) async fn who_comes_and_goes_at_once_hears_all(engine: &Engine) {
    const N_SUBSCRIBERS: u64 = 20;
    const N_TIMES: u64 = 25;
    let bus = engine.fresh().await.bus();

    let subscribers = (0..N_SUBSCRIBERS).map(async |subscriber| {
        for time in 0..N_TIMES {
            let event = numbered(subscriber * N_TIMES + time);
            let mut hearing = bus.subscribe(&room("lobby")).await.unwrap();
            bus.publish(&room("lobby"), &event).await.unwrap();
            loop {
                match next(&mut hearing).await.expect("it does not end") {
                    Heard::Event(heard) if heard == event => break,
                    Heard::Event(_) => {}
                    Heard::Lost => panic!("events were lost"),
                }
            }
        }
    });

    join_all(subscribers).await;
}

/// What is told is under way to who hears already, while another comes.
pub(crate) async fn who_comes_late_hears_nothing_from_before(engine: &Engine) {
    let prefix = fresh_prefix();
    let (bus, elsewhere) = (engine.prefixed(&prefix).await.bus(), engine.prefixed(&prefix).await.bus());
    let mut first = bus.subscribe(&room("lobby")).await.unwrap();

    for n in 0..500 {
        elsewhere.publish(&room("lobby"), &numbered(2 * n)).await.unwrap();
        let mut late = bus.subscribe(&room("lobby")).await.unwrap();
        elsewhere.publish(&room("lobby"), &numbered(2 * n + 1)).await.unwrap();

        assert_eq!(next(&mut late).await, Some(Heard::Event(numbered(2 * n + 1))));
        assert_eq!(next(&mut first).await, Some(Heard::Event(numbered(2 * n))));
        assert_eq!(next(&mut first).await, Some(Heard::Event(numbered(2 * n + 1))));
    }
}

pub(crate) async fn nothing_is_left_of_nodes_that_withdrew(engine: &Engine) {
    let prefix = fresh_prefix();
    let redis = engine.prefixed(&prefix).await;
    let presence = redis.presence();
    for n in 0..3 {
        presence.announce(&node(n), &Roster::default()).await.unwrap();
    }
    assert_eq!(engine.keys(&prefix).await.len(), 4);

    for n in 0..3 {
        presence.withdraw(&node(n)).await.unwrap();
    }

    assert_eq!(engine.keys(&prefix).await, [""; 0]);
}

/// The key of a roster may go alone: evicted, or with the one node of a cluster that had it.
pub(crate) async fn a_node_without_a_roster_is_registered_no_longer(engine: &Engine) {
    let prefix = fresh_prefix();
    let redis = engine.prefixed(&prefix).await;
    let presence = redis.presence();
    presence.announce(&node(1), &Roster::default()).await.unwrap();
    presence.announce(&node(2), &Roster::default()).await.unwrap();
    engine.delete(&format!("{prefix}node:{}", node(1))).await;

    let rosters = presence.rosters().await.unwrap();

    assert_eq!(rosters.into_keys().collect::<Vec<_>>(), [node(2)]);
    assert_eq!(presence.nodes().await.unwrap().into_iter().collect::<Vec<_>>(), [node(2)]);
    assert!(!presence.renew(&node(1)).await.unwrap());
}

pub(crate) async fn commands_are_counted_by_kind(engine: &Engine) {
    let redis = engine.fresh().await;
    let (bus, presence) = (redis.bus(), redis.presence());

    let _hearing = bus.subscribe(&room("lobby")).await.unwrap();
    bus.publish(&room("lobby"), &numbered(1)).await.unwrap();
    let of_bus = redis.commands();
    presence.announce(&node(1), &Roster::default()).await.unwrap();
    let announced = redis.commands();
    presence.renew(&node(1)).await.unwrap();
    presence.nodes().await.unwrap();
    let renewed = redis.commands();
    let typist = Typist { person: ada(), head: Sequence(7) };
    presence.typed(&RoomId::parse("lobby").unwrap(), &typist).await.unwrap();
    presence.typing(&RoomId::parse("lobby").unwrap()).await.unwrap();

    assert_eq!(of_bus.publish, 1);
    assert!((1..=2).contains(&of_bus.subscribe), "{of_bus:?}");
    assert_eq!(announced.presence, 2);
    assert_eq!(renewed.presence, announced.presence + 3);
    assert_eq!(redis.commands(), RedisCommands { typing: 2, upkeep: redis.commands().upkeep, ..renewed });
}

fn node(n: u64) -> NodeId {
    NodeId::from_random(n)
}

fn ada() -> Person {
    Person { id: MemberId::parse("ada").unwrap(), name: MemberName::parse("Ada").unwrap(), guest: false }
}
