//! The bus is away, and what passes between nodes when it is there.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use futures::StreamExt as _;
use tokio::time::Instant;

use backend::{
    Backend,
    simulation::{Passage, Shared},
};
use chat::{
    accounts,
    ports::{Actor, Bus as _, Channel, Deed, Event, Heard, Memberships as _, RoomLog as _},
};
use protocol::{Heads, RequestId, RoomId, RoomInfo, Sequence, ServerMessage, limits};

use super::{
    Command, Opening,
    behind::between,
    draft, general, info, person, start, until,
    world::{Shown, Tab, World, pass, settle},
};
use crate::hub::{hear_of_members, timestamp};

/// What comes within this time came by the bus: the heads are read again much later.
const BY_THE_BUS: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn without_the_bus_messages_reach_other_nodes_within_about_a_second_and_once() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    let (mut ada, mut bo) = (here.tab("ada").await, there.tab("bo").await);
    ada.open(&here).await;
    bo.open(&there).await;

    ada.send(&here, "n1").await;
    assert_eq!(messages(&mut bo, 1, BY_THE_BUS).await, [1]);
    (world.cut_bus)(true);
    settle().await;
    let before = Instant::now();
    for n in 2..6 {
        ada.send(&here, &format!("n{n}")).await;
    }
    assert!(before.elapsed() < Duration::from_secs(1), "nobody waits for the bus");
    assert_eq!(messages(&mut bo, 4, Duration::from_secs(2)).await, [2, 3, 4, 5]);
    assert_eq!((here.hub.n_rooms_without_bus(), there.hub.n_rooms_without_bus()), (1, 1));

    (world.cut_bus)(false);
    until(|| here.hub.n_rooms_without_bus() + there.hub.n_rooms_without_bus() == 0).await;
    ada.send(&here, "n6").await;
    assert_eq!(messages(&mut bo, 1, BY_THE_BUS).await, [6], "nothing was told twice");
}

#[tokio::test(start_paused = true)]
async fn a_room_begins_without_the_bus() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    (world.cut_bus)(true);

    let (mut ada, mut bo) = (here.tab("ada").await, there.tab("bo").await);
    ada.open(&here).await;
    bo.open(&there).await;
    assert_eq!(ada.send(&here, "n1").await, Sequence(1));
    assert_eq!(messages(&mut bo, 1, Duration::from_secs(2)).await, [1]);
    (world.cut_bus)(false);
    until(|| here.hub.n_rooms_without_bus() + there.hub.n_rooms_without_bus() == 0).await;
    pass(Duration::from_secs(1)).await;

    assert_eq!(bo.open(&there).await.here.len(), 2, "who came meanwhile is here");
    assert_eq!(ada.send(&here, "n2").await, Sequence(2));
    assert_eq!(messages(&mut bo, 1, BY_THE_BUS).await, [2]);
}

#[tokio::test(start_paused = true)]
async fn what_was_said_without_the_bus_is_told_once_more_when_it_is_back() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;
    let mut others = world.backend.bus.subscribe(&Channel::Room(general())).await.unwrap();
    (world.cut_bus)(true);
    assert_eq!(others.next().await, None);
    ada.send(&here, "n1").await;
    let _bo = here.tab("bo").await;

    // Those who were not cut off hear what they missed, or at least that they missed something.
    (world.cut_bus)(false);
    let mut others = world.backend.bus.subscribe(&Channel::Room(general())).await.unwrap();
    pass(Duration::from_secs(2)).await;

    assert!(matches!(others.next().await, Some(Heard::Event(Event::Committed(_)))));
    assert!(matches!(others.next().await, Some(Heard::Event(Event::Presence { number: 2, .. }))));
    drop(there);
}

#[tokio::test(start_paused = true)]
async fn who_types_is_shown_on_every_node_and_to_who_opens_the_room_late() {
    let mut world = World::begin().await;
    let (here, there, late) = (world.node(), world.node(), world.node());
    let (mut ada, mut bo) = (here.tab("ada").await, there.tab("bo").await);
    ada.open(&here).await;
    bo.open(&there).await;

    ada.types(&here).await;
    settle().await;
    assert_eq!(typists(&bo.open(&there).await), ["ada"]);
    let mut cy = late.tab("cy").await;
    settle().await;
    assert_eq!(cy.open(&late).await.typing, ["ada"], "where the room was not active when it was said");
    ada.send(&here, "n1").await;
    settle().await;

    assert_eq!(bo.open(&there).await.typing, [""; 0]);
    assert_eq!(cy.open(&late).await.typing, [""; 0]);
    ada.types(&here).await;
    pass(limits::TYPING_LAPSES).await;
    assert_eq!(bo.open(&there).await.typing, [""; 0], "it lapses");
}

