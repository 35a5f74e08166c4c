//! Who is in a room and who looks after it, as that changes under open connections.

use chat::{
    access,
    ports::{Actor, Bus as _, Channel, Deed, Done, Event, Records as _, Role, RoomLog as _},
    rooms::{self, News},
};
use protocol::{
    ClientMessage, Ending, MessageText, Nonce, Refusal, RequestId, RoomId, RoomName, Sequence, ServerMessage,
    Topic,
};

use crate::{
    client::Client,
    node::{Member, Node, now},
};

#[tokio::test]
async fn who_makes_a_room_looks_after_it() {
    let node = Node::start().await;
    let mut ada = node.client("Ada").await;

    let request = ada.request();
    ada.say(&ClientMessage::CreateRoom { request, name: name("Plans"), topic: topic(""), private: true })
        .await;
    let state = ada.hear_one(|message| match message {
        ServerMessage::Joined { request: Some(it), state } if it == request => Some(state),
        _ => None,
    });

    let state = state.await;
    assert!(state.admin && state.info.private, "{state:?}");
    let opened = ada.hear_opened(&state.info.id).await;
    assert!(opened.admin);
}

#[tokio::test]
async fn who_is_removed_hears_it_on_every_tab_and_nothing_more_of_the_room() {
    let Scene { node, ada, bo, room } = scene().await;
    let mut ada_here = ada.connect().await;
    let (mut one, mut other) = (bo.connect().await, bo.connect().await);
    for client in [&mut ada_here, &mut one, &mut other] {
        client.open(&room, None).await;
    }

    tell(&node, remove(&node, &bo, &ada, &room).await).await;

    for client in [&mut one, &mut other] {
        assert_eq!(left(client).await, (room.clone(), Ending::Removed));
    }
    went(&mut ada_here, &bo).await;
    ada_here.send(&room, "without Bo").await;
    for client in [&mut one, &mut other] {
        client.say(&ClientMessage::Heads).await;
        let heads = client.hear_one(|message| match message {
            ServerMessage::Heads { heads, .. } => Some(heads),
            ServerMessage::Messages { page } => panic!("came {page:?}"),
            _ => None, // What had been on its way says nothing.
        });
        let heads = heads.await;
        assert!(heads.iter().all(|(it, _)| *it != room));
        let request = client.request();
        client.say(&ClientMessage::Open { request, room: room.clone(), have: None }).await;
        assert_eq!(client.refusal().await, Refusal::NoSuchRoom { room: room.clone() });
    }
}

#[tokio::test]
async fn a_removal_that_the_bus_lost_stands_in_the_rooms_changes() {
    let Scene { node, ada, bo, room } = scene().await;
    let (mut ada_here, mut bo_here) = (ada.connect().await, bo.connect().await);
    ada_here.open(&room, None).await;
    bo_here.open(&room, None).await;
    let sequence = ada_here.send(&room, "helo").await;

    remove(&node, &bo, &ada, &room).await; // Told to nobody.
    edit(&mut ada_here, &room, sequence, "hello").await;

    assert_eq!(left(&mut bo_here).await, (room, Ending::Removed));
    went(&mut ada_here, &bo).await;
}

#[tokio::test]
async fn a_membership_whose_news_was_lost_among_others_is_found_in_the_store() {
    let Scene { node, ada, bo, room } = scene().await;
    remove(&node, &bo, &ada, &room).await;
    let mut bo_here = bo.connect().await;

    add(&node, &bo, &ada, &room).await; // Told to nobody.
    // More at once than a bus keeps for who is slow.
    let member = ada.person.id.clone();
    let other = Event::Read { member, room: room.clone(), upto: Sequence::ZERO };
    tell(&node, vec![(Channel::Members, other); 1_000]).await;

    let joined = bo_here.hear_one(|message| match message {
        ServerMessage::Joined { request: None, state } => Some(state.info.id),
        _ => None,
    });
    assert_eq!(joined.await, room);
}

