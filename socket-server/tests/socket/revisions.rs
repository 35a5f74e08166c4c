//! Edits and deletions, as those notice them who are there, and those who were away.

use chat::ports::{Bus as _, Channel, Event, Revision, RoomLog as _};
use protocol::{
    ClientMessage, Heads, Message, MessageText, Nonce, Refusal, RequestId, Sequence, ServerMessage, limits,
};

use crate::{
    client::Client,
    node::{Node, general, now},
};

#[tokio::test]
async fn an_edit_and_a_deletion_reach_everybody_who_looks() {
    let node = Node::start().await;
    let (mut ada, mut bo) = (node.client("Ada").await, node.client("Bo").await);
    ada.open(&general(), None).await;
    bo.open(&general(), None).await;
    let sequence = ada.send(&general(), "helo").await;

    let request = edit(&mut ada, sequence, 0, "hello").await;
    let (after, changed, upto) = changed(&mut bo).await;

    assert_eq!((after, upto), (Sequence(0), Sequence(1)));
    assert_eq!((changed[0].sequence, text_of(&changed[0])), (sequence, Some("hello")));
    assert!(changed[0].revised.is_some());
    assert_eq!(revised(&mut ada).await, request);

    let request = delete(&mut ada, sequence).await;
    let (_, changed, upto) = self::changed(&mut bo).await;

    assert_eq!((text_of(&changed[0]), upto), (None, Sequence(2)));
    assert_eq!(revised(&mut ada).await, request);
    let page = node.client("Cy").await.open(&general(), None).await;
    assert_eq!((text_of(&page.messages[0]), page.heads.changes), (None, Sequence(2)));
}

#[tokio::test]
async fn of_two_edits_of_one_text_the_first_stands() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let (mut one, mut other) = (member.connect().await, member.connect().await);
    let sequence = one.send(&general(), "first").await;
    edit(&mut one, sequence, 0, "second").await;
    revised(&mut one).await;

    edit(&mut other, sequence, 0, "third").await;

    assert_eq!(other.refusal().await, Refusal::Overtaken { room: general(), sequence });
    edit(&mut other, sequence, 1, "third").await;
    revised(&mut other).await;
    assert_eq!(only_text(&node).await.as_deref(), Some("third"));
}

#[tokio::test]
async fn the_same_edit_twice_is_one_change() {
    let node = Node::start().await;
    let mut ada = node.client("Ada").await;
    let sequence = ada.send(&general(), "first").await;
    let again = ClientMessage::Edit {
        request: RequestId(1),
        room: general(),
        sequence,
        seen: Sequence::ZERO,
        nonce: Nonce::parse("e").unwrap(),
        text: typed("second"),
    };

    for _ in 0..2 {
        ada.say(&again).await;
        revised(&mut ada).await;
    }

    assert_eq!(node.backend.log.heads(&general()).await.unwrap().changes, Sequence(1));
}

#[tokio::test]
async fn only_its_author_changes_a_message_and_only_one_that_is_there() {
    let node = Node::start().await;
    let (mut ada, mut bo) = (node.client("Ada").await, node.client("Bo").await);
    let sequence = ada.send(&general(), "mine").await;
    let nowhere = Sequence(7);

    edit(&mut bo, sequence, 0, "yours").await;
    assert_eq!(bo.refusal().await, Refusal::NotYours { room: general(), sequence });
    delete(&mut bo, sequence).await;
    assert_eq!(bo.refusal().await, Refusal::NotYours { room: general(), sequence });
    delete(&mut ada, nowhere).await;
    assert_eq!(ada.refusal().await, Refusal::NoSuchMessage { room: general(), sequence: nowhere });
    delete(&mut ada, sequence).await;
    revised(&mut ada).await;
    edit(&mut ada, sequence, 1, "back again").await;
    assert_eq!(ada.refusal().await, Refusal::NoSuchMessage { room: general(), sequence });

    assert_eq!(only_text(&node).await, None);
}

#[tokio::test]
async fn a_message_is_deleted_whatever_it_says_by_then_and_once() {
    let node = Node::start().await;
    let mut ada = node.client("Ada").await;
    let sequence = ada.send(&general(), "first").await;
    edit(&mut ada, sequence, 0, "second").await;

    for _ in 0..2 {
        delete(&mut ada, sequence).await;
    }
    for _ in 0..3 {
        revised(&mut ada).await;
    }

    let heads = node.backend.log.heads(&general()).await.unwrap();
    assert_eq!((only_text(&node).await, heads.changes), (None, Sequence(2)));
}

#[tokio::test]
async fn who_left_the_room_changes_nothing_there() {
    let node = Node::start().await;
    let mut ada = node.client("Ada").await;
    let sequence = ada.send(&general(), "stays").await;
    let request = ada.request();
    ada.say(&ClientMessage::Leave { request, room: general() }).await;

    delete(&mut ada, sequence).await;

    assert_eq!(ada.refusal().await, Refusal::NotInRoom { room: general() });
}

#[tokio::test]
async fn who_comes_back_hears_what_was_changed_meanwhile() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let mut bo = node.client("Bo").await;
    for n in 1..=4 {
        bo.send(&general(), &format!("text {n}")).await;
    }
    edit(&mut bo, Sequence(1), 0, "known").await;
    for sequence in [2, 3] {
        delete(&mut bo, Sequence(sequence)).await;
    }
    for _ in 0..3 {
        revised(&mut bo).await;
    }

    let mut ada = member.connect().await;
    let have = Heads { messages: Sequence(3), changes: Sequence(1) };
    let (after, changed, texts) = opened(&mut ada, Some(have)).await;

    assert_eq!(after, Sequence(1));
    let changed: Vec<u64> = changed.iter().map(|message| message.sequence.0).collect();
    assert_eq!((changed, texts), (vec![2, 3], vec![Some("text 4".to_owned())]));
}