#[tokio::test(start_paused = true)]
async fn who_has_sent_what_they_typed_does_not_type_where_the_room_begins_afterwards() {
    let mut world = World::begin().await;
    let (here, late) = (world.node(), world.node());
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;
    ada.types(&here).await;
    settle().await;
    ada.send(&here, "n1").await;

    let mut bo = late.tab("bo").await;
    settle().await;
    assert_eq!(bo.open_again(&late).await.typing, [""; 0], "the message itself is not in memory there");
    assert_eq!(bo.open(&late).await.typing, [""; 0]);

    ada.types(&here).await;
    settle().await;
    assert_eq!(typists(&bo.open(&late).await), ["ada"], "the next one");
    let later = world.node();
    let mut cy = later.tab("cy").await;
    settle().await;
    assert_eq!(cy.open_again(&later).await.typing, ["ada"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_typed_is_shown_for_what_is_left_of_its_time_where_the_room_begins_later() {
    let mut world = World::begin().await;
    let (here, late) = (world.node(), world.node());
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;
    ada.types(&here).await;
    pass(limits::TYPING_LAPSES / 2).await;

    let mut bo = late.tab("bo").await;
    settle().await;
    assert_eq!(bo.open(&late).await.typing, ["ada"]);
    pass(limits::TYPING_LAPSES / 2).await;

    assert_eq!(bo.open(&late).await.typing, [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_message_does_not_wait_until_it_is_written_down_who_types() {
    let mut world = World::begin().await;
    let (here, there) = (world.node(), world.node());
    let (mut ada, mut bo) = (here.tab("ada").await, there.tab("bo").await);
    ada.open(&here).await;
    bo.open(&there).await;
    (world.silence_presence)();

    ada.types(&here).await;
    ada.send(&here, "n1").await;

    assert_eq!(messages(&mut bo, 1, Duration::from_secs(1)).await, [1]);
}

#[tokio::test(start_paused = true)]
async fn who_was_removed_without_news_gets_nothing_that_was_read_with_it() {
    let mut world = World::begin().await;
    let here = world.node();
    let mut ada = here.tab("ada").await;
    ada.open(&here).await;

    remove_ada_and_write(&world).await;

    let is_next = ada.hear_one(|message| match message {
        ServerMessage::Left { .. } => Some(true),
        ServerMessage::Messages { .. } | ServerMessage::Changed { .. } => Some(false),
        _ => None,
    });
    assert!(is_next.await, "nothing of the room came before");
}

#[tokio::test(start_paused = true)]
async fn who_was_removed_without_news_opens_nothing_where_that_is_found_out_by_opening() {
    let mut world = World::begin().await;
    let here = world.node();
    let mut ada = here.tab("ada").await;
    remove_ada_and_write(&world).await;

    let (request, read, admin) = (RequestId(7), Sequence::ZERO, false);
    let have = Some(Heads { messages: Sequence(1), changes: Sequence(1) });
    here.hub
        .command(
            &general(),
            Command::Open(
                ada.place(),
                Opening { request, info: info(), have, read, admin, n_begun: u64::MAX },
            ),
        )
        .await;

    let is_refused = ada.hear_one(|message| match message {
        ServerMessage::Refused { request: Some(it), .. } => Some(it == request),
        ServerMessage::Opened { .. } => Some(false),
        _ => None,
    });
    assert!(is_refused.await);
}

/// Nothing is told on the bus, and who asks which rooms a member is in has no answer for some time.
#[derive(Default)]
struct Lossy {
    is_away: AtomicBool,
    n_unanswered: AtomicUsize,
}

impl Lossy {
    fn has_lost(&self, what: &'static str) -> bool {
        let is_lost = self.is_away.load(Relaxed) && what.starts_with("memberships while listing");
        self.n_unanswered.fetch_add(usize::from(is_lost), Relaxed);
        is_lost
    }
}

#[tokio::test(start_paused = true)]
async fn who_came_to_a_room_without_news_hears_of_it_however_late_the_store_answers() {
    let mut world = World::begin().await;
    let (shared, lossy) = (Shared::new(), Arc::<Lossy>::default());
    let loses = Arc::clone(&lossy);
    let behind = between(move |what| Box::pin(ready(!loses.has_lost(what))));
    let here = world.node_on(shared.backend_behind(&behind));
    let Backend { rooms, memberships, .. } = &shared.backend();
    accounts::found(rooms, timestamp()).await.unwrap();
    let mut ada = here.tab("ada").await;
    lossy.is_away.store(true, Relaxed);
    let hearing = tokio::spawn(hear_of_members(Arc::clone(&here.hub)));

    until(|| lossy.n_unanswered.load(Relaxed) > 0).await;
    let help = RoomId::parse("help").unwrap();
    memberships.join(&help, &person("ada").id, &start()).await.unwrap();
    pass(Duration::from_secs(2)).await;
    lossy.is_away.store(false, Relaxed);

    let joined = ada.hear_one(|message| match message {
        ServerMessage::Joined { state, .. } => Some(state.info.id),
        _ => None,
    });
    assert_eq!(joined.await, help);
    hearing.abort();
}

#[tokio::test(start_paused = true)]
async fn who_came_to_a_room_while_nothing_could_be_told_hears_of_it_elsewhere_when_something_can() {
    let mut world = World::begin().await;
    let (shared, is_mute) = (Shared::new(), Arc::new(AtomicBool::new(false)));
    let mute = Arc::clone(&is_mute);
    let tells =
        move |what| Box::pin(ready(!(mute.load(Relaxed) && what == "bus while publishing"))) as Passage;
    let here = world.node_on(shared.backend_behind(&between(tells)));
    let there = world.node_on(shared.backend());
    let Backend { rooms, memberships, .. } = &shared.backend();
    accounts::found(rooms, timestamp()).await.unwrap();
    let mut ada = there.tab("ada").await;
    let hearing = tokio::spawn(hear_of_members(Arc::clone(&there.hub)));
    settle().await;

    is_mute.store(true, Relaxed);
    let help = RoomInfo { id: RoomId::parse("help").unwrap(), ..info() };
    let membership = memberships.join(&help.id, &person("ada").id, &start()).await.unwrap();
    let (member, since) = (person("ada").id, membership.since);
    let joined = Event::Joined { member, room: help.clone(), read: Sequence::ZERO, admin: false, since };
    here.hub.publish(vec![(Channel::Members, joined)]).await;
    pass(Duration::from_secs(5)).await;
    assert!(!there.hub.connections_of(&person("ada").id).iter().any(|place| place.is_in(&help.id)));
    is_mute.store(false, Relaxed);

    let joined = ada.hear_one(|message| match message {
        ServerMessage::Joined { state, .. } => Some(state.info.id),
        _ => None,
    });
    assert_eq!(tokio::time::timeout(BY_THE_BUS, joined).await, Ok(help.id));
    hearing.abort();
}

/// Removes ada, which nobody is told, and writes something after that.
async fn remove_ada_and_write(world: &World) {
    let Backend { memberships, log, .. } = &world.backend;
    let (ada, at) = (person("ada").id, timestamp());
    memberships.join(&general(), &ada, &start()).await.unwrap();
    memberships.leave(&general(), &ada, &Deed { by: Actor::Operator, at }).await.unwrap();
    log.append(&general(), Sequence::ZERO, at, &[draft()]).await.unwrap();
}

/// The next so many messages, which come within a time.
async fn messages(tab: &mut Tab, n: usize, within: Duration) -> Vec<u64> {
    let (before, mut all) = (Instant::now(), Vec::new());
    while all.len() < n {
        let messages = tab.hear_one(|message| match message {
            ServerMessage::Messages { page } => Some(page.messages),
            _ => None,
        });
        all.extend(messages.await.iter().map(|message| message.sequence.0));
    }
    assert!(before.elapsed() < within, "they took {:?}", before.elapsed());
    all
}

/// Who was said to type before the room was opened again.
fn typists(shown: &Shown) -> Vec<&str> {
    let typing = shown.before.iter().filter_map(|message| match message {
        ServerMessage::Typing { person, .. } => Some(person.id.as_str()),
        _ => None,
    });
    typing.collect()
}