#[tokio::test]
async fn an_edit_does_not_outlive_the_membership() {
    let Scene { node, ada, bo, room } = scene().await;
    let mut bo_here = bo.connect().await;
    bo_here.open(&room, None).await;
    let sequence = bo_here.send(&room, "mine").await; // What Bo may do is known for a second from here.

    remove(&node, &bo, &ada, &room).await; // Told to nobody.
    edit(&mut bo_here, &room, sequence, "still mine").await;

    assert_eq!(bo_here.refusal().await, Refusal::NoSuchRoom { room: room.clone() });
    let message = node.backend.log.read(&room, sequence, 1).await.unwrap().remove(0);
    assert_eq!(message.text.unwrap().as_str(), "mine");
}

#[tokio::test]
async fn who_left_and_came_back_may_edit_at_once() {
    let Scene { node, ada, bo, room } = scene().await;
    let mut bo_here = bo.connect().await;
    bo_here.open(&room, None).await;
    let sequence = bo_here.send(&room, "mine").await;

    remove(&node, &bo, &ada, &room).await; // Told to nobody, like the coming back.
    add(&node, &bo, &ada, &room).await;
    let request = edit(&mut bo_here, &room, sequence, "mine again").await;

    assert_eq!(revised(&mut bo_here).await, request);
}

#[tokio::test]
async fn an_admin_may_delete_what_others_wrote_as_soon_as_they_are_one() {
    let Scene { node, ada, bo, room } = scene().await;
    let (mut ada_here, mut bo_here) = (ada.connect().await, bo.connect().await);
    let sequence = ada_here.send(&room, "rude").await;
    bo_here.open(&room, None).await;
    delete(&mut bo_here, &room, sequence).await;
    assert_eq!(bo_here.refusal().await, Refusal::NotYours { room: room.clone(), sequence });

    let deed = Deed::of(&ada.person.id, now());
    let (memberships, bo_id) = (&node.backend.memberships, &bo.person.id);
    let news = rooms::set_role(memberships, &room, bo_id, Role::Admin, &deed).await.unwrap();
    tell(&node, news).await;
    let is_admin = bo_here.hear_one(|message| match message {
        ServerMessage::RoleChanged { admin, .. } => Some(admin),
        _ => None,
    });
    assert!(is_admin.await);
    let request = delete(&mut bo_here, &room, sequence).await;

    assert_eq!(revised(&mut bo_here).await, request);
    let acts = node.backend.records.acts(&room, None, 1).await.unwrap();
    assert_eq!(acts[0].what, Done::DeletedMessage(sequence));
    assert_eq!(acts[0].deed.by, Actor::Member(bo.person.id));
    let edited = ClientMessage::Edit {
        request: RequestId(99),
        room: room.clone(),
        sequence: ada_here.send(&room, "hers").await,
        seen: Sequence::ZERO,
        nonce: Nonce::parse("not-his").unwrap(),
        text: MessageText::parse("his").unwrap(),
    };
    bo_here.say(&edited).await;
    assert!(matches!(bo_here.refusal().await, Refusal::NotYours { .. }));
}

#[tokio::test]
async fn a_room_is_called_otherwise_for_everybody_inside_at_once() {
    let Scene { node, ada, bo, room } = scene().await;
    let mut bo_here = bo.connect().await;
    bo_here.open(&room, None).await;

    let admin = admin(&node, &ada, &room).await;
    let described = rooms::describe(&node.backend.rooms, &admin, (name("Better"), topic("Now")), now());
    tell(&node, described.await.unwrap()).await;

    let info = bo_here.hear_one(|message| match message {
        ServerMessage::RoomChanged { info } => Some(info),
        _ => None,
    });
    assert_eq!(info.await.name, name("Better"));
    assert_eq!(bo.connect().await.hear_opened(&room).await.info.topic, topic("Now"));
}

