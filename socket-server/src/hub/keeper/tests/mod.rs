//! A keeper whose bus and store do what they seldom do.

mod behind;
mod opening;

use std::ops::Range;

use futures::{FutureExt as _, StreamExt as _, future::ready, stream};

use backend::{Backend, simulation::Shared};
use chat::ports::{
    Actor, Bus as _, Channel, Deed, Draft, Lost, Memberships as _, RoomLog as _, Subscription,
};
use protocol::{Ending, Heads, Nonce, Refusal, Sequence};

use super::{
    super::{
        Entered, Offer, Opening,
        tests::{
            behind::hub_behind, draft, enter, enter_heard, far::Far, fresh_hub, general, hub_over, start,
            until,
        },
        ticker::timestamp,
    },
    *,
};
use crate::perform::RIGHTS_FOR;

#[tokio::test]
async fn a_subscription_that_ended_is_renewed_before_the_heads_are_read() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let log = hub.backend.log.clone();
    let mut presence = Presence::default();
    presence.arrive(entered.place.id, &entered.place.person);
    let keeper = fresh_keeper(&hub, general(), stream::empty().boxed(), Tail::default(), presence);
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
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
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
    let (entered, mut far) = enter_heard(&hub, "ada").await;
    let nowhere = RoomId::parse("nowhere").unwrap();
    entered.place.joined(&nowhere, Sequence::ZERO);
    entered.place.joined(&general(), Sequence::ZERO);
    let mut keeper = deaf_keeper(&hub, nowhere.clone(), Tail::at(heads(7)), Presence::default());

    keeper.open(Arc::clone(&entered.place), opening()).await;

    assert!(matches!(far.hear().await, ServerMessage::Refused { .. }));
    assert!(!entered.place.is_shown(&nowhere));
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    keeper.open(Arc::clone(&entered.place), opening()).await;
    until(|| entered.place.is_shown(&general())).await;
}

#[tokio::test]
async fn who_has_more_of_a_room_than_this_node_is_shown_nothing_older_while_the_store_is_away() {
    let (hub, _) = hub_behind(|what| Box::pin(ready(what != "log while reading heads"))).await;
    let (entered, mut far) = enter_heard(&hub, "ada").await;
    entered.place.joined(&general(), Sequence::ZERO);
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());

    keeper.open(Arc::clone(&entered.place), Opening { have: Some(heads(3)), ..opening() }).await;
    assert!(matches!(far.hear().await, ServerMessage::Refused { .. }));
    assert!(!entered.place.is_shown(&general()));

    keeper.open(Arc::clone(&entered.place), opening()).await;
    until(|| entered.place.is_shown(&general())).await;
}

#[tokio::test]
async fn typing_of_many_tabs_is_told_once() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    entered.place.joined(&general(), Sequence::ZERO);
    let mut others = hub.backend.bus.subscribe(&Channel::Room(general())).await.unwrap();
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    keeper.open(Arc::clone(&entered.place), opening()).await;
    until(|| entered.place.is_shown(&general())).await;

    for _ in 0..3 {
        keeper.obey(Command::Typing(Arc::clone(&entered.place))).await;
    }
    keeper.publish(Event::Presence { node: hub.node.clone(), number: 1, came: vec![], went: vec![] });

    assert!(matches!(others.next().await, Some(Heard::Event(Event::Typing { .. }))));
    assert!(matches!(others.next().await, Some(Heard::Event(Event::Presence { .. }))));
}

#[tokio::test]
async fn who_was_overtaken_waits_a_moment_and_comes_after() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let mut presence = Presence::default();
    presence.arrive(entered.place.id, &entered.place.person);
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), presence);
    let (mailbox, commands) = mpsc::channel(1);
    hub.backend.log.append(&general(), Sequence::ZERO, timestamp(), &[draft()]).await.unwrap();
    let other = named("n2");

    keeper.offer(Arc::clone(&entered.place), offer(other, 0));
    let before = Instant::now();
    append(&mut keeper).await;

    assert_eq!(keeper.tail.heads(), heads(1));
    assert!(keeper.turns.due() >= before);
    let keeper = tokio::spawn(keeper.keep(commands));
    until(|| hub.heads(&general()) == Some(heads(2))).await;
    drop(mailbox);
    keeper.abort();
}