#[tokio::test]
async fn who_missed_too_much_begins_anew() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let mut bo = node.client("Bo").await;
    bo.send(&general(), "text").await;
    bo.open(&general(), None).await;
    for seen in 0..limits::CHANGES_MAX {
        revise_elsewhere(&node, seen, Some("another")).await;
    }
    let last = revise_elsewhere(&node, limits::CHANGES_MAX, Some("another")).await;
    tell(&node, limits::CHANGES_MAX, last).await;
    self::changed(&mut bo).await;

    let mut ada = member.connect().await;
    let have = Heads { messages: Sequence(1), changes: Sequence(0) };
    let (after, changed, texts) = opened(&mut ada, Some(have)).await;

    assert_eq!((after.0, changed.len()), (limits::CHANGES_MAX + 1, 0));
    assert_eq!(texts, [Some("another".to_owned())]);
}

#[tokio::test]
async fn what_another_node_changed_is_told_whether_the_bus_tells_it_or_not() {
    let node = Node::start().await;
    let (mut ada, mut bo) = (node.client("Ada").await, node.client("Bo").await);
    bo.send(&general(), "text").await;
    ada.open(&general(), None).await;

    let first = revise_elsewhere(&node, 0, Some("by another node")).await;
    tell(&node, 0, first).await;
    let (_, changed, upto) = self::changed(&mut ada).await;
    assert_eq!((text_of(&changed[0]), upto), (Some("by another node"), Sequence(1)));

    // The second is lost on the way; the third tells of it.
    revise_elsewhere(&node, 1, Some("lost")).await;
    let third = revise_elsewhere(&node, 2, None).await;
    tell(&node, 2, third).await;

    let (after, changed, upto) = self::changed(&mut ada).await;
    assert_eq!((after, text_of(&changed[0]), upto), (Sequence(1), None, Sequence(3)));
}

async fn edit(client: &mut Client, sequence: Sequence, seen: u64, text: &str) -> RequestId {
    let (request, room) = (client.request(), general());
    let (nonce, seen) = (Nonce::parse(&text.replace(' ', "-")).unwrap(), Sequence(seen));
    client.say(&ClientMessage::Edit { request, room, sequence, seen, nonce, text: typed(text) }).await;
    request
}

async fn delete(client: &mut Client, sequence: Sequence) -> RequestId {
    let (request, room) = (client.request(), general());
    let nonce = Nonce::parse(&format!("d{}", request.0)).unwrap();
    client.say(&ClientMessage::Delete { request, room, sequence, nonce }).await;
    request
}

/// The next edit or deletion that was done for a client.
async fn revised(client: &mut Client) -> RequestId {
    let revised = client.hear_one(|message| match message {
        ServerMessage::Revised { request, .. } => Some(request),
        _ => None,
    });
    revised.await
}

/// The next changes that a viewer hears of.
async fn changed(client: &mut Client) -> (Sequence, Vec<Message>, Sequence) {
    let changed = client.hear_one(|message| match message {
        ServerMessage::Changed { after, changed, upto, .. } => Some((after, changed, upto)),
        _ => None,
    });
    changed.await
}

/// Opens the room: from where on changes are told, what was changed, and the texts of its page.
async fn opened(client: &mut Client, have: Option<Heads>) -> (Sequence, Vec<Message>, Vec<Option<String>>) {
    let request = client.request();
    client.say(&ClientMessage::Open { request, room: general(), have }).await;
    let opened = client.hear_one(|message| match message {
        ServerMessage::Opened { after, changed, page, .. } => Some((after, changed, page)),
        _ => None,
    });
    let (after, changed, page) = opened.await;
    (after, changed, page.messages.iter().map(|it| text_of(it).map(str::to_owned)).collect())
}

/// Another node changes the first message.
async fn revise_elsewhere(node: &Node, seen: u64, text: Option<&str>) -> Message {
    let first = node.backend.log.read(&general(), Sequence(1), 1).await.unwrap().remove(0);
    let revision = Revision {
        message: first.sequence,
        seen: Sequence(seen),
        by: first.author,
        since: Sequence::ZERO,
        nonce: Nonce::parse(&format!("other{seen}")).unwrap(),
        at: now(),
        text: text.map(typed),
    };
    node.backend.log.revise(&general(), &revision).await.unwrap()
}

/// Another node tells of a change.
async fn tell(node: &Node, after: u64, message: Message) {
    let (after, upto) = (Sequence(after), message.revision);
    let event = Event::Changed { after, changed: vec![message], lost: Vec::new(), upto };
    node.backend.bus.publish(&Channel::Room(general()), &event).await.unwrap();
}

/// What the only message says.
async fn only_text(node: &Node) -> Option<String> {
    let messages = node.backend.log.read(&general(), Sequence(1), 2).await.unwrap();
    assert_eq!(messages.len(), 1);
    text_of(&messages[0]).map(str::to_owned)
}

fn text_of(message: &Message) -> Option<&str> {
    message.text.as_ref().map(MessageText::as_str)
}

fn typed(text: &str) -> MessageText {
    MessageText::parse(text).unwrap()
}