#[tokio::test]
async fn a_room_that_is_deleted_is_gone_for_everybody_at_once() {
    let Scene { node, ada, bo, room } = scene().await;
    let (mut ada_here, mut bo_here) = (ada.connect().await, bo.connect().await);
    ada_here.open(&room, None).await;

    let deed = Deed { by: Actor::Operator, at: now() };
    tell(&node, rooms::delete(&node.backend.erasures, &room, &deed).await.unwrap()).await;

    for client in [&mut ada_here, &mut bo_here] {
        assert_eq!(left(client).await, (room.clone(), Ending::Deleted));
    }
    let request = ada_here.request();
    ada_here.say(&ClientMessage::Open { request, room: room.clone(), have: None }).await;
    assert_eq!(ada_here.refusal().await, Refusal::NoSuchRoom { room });
}

#[tokio::test]
async fn the_last_admin_hears_that_another_is_needed_first() {
    let Scene { ada, room, node: _node, .. } = scene().await;
    let mut ada_here = ada.connect().await;

    let request = ada_here.request();
    ada_here.say(&ClientMessage::Leave { request, room: room.clone() }).await;

    assert_eq!(ada_here.refusal().await, Refusal::LastAdmin { room });
}

/// A private room of Ada's, with Bo in it.
struct Scene {
    node: Node,
    ada: Member,
    bo: Member,
    room: RoomId,
}

async fn scene() -> Scene {
    let node = Node::start().await;
    let (ada, bo) = (node.member("Ada").await, node.member("Bo").await);
    let room = node.private_room(&ada).await;
    add(&node, &bo, &ada, &room).await;
    Scene { node, ada, bo, room }
}

async fn add(node: &Node, member: &Member, by: &Member, room: &RoomId) -> Vec<News> {
    let admin = admin(node, by, room).await;
    let backend = &node.backend;
    let stores = (&backend.members, &backend.memberships, &backend.log);
    rooms::add(stores, &admin, &member.person.id, now()).await.unwrap()
}

async fn remove(node: &Node, member: &Member, by: &Member, room: &RoomId) -> Vec<News> {
    let deed = Deed::of(&by.person.id, now());
    rooms::leave(&node.backend.memberships, room, &member.person.id, &deed).await.unwrap()
}

async fn admin(node: &Node, member: &Member, room: &RoomId) -> access::Insider {
    access::admin(&node.backend.rooms, &node.backend.memberships, &member.person.id, room).await.unwrap()
}

async fn tell(node: &Node, news: Vec<News>) {
    for (channel, event) in news {
        node.backend.bus.publish(&channel, &event).await.unwrap();
    }
}

async fn left(client: &mut Client) -> (RoomId, Ending) {
    let left = client.hear_one(|message| match message {
        ServerMessage::Left { request: None, room, why } => Some((room, why)),
        _ => None,
    });
    left.await
}

async fn went(client: &mut Client, member: &Member) {
    let went = client.hear_one(|message| match message {
        ServerMessage::Presence { went, .. } if went.contains(&member.person.id) => Some(()),
        _ => None,
    });
    went.await;
}

async fn edit(client: &mut Client, room: &RoomId, sequence: Sequence, text: &str) -> RequestId {
    let request = client.request();
    let (room, seen) = (room.clone(), Sequence::ZERO);
    let nonce = Nonce::parse(&format!("edit-{}", request.0)).unwrap();
    let text = MessageText::parse(text).unwrap();
    client.say(&ClientMessage::Edit { request, room, sequence, seen, nonce, text }).await;
    request
}

async fn delete(client: &mut Client, room: &RoomId, sequence: Sequence) -> RequestId {
    let request = client.request();
    let nonce = Nonce::parse(&format!("delete-{}", request.0)).unwrap();
    client.say(&ClientMessage::Delete { request, room: room.clone(), sequence, nonce }).await;
    request
}

async fn revised(client: &mut Client) -> RequestId {
    let revised = client.hear_one(|message| match message {
        ServerMessage::Revised { request, .. } => Some(request),
        _ => None,
    });
    revised.await
}

fn name(text: &str) -> RoomName {
    RoomName::parse(text).unwrap()
}

fn topic(text: &str) -> Topic {
    Topic::parse(text).unwrap()
}
