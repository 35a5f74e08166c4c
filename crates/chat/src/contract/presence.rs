//! What presence is. Behaviours take it, and a function that lets a time pass on its clock.

use std::{collections::BTreeMap, time::Duration};

use super::{unique, unique_account, unique_guest, unique_room};
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

    let rosters = presence.rosters().await.unwrap();
    assert_eq!(rosters.get(&one.0), None);
    assert_eq!(rosters.get(&other.0), Some(&other.1));
}

pub async fn a_node_that_falls_silent_is_gone((presence, pass): (impl Presence, impl AsyncFn(Duration))) {
    let node = unique_node();
    presence.announce(&node, &unique_roster()).await.unwrap();

    pass(LEASE / 2).await;
    let halfway = presence.rosters().await.unwrap();
    pass(LEASE).await;
    let afterwards = presence.rosters().await.unwrap();

    assert!(halfway.contains_key(&node));
    assert!(!afterwards.contains_key(&node));
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
}

pub async fn what_is_not_known_cannot_be_renewed((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let node = unique_node();

    assert!(!presence.renew(&node).await.unwrap());
    assert!(!presence.rosters().await.unwrap().contains_key(&node));
}

pub async fn a_node_that_withdraws_is_gone_at_once((presence, _): (impl Presence, impl AsyncFn(Duration))) {
    let node = unique_node();
    presence.announce(&node, &unique_roster()).await.unwrap();

    presence.withdraw(&node).await.unwrap();
    presence.withdraw(&node).await.unwrap();

    assert!(!presence.rosters().await.unwrap().contains_key(&node));
    assert!(!presence.renew(&node).await.unwrap());
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
