//! Who is here, over several nodes.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::FutureExt as _;

use chat::ports::{Bus as _, Channel, Event, LEASE, NodeId, Presence as _, Roster};
use protocol::{ServerMessage, limits};

use super::{
    fresh_hub, general, person,
    world::{Node, Shown, Tab, World, pass, settle},
};

/// A node that was killed is noticed within this time, and not before the other.
const NOTICED_WITHIN: Duration = Duration::from_secs(15);
const NOTICED_AFTER: Duration = Duration::from_secs(6);
/// What a node told before a room began, and wrote down after it, is known within this time.
const FOUND_OUT_WITHIN: Duration = Duration::from_millis(2_500);

#[tokio::test(start_paused = true)]
async fn who_comes_and_goes_on_one_node_is_told_on_the_other() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;

    let bo = there.tab("bo").await;
    settle().await;
    assert_eq!(told(&mut ada, &here).await, ["+bo"]);
    drop(bo);
    pass(limits::ABSENCE_GRACE + Duration::from_secs(1)).await;

    assert_eq!(told(&mut ada, &here).await, ["-bo"]);
}

#[test]
fn a_node_that_ends_while_it_waits_to_ask_who_is_elsewhere_leaves_nothing_behind() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();

    let hub = runtime.block_on(async {
        let hub = fresh_hub().await;
        hub.rosters().await;
        assert!(hub.rosters().now_or_never().is_none(), "it was asked a moment ago");
        Arc::downgrade(&hub)
    });
    drop(runtime);

    assert!(hub.upgrade().is_none());
}

#[tokio::test(start_paused = true)]
async fn who_opens_a_room_first_on_a_node_is_told_of_everybody_at_once() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    let _ada = here.tab("ada").await;
    pass(Duration::from_secs(1)).await;

    let mut bo = there.tab("bo").await;

    assert_eq!(bo.open(&there).await.here, set(["ada", "bo"]));
}

