//! What presence is. Behaviours take it, and a function that lets a time pass on its clock.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use protocol::{Person, RoomId, Sequence, limits};

use super::{unique, unique_account, unique_guest, unique_name, unique_room};
use crate::ports::{LEASE, NodeId, Presence, Roster, Typist};

/// Stamps one test per behaviour; `$fresh` makes presence and an async function that lets a time pass.
#[macro_export]
macro_rules! presence_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(presence, $fresh;
            what_a_node_announces_is_known,
            a_node_with_nobody_is_known_too,
            the_last_word_of_a_node_counts,
            nodes_speak_for_themselves,
            a_node_that_falls_silent_is_gone,
            a_node_that_renews_stays,
            what_is_not_known_cannot_be_renewed,
            a_node_that_withdraws_is_gone_at_once,
            who_types_is_known_in_that_room_alone,
            who_types_is_there_once,
            a_claim_to_be_typing_lapses,
        );
    };
}

pub async fn what_a_node_announces_is_known((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let (node, roster) = (unique_node(), unique_roster());

    presence.announce(&node, &roster).await.unwrap();

    assert_eq!(presence.rosters().await.unwrap().get(&node), Some(&roster));
}

pub async fn a_node_with_nobody_is_known_too((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let node = unique_node();

    presence.announce(&node, &Roster::default()).await.unwrap();

    assert_eq!(presence.rosters().await.unwrap().get(&node), Some(&Roster::default()));
    assert!(presence.renew(&node).await.unwrap());
}

pub async fn the_last_word_of_a_node_counts((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let (node, roster) = (unique_node(), unique_roster());

    presence.announce(&node, &unique_roster()).await.unwrap();
    presence.announce(&node, &roster).await.unwrap();

    assert_eq!(presence.rosters().await.unwrap().get(&node), Some(&roster));
}

pub async fn nodes_speak_for_themselves((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let (one, other) = ((unique_node(), unique_roster()), (unique_node(), unique_roster()));

    presence.announce(&one.0, &one.1).await.unwrap();
    presence.announce(&other.0, &other.1).await.unwrap();
    presence.withdraw(&one.0).await.unwrap();

    let (rosters, nodes) = (presence.rosters().await.unwrap(), presence.nodes().await.unwrap());
    assert_eq!(rosters.get(&one.0), None);
    assert_eq!(rosters.get(&other.0), Some(&other.1));
    assert!(!nodes.contains(&one.0));
    assert!(nodes.contains(&other.0));
}

pub async fn a_node_that_falls_silent_is_gone((presence, pass): (impl Presence, impl AsyncFn(Duration))) {
    let node = unique_node();
    presence.announce(&node, &unique_roster()).await.unwrap();

    pass(LEASE / 2).await;
    let halfway = known(&presence).await;
    pass(LEASE).await;
    let afterwards = known(&presence).await;

    assert!(halfway.iter().all(|nodes| nodes.contains(&node)));
    assert!(!afterwards.iter().any(|nodes| nodes.contains(&node)));
    assert!(!presence.renew(&node).await.unwrap());
}

pub async fn a_node_that_renews_stays((presence, pass): (impl Presence, impl AsyncFn(Duration))) {
    let (node, roster) = (unique_node(), unique_roster());
    presence.announce(&node, &roster).await.unwrap();

    for _ in 0..3 {
        pass(LEASE / 2).await;
        assert!(presence.renew(&node).await.unwrap());
    }

    assert_eq!(presence.rosters().await.unwrap().get(&node), Some(&roster));
    assert!(presence.nodes().await.unwrap().contains(&node));
}

pub async fn what_is_not_known_cannot_be_renewed((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let node = unique_node();

    assert!(!presence.renew(&node).await.unwrap());
    assert!(!known(&presence).await.iter().any(|nodes| nodes.contains(&node)));
}

pub async fn a_node_that_withdraws_is_gone_at_once((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let node = unique_node();
    presence.announce(&node, &unique_roster()).await.unwrap();

    presence.withdraw(&node).await.unwrap();
    presence.withdraw(&node).await.unwrap();

    assert!(!known(&presence).await.iter().any(|nodes| nodes.contains(&node)));
    assert!(!presence.renew(&node).await.unwrap());
}

pub async fn who_types_is_known_in_that_room_alone((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let (one, other, quiet) = (unique_room(), unique_room(), unique_room());
    let (ada, bo, cy) = (types(unique_account(), 0), types(unique_guest(), 7), types(unique_guest(), 7));

    presence.typed(&one, &ada).await.unwrap();
    presence.typed(&one, &bo).await.unwrap();
    presence.typed(&other, &cy).await.unwrap();

    assert_eq!(typing(&presence, &one).await, sorted([ada, bo]));
    assert_eq!(typing(&presence, &other).await, [cy]);
    assert_eq!(typing(&presence, &quiet).await, []);
}

pub async fn who_types_is_there_once((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let (room, person) = (unique_room(), unique_guest());
    let renamed = Person { name: unique_name(), guest: false, ..person.clone() };
    let (first, later) = (types(person.clone(), 9), types(person, 10));

    presence.typed(&room, &first).await.unwrap();
    presence.typed(&room, &first).await.unwrap();
    assert_eq!(typing(&presence, &room).await, [first]);
    presence.typed(&room, &later).await.unwrap();
    assert_eq!(typing(&presence, &room).await, [later]);
    presence.typed(&room, &types(renamed.clone(), 10)).await.unwrap();

    assert_eq!(typing(&presence, &room).await, [types(renamed, 10)]);
}

pub async fn a_claim_to_be_typing_lapses((presence, pass): (impl Presence, impl AsyncFn(Duration))) {
    let (room, stopped, goes_on) = (unique_room(), types(unique_account(), 3), types(unique_guest(), 3));
    presence.typed(&room, &stopped).await.unwrap();
    presence.typed(&room, &goes_on).await.unwrap();

    pass(limits::TYPING_LAPSES * 3 / 5).await;
    let meanwhile = typing(&presence, &room).await;
    let left: Vec<Duration> =
        presence.typing(&room).await.unwrap().into_iter().map(|(_, left)| left).collect();
    presence.typed(&room, &goes_on).await.unwrap();
    pass(limits::TYPING_LAPSES * 3 / 5).await;
    let afterwards = typing(&presence, &room).await;

    assert_eq!(meanwhile, sorted([stopped, goes_on.clone()]));
    assert_eq!(afterwards, [goes_on]);
    // Redis counts in thousandths of a second, and a little more for who claims at the same moment.
    let most = limits::TYPING_LAPSES * 2 / 5 + Duration::from_millis(2);
    assert!(left.iter().all(|left| *left <= most), "{left:?}");
}

/// The nodes that are known, with their rosters and without.
async fn known(presence: &impl Presence) -> [BTreeSet<NodeId>; 2] {
    let rosters = presence.rosters().await.unwrap();
    [rosters.into_keys().collect(), presence.nodes().await.unwrap()]
}

/// Who types in a room, by id.
async fn typing(presence: &impl Presence, room: &RoomId) -> Vec<Typist> {
    let typing = presence.typing(room).await.unwrap().into_iter();
    let (typists, left): (Vec<Typist>, Vec<Duration>) = typing.unzip();
    assert!(left.iter().all(|left| *left <= limits::TYPING_LAPSES + Duration::from_millis(2)), "{left:?}");
    sorted(typists)
}

fn types(person: Person, head: u64) -> Typist {
    Typist { person, head: Sequence(head) }
}

fn sorted(typists: impl Into<Vec<Typist>>) -> Vec<Typist> {
    let mut typists = typists.into();
    typists.sort_by(|one, other| one.person.id.cmp(&other.person.id));
    typists
}

fn unique_node() -> NodeId {
    NodeId::from_random(unique())
}

fn unique_roster() -> Roster {
    let rooms = [
        (unique_room(), (3, vec![unique_account(), unique_guest()])),
        (unique_room(), (41, vec![unique_guest()])),
        (unique_room(), (7, Vec::new())),
    ];
    Roster { rooms: BTreeMap::from(rooms) }
}