#[tokio::test]
async fn whatever_those_lack_who_come_back_at_once_the_end_of_the_room_is_read_twice_at_most() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    entered.place.joined(&general(), Sequence::ZERO);
    fill(&hub.backend, 0..600).await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::at(heads(600)), Presence::default());
    let reach = |keeper: &Keeper| (0..600).find(|at| keeper.tail.end(Sequence(*at), usize::MAX).is_some());
    let back_at = |at| Opening { have: Some(heads(at)), ..opening() };

    keeper.open(Arc::clone(&entered.place), back_at(598)).await;
    assert_eq!(reach(&keeper), Some(550), "as far as who has nothing is shown");
    keeper.open(Arc::clone(&entered.place), back_at(540)).await;

    assert_eq!(reach(&keeper), Some(100), "as far as anybody is told what they lack");
}

#[tokio::test]
async fn what_was_last_looked_for_long_ago_is_looked_for_in_memory_from_then_on() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    fill(&hub.backend, 0..600).await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::at(heads(600)), Presence::default());
    let written = named("n550");

    keeper.offer(Arc::clone(&entered.place), offer(written, 500));
    append(&mut keeper).await;

    assert_eq!(hub.backend.log.heads(&general()).await.unwrap(), heads(600), "it is in the log already");
    assert!(keeper.tail.end(Sequence(500), usize::MAX).is_some());
}

#[tokio::test]
async fn who_left_while_their_draft_waited_writes_nothing() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    let late = Offer { allowed_at: Instant::now() - 2 * RIGHTS_FOR, ..offer(draft(), 0) };

    keeper.offer(Arc::clone(&entered.place), late);
    append(&mut keeper).await;

    assert_eq!(hub.backend.log.heads(&general()).await.unwrap(), heads(0));
    assert!(keeper.is_idle(), "it is answered");
}

#[tokio::test(start_paused = true)]
async fn who_left_while_others_were_looked_at_writes_nothing() {
    let (hub, backend) = hub_far_from_its_store("memberships while finding some").await;
    let (ada, bo) = (enter(&hub, "ada").await, enter(&hub, "bo").await);
    let Backend { memberships, log, .. } = backend;
    for member in [&ada, &bo] {
        memberships.join(&general(), &member.place.person.id, &start()).await.unwrap();
    }
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    let of = |it: &Entered| Draft { author: it.place.person.id.clone(), ..draft() };

    let waited = Offer { allowed_at: Instant::now() - 2 * RIGHTS_FOR, ..offer(of(&ada), 0) };
    keeper.offer(Arc::clone(&bo.place), offer(of(&bo), 0));
    keeper.offer(Arc::clone(&ada.place), waited);
    let removed = async {
        tokio::time::sleep(THE_WAY_TAKES / 2).await;
        let deed = Deed { by: Actor::Operator, at: timestamp() };
        memberships.leave(&general(), &bo.place.person.id, &deed).await.unwrap();
    };
    tokio::join!(append(&mut keeper), removed);

    let written = log.read(&general(), Sequence(1), 2).await.unwrap();
    assert_eq!(written.iter().map(|it| &it.author).collect::<Vec<_>>(), [&ada.place.person.id]);
}

#[tokio::test(start_paused = true)]
async fn a_room_that_nobody_opens_keeps_of_what_is_old_as_much_as_is_shown_first() {
    let hub = hub_over(Shared::new().backend()).await;
    let entered = enter(&hub, "ada").await;
    entered.place.joined(&general(), Sequence::ZERO);
    let drafts: Vec<Draft> = (0..80).map(|n| named(&format!("n{n}"))).collect();
    hub.backend.log.append(&general(), Sequence::ZERO, Timestamp(1), &drafts).await.unwrap();
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    keeper.catch_up().await;

    keeper.open(Arc::clone(&entered.place), opening()).await;
    tokio::time::advance(REMEMBERS / 2).await;
    keeper.wake().await;
    assert_eq!(keeper.tail.first(), Sequence(1), "somebody was there a moment ago");
    tokio::time::advance(REMEMBERS).await;
    keeper.wake().await;

    assert_eq!(keeper.tail.first(), Sequence(31));
}