#[tokio::test(start_paused = true)]
async fn who_came_a_moment_before_a_room_began_elsewhere_is_shown_there_at_once_where_little_else_happens() {
    let mut world = World::begin().await;
    let (here, mut tabs) = (world.node(), Vec::new());

    for name in ["ada", "bo", "cy", "di"] {
        pass(Duration::from_millis(1_300)).await; // Whatever happens once a second is at another point.
        tabs.push(here.tab(name).await);
        pass(Duration::from_millis(100)).await;
        let there = world.node();
        let mut late = there.tab("late").await;

        assert!(late.open(&there).await.here.contains(name), "{name}");
        late.leaves(&there);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_told_just_before_a_room_began_and_not_yet_written_down_is_found_out() {
    let mut world = World::begin().await;
    let here = world.node();
    let there = Hand { world: &world, node: NodeId::from_random(77) };
    there.announce(1, &["bo"]).await;
    there.tell(2, &["cy"], &[]).await;
    let mut ada = here.tab("ada").await;
    assert_eq!(ada.open(&here).await.here, set(["ada", "bo"]));

    there.announce(2, &["bo", "cy"]).await;
    pass(FOUND_OUT_WITHIN).await;

    assert_eq!(told(&mut ada, &here).await, ["+cy"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_told_while_presence_was_away_is_found_out_where_the_room_began_meanwhile() {
    let mut world = World::begin().await;
    let here = world.node();
    let there = Hand { world: &world, node: NodeId::from_random(77) };
    there.announce(1, &["bo"]).await;
    (world.cut_presence)(true);
    there.tell(2, &["cy"], &[]).await;
    let mut ada = here.tab("ada").await;
    assert_eq!(ada.open(&here).await.here, set(["ada"]));
    pass(Duration::from_secs(5)).await;

    (world.cut_presence)(false);
    pass(Duration::from_millis(1_500)).await;
    assert_eq!(told(&mut ada, &here).await, ["+bo"], "what is written is read");
    there.announce(2, &["bo", "cy"]).await;
    pass(Duration::from_secs(5)).await;

    assert_eq!(told(&mut ada, &here).await, ["+cy"]);
}

#[tokio::test(start_paused = true)]
async fn a_member_with_tabs_on_two_nodes_is_here_once_and_stays_when_one_closes() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;
    let (one, other) = (here.tab("bo").await, there.tab("bo").await);
    settle().await;

    assert_eq!(told(&mut ada, &here).await, ["+bo"]);
    drop(one);
    pass(2 * limits::ABSENCE_GRACE).await;
    assert_eq!(told(&mut ada, &here).await, [""; 0]);
    other.leaves(&there);
    settle().await;

    assert_eq!(told(&mut ada, &here).await, ["-bo"]);
}

#[tokio::test(start_paused = true)]
async fn the_people_of_a_node_that_was_killed_are_gone_after_its_lease() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;
    let tabs = [there.tab("bo").await, there.tab("cy").await, there.tab("ada").await];
    pass(Duration::from_secs(5)).await;
    told(&mut ada, &here).await;

    there.kill(tabs);
    pass(NOTICED_AFTER).await;
    assert_eq!(told(&mut ada, &here).await, [""; 0], "it might be slow");
    pass(NOTICED_WITHIN.saturating_sub(NOTICED_AFTER)).await;

    assert_eq!(told(&mut ada, &here).await, ["-bo", "-cy"]);
    assert_eq!(here.shows().await, set(["ada"]));
}

#[tokio::test(start_paused = true)]
async fn a_hole_in_what_a_node_tells_is_repaired() {
    let mut world = World::begin().await;
    let here = world.node();
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;
    let there = Hand { world: &world, node: NodeId::from_random(77) };
    there.announce(1, &["bo"]).await;
    there.tell(1, &["bo"], &[]).await;
    settle().await;
    assert_eq!(told(&mut ada, &here).await, ["+bo"]);

    there.announce(3, &["cy", "di"]).await;
    there.tell(3, &["di"], &[]).await;
    pass(Duration::from_millis(100)).await;

    assert_eq!(told(&mut ada, &here).await, ["+cy", "+di", "-bo"]);
    there.tell(2, &["bo"], &[]).await;
    there.tell(3, &["bo"], &[]).await;
    pass(Duration::from_millis(100)).await;
    assert_eq!(told(&mut ada, &here).await, [""; 0], "what comes late changes nothing");
}

#[tokio::test(start_paused = true)]
async fn what_the_bus_lost_is_in_the_roster_of_a_node_that_was_not_known() {
    let mut world = World::begin().await;
    let here = world.node();
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;

    Hand { world: &world, node: NodeId::from_random(77) }.announce(4, &["bo"]).await;
    pass(Duration::from_secs(1)).await;

    assert_eq!(told(&mut ada, &here).await, ["+bo"]);
}

#[tokio::test(start_paused = true)]
async fn nobody_goes_because_rosters_were_forgotten_for_a_moment() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;
    let _bo = there.tab("bo").await;
    pass(Duration::from_secs(4)).await;
    told(&mut ada, &here).await;

    for all in [false, true] {
        world.forget(&there).await;
        if all {
            world.forget(&here).await;
        }
        pass(2 * LEASE).await;

        assert_eq!(told(&mut ada, &here).await, [""; 0]);
        assert_eq!(world.backend.presence.nodes().await.unwrap().len(), 2, "they have said it again");
    }
}

#[tokio::test(start_paused = true)]
async fn while_presence_is_away_everybody_stays_who_was_here() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;
    let _bo = there.tab("bo").await;
    pass(Duration::from_secs(4)).await;
    told(&mut ada, &here).await;

    (world.cut_presence)(true);
    pass(3 * LEASE).await;
    let late = world.node();
    let mut cy = late.tab("cy").await;
    assert_eq!(cy.open(&late).await.here, set(["cy"]), "it serves all the same");
    (world.cut_presence)(false);
    pass(2 * LEASE).await;

    assert_eq!(told(&mut ada, &here).await, ["+cy"]);
    assert_eq!(told(&mut cy, &late).await, ["+ada", "+bo"]);
}

#[tokio::test(start_paused = true)]
async fn who_moves_from_a_node_that_stops_to_another_neither_goes_nor_comes() {
    let mut world = World::begin().await;
    let (here, old, new) = (world.node(), world.node(), world.node());
    let mut ada = here.tab("ada").await;
    let (bo, cy) = (old.tab("bo").await, old.tab("cy").await);
    settle().await;
    ada.open(&here).await;
    pass(Duration::from_secs(2)).await;

    old.drain([bo, cy]).await;
    pass(limits::ABSENCE_GRACE / 2).await;
    let _bo = new.tab("bo").await;
    pass(2 * NOTICED_WITHIN).await;

    assert_eq!(told(&mut ada, &here).await, ["-cy"], "who did not come back");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_has_nobody_says_nothing() {
    let mut world = World::begin().await;
    let (here, _there) = (world.node(), world.node());
    let ada = here.tab("ada").await;
    pass(Duration::from_secs(2)).await;
    assert_eq!(world.backend.presence.nodes().await.unwrap().len(), 1);

    drop(ada);
    pass(limits::ABSENCE_GRACE + Duration::from_secs(2)).await;

    assert!(world.backend.presence.rosters().await.unwrap().is_empty());
    assert_eq!(here.hub.rooms().len(), 0);
}

/// Another node, by hand.
struct Hand<'a> {
    world: &'a World,
    node: NodeId,
}

impl Hand<'_> {
    async fn announce(&self, number: u64, people: &[&str]) {
        let people = people.iter().map(|name| person(name)).collect();
        let roster = Roster { rooms: [(general(), (number, people))].into() };
        self.world.backend.presence.announce(&self.node, &roster).await.unwrap();
    }

    async fn tell(&self, number: u64, came: &[&str], went: &[&str]) {
        let came = came.iter().map(|name| person(name)).collect();
        let went = went.iter().map(|name| person(name).id).collect();
        let event = Event::Presence { node: self.node.clone(), number, came, went };
        self.world.backend.bus.publish(&Channel::Room(general()), &event).await.unwrap();
    }
}

/// Who is said to have come and to have gone since the last time, in order of their names. Who opens the room for a
/// moment is left out.
async fn told(tab: &mut Tab, node: &Node) -> Vec<String> {
    let Shown { before, .. } = tab.open(node).await;
    let mut all = BTreeSet::new();
    for message in before {
        if let ServerMessage::Presence { came, went, .. } = message {
            let came = came.into_iter().map(|person| format!("+{}", person.id));
            all.extend(came.chain(went.into_iter().map(|member| format!("-{member}"))));
        }
    }
    all.retain(|it| !it.ends_with("late"));
    all.into_iter().collect()
}

fn set<const N: usize>(names: [&str; N]) -> BTreeSet<String> {
    names.map(str::to_owned).into()
}
