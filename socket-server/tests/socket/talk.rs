//! What members notice.

use chat::ports::{Draft, Memberships as _, RoomLog as _, Start};
use protocol::{ClientMessage, Ending, Heads, MemberId, MessageText, Nonce, RoomId, Sequence, ServerMessage};

use crate::{
    client::Client,
    node::{Node, general, now},
};

#[tokio::test]
async fn two_clients_talk() {
    let node = Node::start().await;
    let (mut ada, mut bo) = (node.client("Ada").await, node.client("Bo").await);
    ada.open(&general(), None).await;
    bo.open(&general(), None).await;

    let sequence = ada.send(&general(), "hello").await;

    let heard = bo.messages().await;
    assert_eq!(heard.len(), 1);
    assert_eq!((heard[0].sequence, heard[0].text.as_ref().unwrap().as_str()), (sequence, "hello"));
    bo.say(&ClientMessage::Typing { room: general() }).await;
    let typing = ada.hear_one(|message| match message {
        ServerMessage::Typing { person, .. } => Some(person.name),
        _ => None,
    });
    assert_eq!(typing.await.as_str(), "Bo");
}

#[tokio::test]
async fn who_comes_back_gets_what_was_missed() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let mut bo = node.client("Bo").await;
    let mut ada = member.connect().await;
    ada.open(&general(), None).await;
    for n in 1..=3 {
        bo.send(&general(), &format!("text {n}")).await;
        ada.messages().await;
    }
    drop(ada);
    for n in 4..=8 {
        bo.send(&general(), &format!("text {n}")).await;
    }

    let mut ada = member.connect().await;
    let have = Heads { messages: Sequence(3), ..Heads::default() };
    let page = ada.open(&general(), Some(have)).await;

    let sequences: Vec<u64> = page.messages.iter().map(|message| message.sequence.0).collect();
    assert_eq!(sequences, [4, 5, 6, 7, 8]);
    assert_eq!(bo.send(&general(), "text 9").await, Sequence(9));
    assert_eq!(ada.messages().await[0].sequence, Sequence(9));
}

#[tokio::test]
async fn a_cursor_goes_as_far_as_the_log_even_where_the_node_does_not_know_it() {
    let node = Node::start().await;
    let mut ada = node.client("Ada").await;
    let elsewhere = Draft {
        author: MemberId::parse("elsewhere").unwrap(),
        nonce: Nonce::parse("n1").unwrap(),
        text: MessageText::parse("committed by another node").unwrap(),
    };
    node.backend.log.append(&general(), Sequence::ZERO, now(), &[elsewhere]).await.unwrap();

    ada.say(&ClientMessage::Read { room: general(), upto: Sequence(7) }).await;

    let read = ada.hear_one(|message| match message {
        ServerMessage::Read { upto, .. } => Some(upto),
        _ => None,
    });
    assert_eq!(read.await, Sequence(1));
}

#[tokio::test]
async fn a_cursor_is_written_once_a_minute_and_when_the_page_goes() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let (mut one, mut other) = (member.connect().await, member.connect().await);
    for text in ["one", "two", "three"] {
        one.send(&general(), text).await;
    }
    let written = async || {
        let found = node.backend.memberships.find(&general(), &member.person.id).await;
        found.unwrap().unwrap().read
    };
    let read = |upto| ClientMessage::Read { room: general(), upto };

    one.say(&read(Sequence(1))).await;
    hear_twice(&mut other, Sequence(1)).await;
    assert_eq!(written().await, Sequence(1));

    one.say(&read(Sequence(2))).await;
    hear_read(&mut other, Sequence(2)).await;
    assert_eq!(written().await, Sequence(1), "it was written just now");
    let mut late = member.connect().await;
    assert_eq!(late.hear_opened(&general()).await.read, Sequence(2));

    one.say(&ClientMessage::Hidden).await;
    hear_read(&mut other, Sequence(2)).await;
    assert_eq!(written().await, Sequence(2));

    one.say(&read(Sequence(3))).await;
    hear_read(&mut other, Sequence(3)).await;
    drop(one);
    hear_read(&mut other, Sequence(3)).await;
    assert_eq!(written().await, Sequence(3));
}

/// At once, and again when it is written down.
async fn hear_twice(client: &mut Client, upto: Sequence) {
    hear_read(client, upto).await;
    hear_read(client, upto).await;
}

async fn hear_read(client: &mut Client, expected: Sequence) {
    let read = client.hear_one(|message| match message {
        ServerMessage::Read { upto, .. } => Some(upto),
        _ => None,
    });
    assert_eq!(read.await, expected);
}

#[tokio::test]
async fn what_one_tab_does_the_other_hears() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let (mut one, mut other) = (member.connect().await, member.connect().await);
    let upto = one.send(&general(), "read me").await;
    let help = RoomId::parse("help").unwrap();

    one.say(&ClientMessage::Read { room: general(), upto }).await;
    let read = other.hear_one(|message| match message {
        ServerMessage::Read { room, upto } => Some((room, upto)),
        _ => None,
    });
    assert_eq!(read.await, (general(), upto));

    let request = one.request();
    one.say(&ClientMessage::Join { request, room: help.clone() }).await;
    let joined = other.hear_one(|message| match message {
        ServerMessage::Joined { request: None, state } => Some(state.info.id),
        _ => None,
    });
    assert_eq!(joined.await, help);
    other.open(&help, None).await;

    let request = one.request();
    one.say(&ClientMessage::Leave { request, room: help.clone() }).await;
    let left = other.hear_one(|message| match message {
        ServerMessage::Left { request: None, room, why: Ending::Left } => Some(room),
        _ => None,
    });
    assert_eq!(left.await, help);
}

#[tokio::test]
async fn a_membership_that_the_bus_did_not_tell_of_counts_once_the_room_is_opened() {
    let node = Node::start().await;
    let help = RoomId::parse("help").unwrap();
    let start = Start { at: now(), head: Sequence::ZERO, rooms_max: 10, added_by: None };
    let (ada, bo) = (node.member("Ada").await, node.member("Bo").await);
    let (mut ada_here, mut bo_here) = (ada.connect().await, bo.connect().await);
    for member in [&ada, &bo] {
        node.backend.memberships.join(&help, &member.person.id, &start).await.unwrap();
    }

    ada_here.open(&help, None).await;
    let request = bo_here.request();
    bo_here.say(&ClientMessage::Open { request, room: help, have: None }).await;

    let here = bo_here.hear_one(|message| match message {
        ServerMessage::Opened { here, .. } => Some(here.n_here),
        _ => None,
    });
    assert_eq!(here.await, 2);
}
