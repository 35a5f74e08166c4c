//! Bad input gets a typed refusal, and the connection lives.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use protocol::{Action, Anchor, ClientMessage, Field, Refusal, RoomId, ServerMessage, limits};

use crate::{
    client::{Client, draft},
    node::{Node, general},
    raw::{Raw, masked},
};

/// Says `text`; what comes back is refused as `expected` says, and then the connection still works.
async fn check(client: &mut Client, text: &str, expected: impl Fn(&Refusal) -> bool) {
    client.say_text(text).await;

    let refusal = client.refusal().await;
    assert!(expected(&refusal), "{text}: {refusal:?}");
    client.send(&general(), "still here").await;
}

#[tokio::test]
async fn what_is_no_message_is_refused() {
    let node = Node::start().await;
    let mut client = node.client("Ada").await;
    let is_bad = |refusal: &Refusal| matches!(refusal, Refusal::BadFrame { .. });

    for text in [
        "",
        "{",
        "[]",
        "null",
        r#"{"type":"fly"}"#,
        r#"{"type":"open","request":"one","room":"general"}"#,
        r#"{"type":"open","request":1}"#,
        r#"{"type":"close","room":"general","more":1}"#,
        &"[".repeat(10_000),
    ] {
        check(&mut client, text, is_bad).await;
    }
}

#[tokio::test]
async fn what_is_past_a_limit_is_refused_by_field_and_limit() {
    let node = Node::start().await;
    let mut client = node.client("Ada").await;
    let long = "x".repeat(limits::TEXT_MAX + 1);

    let text = format!(r#"{{"type":"send","room":"general","nonce":"n1","since":0,"text":"{long}"}}"#);
    let too_long = Refusal::TooLong { field: Field::Text, limit: limits::TEXT_MAX };
    check(&mut client, &text, |refusal| *refusal == too_long).await;

    let name = "x".repeat(limits::ROOM_NAME_MAX + 1);
    let text = format!(r#"{{"type":"create_room","request":1,"name":"{name}","topic":""}}"#);
    let too_long = Refusal::TooLong { field: Field::RoomName, limit: limits::ROOM_NAME_MAX };
    check(&mut client, &text, |refusal| *refusal == too_long).await;

    let text = r#"{"type":"page","request":1,"room":"general","anchor":"end","limit":1000}"#;
    let too_long = Refusal::TooLong { field: Field::Limit, limit: limits::PAGE_MAX };
    check(&mut client, text, |refusal| *refusal == too_long).await;
}

#[tokio::test]
async fn an_unknown_room_and_one_that_is_not_ours_are_refused() {
    let node = Node::start().await;
    let mut client = node.client("Ada").await;
    let (nowhere, help) = (RoomId::parse("nowhere").unwrap(), RoomId::parse("help").unwrap());

    for (room, expected) in [
        (&nowhere, Refusal::NoSuchRoom { room: nowhere.clone() }),
        (&help, Refusal::NotInRoom { room: help.clone() }),
    ] {
        let request = client.request();
        client.say(&ClientMessage::Open { request, room: room.clone(), have: None }).await;
        assert_eq!(client.refusal().await, expected);
        client.say(&draft(room, "lost", "hello?")).await;
        assert_eq!(not_sent(&mut client).await, expected);
    }
    let request = client.request();
    client.say(&ClientMessage::Page { request, room: nowhere.clone(), anchor: Anchor::End, limit: 1 }).await;
    assert_eq!(client.refusal().await, Refusal::NoSuchRoom { room: nowhere });
    client.say(&ClientMessage::Typing { room: general() }).await;
    assert_eq!(client.refusal().await, Refusal::RoomNotOpen { room: general() });
}

#[tokio::test]
async fn who_is_too_fast_is_told_when_to_try_again() {
    let node = Node::start_with(&[("HUBBUB_SENDS", "2/1")]).await;
    let mut client = node.client("Ada").await;
    for n in 0..2 {
        client.send(&general(), &format!("text {n}")).await;
    }

    client.say(&draft(&general(), "fast", "too fast")).await;

    let refusal = not_sent(&mut client).await;
    assert!(matches!(refusal, Refusal::TooFast { action: Action::Send, retry_ms: 1..=1000 }), "{refusal:?}");
    client.open(&general(), None).await;
}

async fn not_sent(client: &mut Client) -> Refusal {
    let refusal = client.hear_one(|message| match message {
        ServerMessage::NotSent { refusal, .. } => Some(refusal),
        _ => None,
    });
    refusal.await
}

#[tokio::test]
async fn who_floods_is_read_more_slowly_whatever_it_sends() {
    let node = Node::start().await;
    let (member, mut other) = (node.member("Mallory").await, node.client("Ada").await);
    let frames = [
        masked(0x81, b"{"),
        masked(0x81, br#"{"type":"heads"}"#),
        masked(0x81, br#"{"type":"open","request":1,"room":"nowhere"}"#),
        masked(0x89, b"ping"),
    ];
    let mut flood = Raw::upgraded(node.addr, &member).await;

    for frame in frames {
        flood.write(&frame.repeat(1_000)).await;
    }

    for n in 0..10 {
        other.send(&general(), &format!("text {n}")).await; // Nobody else waits.
    }
    tokio::time::pause();
    let (until, mut n_answers) = (Instant::now() + Duration::from_secs(1), 0);
    while timeout_at(until, flood.frame()).await.is_ok() {
        n_answers += 1;
    }

    // A hundred are answered at once, the other thousands in their time.
    assert!((100..400).contains(&n_answers), "{n_answers} answers");
}
