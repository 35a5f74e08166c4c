//! What a room opens with, and what that may cost however many open it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, atomic::AtomicU64},
};

use chat::ports::Revision;
use protocol::{MemberId, MessageText, limits};

use super::*;
use crate::hub::Entered;

/// Each the longest that there may be, of letters that take most bytes.
const LONG_BYTES: usize = 4 * limits::TEXT_MAX;

#[tokio::test]
async fn what_a_room_opens_with_is_not_told_after_its_member_left_it() {
    let hub = fresh_hub().await;
    let (entered, mut far) = inside(&hub, "ada").await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    let (out, handed_over) = mpsc::channel(OUT_MAX);
    keeper.out = out;

    keeper.open(Arc::clone(&entered.place), opening()).await;
    let left = ServerMessage::Left { request: None, room: general(), why: protocol::Ending::Left };
    hub.leave(&entered.place, &general(), (Some(Sequence(1)), &left)).await;
    drop(keeper); // It has handed over all that it had to.
    fan_out::run(general(), handed_over, Arc::clone(&hub.metrics)).await;

    assert_eq!(far.hear().await, left);
    let refused = far.hear().await;
    assert!(
        matches!(refused, ServerMessage::Refused { refusal: Refusal::NotInRoom { .. }, .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn of_long_messages_a_room_opens_with_its_end_and_twenty_who_open_it_read_it_once() {
    let (hub, counted) = hub_that_counts().await;
    let drafts: Vec<Draft> = (0..100).map(|n| long(&format!("n{n}"))).collect();
    for (at, drafts) in drafts.chunks(10).enumerate() {
        let head = Sequence(at as u64 * 10);
        hub.backend.log.append(&general(), head, timestamp(), drafts).await.unwrap();
    }
    let mut keeper = deaf_keeper(&hub, general(), Tail::at(heads(100)), Presence::default());
    let before = counted.n_of("log while reading messages");

    for have in (0..20).map(|at| heads(at * 5)) {
        let messages = opened(&mut keeper, &hub, Some(have)).await.0;
        let n = Sequence(100).since(have.messages).min((limits::OPENED_MAX_BYTES / LONG_BYTES) as u64);
        let sequences: Vec<Sequence> = messages.iter().map(|it| it.sequence).collect();
        assert_eq!(sequences, (101 - n..=100).map(Sequence).collect::<Vec<_>>());
    }

    assert_eq!(counted.n_of("log while reading messages") - before, 1);
}

#[tokio::test]
async fn who_says_that_they_know_more_than_there_is_has_the_store_asked_once() {
    let (hub, counted) = hub_that_counts().await;
    let (entered, _far) = inside(&hub, "ada").await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    let before = counted.n_of("log while reading heads");

    for _ in 0..100 {
        let have = Some(Heads { messages: Sequence(u64::MAX), changes: Sequence(u64::MAX) });
        keeper.open(Arc::clone(&entered.place), Opening { have, ..opening() }).await;
    }

    assert_eq!(counted.n_of("log while reading heads") - before, 1);
}

#[tokio::test]
async fn what_was_changed_is_read_twice_at_most_and_many_messages_at_once() {
    let (hub, counted) = hub_that_counts().await;
    fill(&hub.backend, 0..200).await;
    for n in 1..=100 {
        change(&hub, Sequence(2 * n), Some("changed")).await;
    }
    let at = Heads { messages: Sequence(200), changes: Sequence(100) };
    let mut keeper = deaf_keeper(&hub, general(), Tail::at(at), Presence::default());
    let before = counted.n_of("log while reading messages");

    for missed in [10, 20, 30, 100] {
        let have = Heads { changes: at.changes.minus(missed), ..at };
        let (_, changed) = opened(&mut keeper, &hub, Some(have)).await;
        assert_eq!(changed.map(|it| it.len() as u64), Some(missed));
    }

    assert_eq!(counted.n_of("log while reading messages") - before, 2);
}

#[tokio::test]
async fn changes_that_are_too_long_to_be_told_are_not_read_for_everybody() {
    let (hub, counted) = hub_that_counts().await;
    fill(&hub.backend, 0..200).await;
    let text = "\u{1F980}".repeat(limits::TEXT_MAX);
    for n in 1..=200 {
        change(&hub, Sequence(n), Some(&text)).await;
    }
    let at = Heads { messages: Sequence(200), changes: Sequence(200) };
    let mut keeper = deaf_keeper(&hub, general(), Tail::at(at), Presence::default());

    for _ in 0..2 {
        opened(&mut keeper, &hub, Some(Heads { changes: Sequence::ZERO, ..at })).await;
    }
    let before = counted.n_of("log while reading changes");
    let (messages, changed) = opened(&mut keeper, &hub, Some(Heads { changes: Sequence::ZERO, ..at })).await;

    assert_eq!(counted.n_of("log while reading changes"), before);
    assert_eq!(
        (changed, messages.last().map(|last| last.sequence)),
        (None, Some(Sequence(200))),
        "it opens anew"
    );
}

/// Somebody opens the room, who has this of it: the messages that it opens with, and what was changed before them where
/// that is told.
async fn opened(
    keeper: &mut Keeper,
    hub: &Arc<Hub>,
    have: Option<Heads>,
) -> (Vec<Message>, Option<Vec<Message>>) {
    static N_OPENED: AtomicU64 = AtomicU64::new(0);
    let n = N_OPENED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let (entered, mut far) = inside(hub, &format!("ada{n}")).await;
    keeper.open(Arc::clone(&entered.place), Opening { have, ..opening() }).await;
    loop {
        if let ServerMessage::Opened { page, changed, after, .. } = far.hear().await {
            let is_told = have.is_some_and(|have| after == have.changes && after < page.heads.changes);
            return (page.messages, is_told.then_some(changed));
        }
    }
}

/// Somebody who is in the room.
async fn inside(hub: &Arc<Hub>, name: &str) -> (Entered, Far) {
    let (entered, far) = enter_heard(hub, name).await;
    entered.place.joined(&general(), Sequence::ZERO);
    (entered, far)
}

fn long(nonce: &str) -> Draft {
    Draft { text: MessageText::parse(&"\u{1F980}".repeat(limits::TEXT_MAX)).unwrap(), ..named(nonce) }
}

async fn change(hub: &Hub, message: Sequence, text: Option<&str>) {
    let revision = Revision {
        message,
        seen: Sequence::ZERO,
        by: MemberId::parse("ada").unwrap(),
        since: Sequence::ZERO,
        nonce: Nonce::parse(&format!("c{message}")).unwrap(),
        at: timestamp(),
        text: text.map(|text| MessageText::parse(text).unwrap()),
    };
    hub.backend.log.revise(&general(), &revision).await.unwrap();
}

/// A hub whose questions to the store are counted.
async fn hub_that_counts() -> (Arc<Hub>, Counted) {
    let counted = Counted::default();
    let counts = counted.clone();
    let (hub, _) = hub_behind(move |what| {
        *counts.0.lock().unwrap().entry(what).or_default() += 1;
        Box::pin(ready(true))
    })
    .await;
    (hub, counted)
}

/// How often each was asked.
#[derive(Clone, Default)]
struct Counted(Arc<Mutex<BTreeMap<&'static str, usize>>>);

impl Counted {
    fn n_of(&self, what: &'static str) -> usize {
        self.0.lock().unwrap().get(what).copied().unwrap_or_default()
    }
}
