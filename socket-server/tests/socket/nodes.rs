//! Several nodes are one chat.

use backend::{Backend, NodeBus};
use chat::ports::{Memberships as _, NodeId, Presence as _, Start};
use protocol::{ClientMessage, MemberId, RoomId, Sequence, ServerMessage};

use crate::{
    client::Client,
    node::{Node, general, now},
};

#[tokio::test]
async fn members_on_two_nodes_talk_and_see_each_other_come() {
    let here = Node::start().await;
    let there = Node::start_beside(&here).await;
    let (ada, bo) = (here.member("Ada").await, here.member("Bo").await);
    let mut ada = ada.connect().await;
    ada.open(&general(), None).await;

    let mut bo_there = bo.connect_to(there.addr).await;
    assert_eq!(came(&mut ada).await, [bo.person.id]);
    bo_there.open(&general(), None).await;
    bo_there.say(&ClientMessage::Typing { room: general() }).await;
    let typing = ada.hear_one(|message| match message {
        ServerMessage::Typing { person, .. } => Some(person.name),
        _ => None,
    });
    assert_eq!(typing.await.as_str(), "Bo");
    let sequence = bo_there.send(&general(), "hello").await;

    assert_eq!(ada.messages().await[0].sequence, sequence);
}

#[tokio::test]
async fn a_node_that_stops_does_not_say_that_its_people_went() {
    let here = Node::start().await;
    let there = Node::start_beside(&here).await;
    let (ada, bo) = (here.member("Ada").await, here.member("Bo").await);
    let mut ada = ada.connect().await;
    ada.open(&general(), None).await;
    let bo_there = bo.connect_to(there.addr).await;
    came(&mut ada).await;
    while here.backend.presence.nodes().await.unwrap().len() < 2 {
        tokio::task::yield_now().await;
    }

    let stopping = tokio::spawn(there.stop());
    drop(bo_there);
    stopping.await.unwrap();

    let rosters = here.backend.presence.rosters().await.unwrap();
    let people: Vec<MemberId> = rosters
        .into_values()
        .flat_map(|roster| roster.rooms[&general()].1.clone())
        .map(|person| person.id)
        .collect();
    assert!(people.contains(&bo.person.id), "they may come back elsewhere");
}

#[tokio::test]
async fn who_was_added_to_a_room_while_the_bus_was_away_hears_of_it_when_it_is_back() {
    #[expect(clippy::default_trait_access, reason = "adapters are named by `backend` alone")]
    let bus = Default::default();
    let backend = Backend { bus: NodeBus::Local(Clone::clone(&bus)), ..Backend::in_memory() };
    let node = Node::start_on(backend, NodeId::from_random(1), &[]).await;
    let ada = node.member("Ada").await;
    let mut ada_here = ada.connect().await;
    let help = RoomId::parse("help").unwrap();
    let start = Start { at: now(), head: Sequence::ZERO, rooms_max: 10, added_by: None };

    bus.cut();
    node.backend.memberships.join(&help, &ada.person.id, &start).await.unwrap();
    bus.mend();

    let joined = ada_here.hear_one(|message| match message {
        ServerMessage::Joined { state, .. } => Some(state.info.id),
        _ => None,
    });
    assert_eq!(joined.await, help);
}

async fn came(client: &mut Client) -> Vec<MemberId> {
    let came = client.hear_one(|message| match message {
        ServerMessage::Presence { came, .. } => Some(came),
        _ => None,
    });
    came.await.into_iter().map(|person| person.id).collect()
}