/// How long what is far away is on its way.
pub(in crate::hub::keeper) const THE_WAY_TAKES: Duration = Duration::from_secs(4);

/// A hub that something takes long to go to the store from, and the store with nothing between.
pub(in crate::hub::keeper) async fn hub_far_from_its_store(what: &'static str) -> (Arc<Hub>, Backend) {
    hub_behind(move |asked| {
        let takes = if asked == what { THE_WAY_TAKES } else { Duration::ZERO };
        Box::pin(tokio::time::sleep(takes).map(|()| true))
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn an_append_goes_on_while_its_keeper_waits_for_something_else() {
    let (hub, backend) = hub_far_from_its_store("memberships while finding some").await;
    let entered = enter(&hub, "ada").await;
    backend.memberships.join(&general(), &entered.place.person.id, &start()).await.unwrap();
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());

    let waited = Offer { allowed_at: Instant::now() - 2 * RIGHTS_FOR, ..offer(draft(), 0) };
    keeper.offer(Arc::clone(&entered.place), waited);
    keeper.append_next().await;
    tokio::time::sleep(2 * THE_WAY_TAKES).await;

    assert_eq!(backend.log.heads(&general()).await.unwrap(), heads(1), "else its right is one of before");
}

#[tokio::test]
async fn who_is_back_by_a_newer_membership_is_not_taken_for_gone() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    entered.place.joined(&general(), Sequence(5));

    // The store has not heard of that yet, as far as it is asked.
    let lost = Lost { member: entered.place.person.id.clone(), why: Ending::Removed, change: Sequence(5) };

    assert_eq!(keeper.let_go(vec![lost]).await, []);
    assert!(entered.place.is_in(&general()));
}

/// A hub that something gets lost on its way to the store from, likewise.
async fn hub_that_loses(what: &'static str) -> (Arc<Hub>, Backend) {
    hub_behind(move |asked| Box::pin(ready(asked != what))).await
}

/// Appends what waits.
async fn append(keeper: &mut Keeper) {
    keeper.append_next().await;
    let appended = pending_or(&mut keeper.append).await;
    keeper.append = None;
    keeper.appended(appended).await;
}

fn offer(draft: Draft, since: u64) -> Offer {
    Offer { draft, since: Sequence(since), allowed_at: Instant::now() }
}

fn named(nonce: &str) -> Draft {
    Draft { nonce: Nonce::parse(nonce).unwrap(), ..draft() }
}

/// Puts messages into the room, in groups of twenty, which are called n0 and so on.
async fn fill(backend: &Backend, messages: Range<u64>) {
    for first in messages.step_by(20) {
        let drafts: Vec<Draft> = (first..first + 20).map(|at| named(&format!("n{at}"))).collect();
        backend.log.append(&general(), Sequence(first), timestamp(), &drafts).await.unwrap();
    }
}

/// A keeper that hears this.
fn fresh_keeper(hub: &Arc<Hub>, room: RoomId, heard: Subscription, tail: Tail, presence: Presence) -> Keeper {
    let ears = Ears::of(hub, &room, Some(heard));
    Keeper::new(Arc::clone(hub), room, ears, tail, presence)
}

/// A keeper that hears nothing.
fn deaf_keeper(hub: &Arc<Hub>, room: RoomId, tail: Tail, presence: Presence) -> Keeper {
    fresh_keeper(hub, room, stream::pending().boxed(), tail, presence)
}

pub(in crate::hub) fn opening() -> Opening {
    Opening {
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
        n_begun: u64::MAX,
    }
}

fn heads(messages: u64) -> Heads {
    Heads { messages: Sequence(messages), ..Heads::default() }
}
