//! What presence is. Behaviours take it, and a function that lets a time pass on its clock.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use protocol::{Person, RoomId, limits};

use super::{unique, unique_account, unique_guest, unique_name, unique_room};
use crate::ports::{LEASE, NodeId, Presence, Roster};

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
    let (ada, bo, cy) = (unique_account(), unique_guest(), unique_guest());

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

    presence.typed(&room, &person).await.unwrap();
    presence.typed(&room, &person).await.unwrap();
    assert_eq!(typing(&presence, &room).await, [person]);
    presence.typed(&room, &renamed).await.unwrap();

    assert_eq!(typing(&presence, &room).await, [renamed]);
}

pub async fn a_claim_to_be_typing_lapses((presence, pass): (impl Presence, impl AsyncFn(Duration))) {
    let (room, stopped, goes_on) = (unique_room(), unique_account(), unique_guest());
    presence.typed(&room, &stopped).await.unwrap();
    presence.typed(&room, &goes_on).await.unwrap();

    pass(limits::TYPING_LAPSES * 3 / 5).await;
    let meanwhile = typing(&presence, &room).await;
    presence.typed(&room, &goes_on).await.unwrap();
    pass(limits::TYPING_LAPSES * 3 / 5).await;
    let afterwards = typing(&presence, &room).await;

    assert_eq!(meanwhile, sorted([stopped, goes_on.clone()]));
    assert_eq!(afterwards, [goes_on]);
}

/// The nodes that are known, with their rosters and without.
async fn known(presence: &impl Presence) -> [BTreeSet<NodeId>; 2] {
    let rosters = presence.rosters().await.unwrap();
    [rosters.into_keys().collect(), presence.nodes().await.unwrap()]
}

/// Who types in a room, by id.
async fn typing(presence: &impl Presence, room: &RoomId) -> Vec<Person> {
    sorted(presence.typing(room).await.unwrap())
}

fn sorted(people: impl Into<Vec<Person>>) -> Vec<Person> {
    let mut people = people.into();
    people.sort_by(|one, other| one.id.cmp(&other.id));
    people
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
