//! A private room does not exist for who is outside.

use protocol::{
    Anchor, ClientMessage, MessageText, Nonce, RequestId, RoomId, RoomName, Sequence, ServerMessage, Topic,
    wire,
};

use crate::{client::Client, node::Node};

#[tokio::test]
async fn every_answer_about_a_private_room_is_that_about_none() {
    let node = Node::start().await;
    let ada = node.member("Ada").await;
    let room = node.private_room(&ada).await;
    let nowhere = RoomId::parse("p--aaaaaaaaaaaaaaaa").unwrap();
    // The room is active: what a node keeps in memory must not answer either.
    let mut inside = ada.connect().await;
    inside.open(&room, None).await;
    inside.send(&room, "secret").await;
    let mut outside = node.client("Bo").await;

    for n in 0..requests(&room).len() {
        let of_private = answers(&mut outside, &requests(&room)[n]).await;
        let of_none = answers(&mut outside, &requests(&nowhere)[n]).await;

        let of_private = of_private.replace(room.as_str(), nowhere.as_str());
        assert_eq!(of_private, of_none, "{:?}", requests(&room)[n]);
        assert!(!of_private.contains("secret"));
    }
}

#[tokio::test]
async fn a_private_room_is_in_no_list_and_takes_no_name() {
    let node = Node::start().await;
    let ada = node.member("Ada").await;
    let room = node.private_room(&ada).await;
    let mut bo = node.client("Bo").await;

    let request = bo.request();
    bo.say(&ClientMessage::Browse { request, after: None }).await;
    let listed = bo.hear_one(|message| match message {
        ServerMessage::Rooms { listed, .. } => Some(listed),
        _ => None,
    });
    assert!(listed.await.iter().all(|it| it.id != room));

    // The same name is free for a public room, and for another private one.
    for private in [false, true] {
        let (request, name) = (bo.request(), RoomName::parse("Private").unwrap());
        let topic = Topic::parse("").unwrap();
        bo.say(&ClientMessage::CreateRoom { request, name, topic, private }).await;
        let made = bo.hear_one(|message| match message {
            ServerMessage::Joined { request: Some(it), state } if it == request => Some(state.info),
            _ => None,
        });
        assert_ne!(made.await.id, room);
    }
}

/// Everything that a client can say of a room.
fn requests(room: &RoomId) -> Vec<ClientMessage> {
    let (request, room, sequence) = (RequestId(7), room.clone(), Sequence(1));
    let (nonce, text) = (Nonce::parse("n").unwrap(), MessageText::parse("hi").unwrap());
    let seen = Sequence::ZERO;
    vec![
        ClientMessage::Open { request, room: room.clone(), have: None },
        ClientMessage::Close { room: room.clone() },
        ClientMessage::Page { request, room: room.clone(), anchor: Anchor::End, limit: 50 },
        ClientMessage::Page { request, room: room.clone(), anchor: Anchor::Around(sequence), limit: 50 },
        ClientMessage::Send { room: room.clone(), nonce: nonce.clone(), since: seen, text: text.clone() },
        ClientMessage::Edit { request, room: room.clone(), sequence, seen, nonce: nonce.clone(), text },
        ClientMessage::Delete { request, room: room.clone(), sequence, nonce },
        ClientMessage::Read { room: room.clone(), upto: sequence },
        ClientMessage::Typing { room: room.clone() },
        ClientMessage::Join { request, room: room.clone() },
        ClientMessage::Leave { request, room },
    ]
}

/// All that comes between a message and the answer to the one after it.
async fn answers(client: &mut Client, message: &ClientMessage) -> String {
    client.say(message).await;
    client.say(&ClientMessage::Heads).await;
    let mut answers = String::new();
    loop {
        match client.hear().await {
            ServerMessage::Heads { heads, .. } => return answers + &format!("{heads:?}"),
            ServerMessage::Presence { .. } => {} // Of the room that both are in.
            other => answers += &wire::encode(&other),
        }
    }
}
