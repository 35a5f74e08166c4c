//! A keeper whose bus and store do what they seldom do.

use futures::stream;

use chat::ports::{Draft, RoomLog as _};
use protocol::{Heads, Nonce, Sequence};

use super::{
    super::{
        tests::{draft, enter, fresh_hub, general, until},
        ticker::timestamp,
    },
    *,
};

#[tokio::test]
async fn a_subscription_that_ended_is_renewed_before_the_heads_are_read() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let log = hub.backend.log.clone();
    let mut presence = Presence::default();
    presence.arrive(entered.place.id, &entered.place.person);
    let ended = stream::empty().boxed();
    let keeper = Keeper::new(Arc::clone(&hub), general(), ended, Tail::default(), presence);
    let (_mailbox, commands) = mpsc::channel(1);
    let kept = log.append(&general(), Sequence::ZERO, timestamp(), &[draft()]).await.unwrap();

    let keeper = tokio::spawn(keeper.keep(commands));
    until(|| hub.heads(&general()) == Some(heads(1))).await;
    let messages = vec![Message { sequence: Sequence(2), ..kept[0].clone() }];
    let page = Page { room: general(), messages, people: Vec::new(), heads: heads(2) };
    hub.backend.bus.publish(&Channel::Room(general()), &Event::Committed(page)).await.unwrap();

    until(|| hub.heads(&general()) == Some(heads(2))).await;
    keeper.abort();
}

#[tokio::test]
async fn after_a_long_sleep_the_store_is_asked_before_somebody_is_answered() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    entered.place.joined(&general(), Sequence::ZERO);
    let nothing = stream::pending().boxed();
    let presence = Presence::default();
    let mut keeper = Keeper::new(Arc::clone(&hub), general(), nothing, Tail::default(), presence);
    hub.backend.log.append(&general(), Sequence::ZERO, timestamp(), &[draft()]).await.unwrap();

    keeper.open(Arc::clone(&entered.place), opening()).await;
    assert_eq!(keeper.tail.heads(), heads(0));
    keeper.known_at = Instant::now().checked_sub(STALE_AFTER * 2).unwrap();
    keeper.open(Arc::clone(&entered.place), opening()).await;

    assert_eq!(keeper.tail.heads(), heads(1));
}

#[tokio::test]
async fn a_room_that_cannot_be_opened_is_not_shown() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let nowhere = RoomId::parse("nowhere").unwrap();
    entered.place.joined(&nowhere, Sequence::ZERO);
    entered.place.joined(&general(), Sequence::ZERO);
    let (presence, tail) = (Presence::default(), Tail::at(heads(7)));
    let mut keeper =
        Keeper::new(Arc::clone(&hub), nowhere.clone(), stream::pending().boxed(), tail, presence);

    keeper.open(Arc::clone(&entered.place), opening()).await;

    assert!(!entered.place.is_shown(&nowhere));
    let presence = Presence::default();
    let nothing = stream::pending().boxed();
    let mut keeper = Keeper::new(Arc::clone(&hub), general(), nothing, Tail::default(), presence);
    keeper.open(Arc::clone(&entered.place), opening()).await;
    assert!(entered.place.is_shown(&general()));
}

#[tokio::test]
async fn typing_of_many_tabs_is_told_once() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    entered.place.joined(&general(), Sequence::ZERO);
    let mut others = hub.backend.bus.subscribe(&Channel::Room(general())).await.unwrap();
    let (nothing, presence) = (stream::pending().boxed(), Presence::default());
    let mut keeper = Keeper::new(Arc::clone(&hub), general(), nothing, Tail::default(), presence);
    keeper.open(Arc::clone(&entered.place), opening()).await;

    for _ in 0..3 {
        keeper.obey(Command::Typing(Arc::clone(&entered.place))).await;
    }
    keeper.publish(&Event::Presence { node: hub.node.clone(), number: 1, came: vec![], went: vec![] }).await;

    assert!(matches!(others.next().await, Some(Heard::Event(Event::Typing { .. }))));
    assert!(matches!(others.next().await, Some(Heard::Event(Event::Presence { .. }))));
}

#[tokio::test]
async fn who_was_overtaken_waits_a_moment_and_comes_after() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let mut presence = Presence::default();
    presence.arrive(entered.place.id, &entered.place.person);
    let mut keeper =
        Keeper::new(Arc::clone(&hub), general(), stream::pending().boxed(), Tail::default(), presence);
    let (mailbox, commands) = mpsc::channel(1);
    hub.backend.log.append(&general(), Sequence::ZERO, timestamp(), &[draft()]).await.unwrap();
    let other = Draft { nonce: Nonce::parse("n2").unwrap(), ..draft() };

    keeper.offer(Arc::clone(&entered.place), Sequence::ZERO, other);
    keeper.append_next().await;
    let overtaken = pending_or(&mut keeper.append).await;
    keeper.append = None;
    let before = Instant::now();
    keeper.appended(overtaken).await;

    assert_eq!(keeper.tail.heads(), heads(1));
    assert!(keeper.append_at >= before);
    let keeper = tokio::spawn(keeper.keep(commands));
    until(|| hub.heads(&general()) == Some(heads(2))).await;
    drop(mailbox);
    keeper.abort();
}

pub(in crate::hub) fn opening() -> super::super::Opening {
    super::super::Opening {
        request: protocol::RequestId(1),
        info: protocol::RoomInfo {
            id: general(),
            name: protocol::RoomName::parse("General").unwrap(),
            topic: protocol::Topic::parse("").unwrap(),
            private: false,
        },
        have: None,
        read: Sequence::ZERO,
        admin: false,
    }
}

fn heads(messages: u64) -> Heads {
    Heads { messages: Sequence(messages), ..Heads::default() }
}
