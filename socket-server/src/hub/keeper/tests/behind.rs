//! A keeper whose tail is not the end of the room.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

const READING: &str = "log while reading messages";

#[tokio::test(start_paused = true)]
async fn what_is_read_on_ends_where_the_heads_did_however_far_the_room_is_by_then() {
    let (hub, backend) = hub_far_from_its_store(READING).await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    fill(&backend, 0..20).await;

    let grows = async {
        tokio::time::sleep(THE_WAY_TAKES / 2).await;
        fill(&backend, 20..40).await;
    };
    tokio::join!(keeper.catch_up(), grows);

    assert_eq!(keeper.tail.heads(), heads(20), "the store puts groups, and nothing is put within one");
    keeper.catch_up().await;
    assert_eq!(keeper.tail.heads(), heads(40));
}

#[tokio::test]
async fn while_the_end_of_the_room_cannot_be_read_nothing_is_appended() {
    let (hub, backend) = hub_that_loses(READING).await;
    let entered = enter(&hub, "ada").await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    fill(&backend, 0..20).await;
    keeper.is_doubtful = true;

    for name in ["n100", "n101"] {
        keeper.offer(Arc::clone(&entered.place), offer(named(name), 0));
    }
    keeper.append_next().await;

    assert!(keeper.append.is_none(), "right behind the tail may be the middle of a group");
    assert!(keeper.gather.is_empty(), "who waits is told");
}

#[tokio::test]
async fn who_was_looked_for_far_back_and_overtaken_is_not_looked_for_there_again() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    fill(&hub.backend, 0..1_000).await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::at(heads(980)), Presence::default());

    keeper.offer(Arc::clone(&entered.place), offer(draft(), 10));
    append(&mut keeper).await;

    assert_eq!(keeper.tail.heads(), heads(1_000), "it was overtaken");
    let group = keeper.gather.next_group(&keeper.tail);
    assert_eq!((group.drafts.len(), group.unknown.as_slice()), (1, [].as_slice()));
}

#[tokio::test]
async fn of_many_that_are_looked_for_far_back_each_is_found() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    fill(&hub.backend, 0..1_000).await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::at(heads(1_000)), Presence::default());

    for name in ["n30", "n31", "n999", "new"] {
        keeper.offer(Arc::clone(&entered.place), offer(named(name), 10));
    }
    append(&mut keeper).await;

    let log = &hub.backend.log;
    assert_eq!(log.heads(&general()).await.unwrap(), heads(1_001), "one of them is new");
    let last = log.read(&general(), Sequence(1_001), 1).await.unwrap().remove(0);
    assert_eq!(last.nonce.as_str(), "new");
}

#[tokio::test]
async fn of_a_room_as_much_is_read_for_those_who_are_far_behind_as_for_one_of_them() {
    let (hub, backend, n_read) = hub_that_counts(READING).await;
    let entered = enter(&hub, "ada").await;
    fill(&backend, 0..2_000).await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::at(heads(2_000)), Presence::default());

    let mut read = Vec::new();
    for (n, since) in [1_000, 999, 998, 1_500, 1_000].into_iter().enumerate() {
        keeper.offer(Arc::clone(&entered.place), offer(named(&format!("new{n}")), since));
        append(&mut keeper).await;
        read.push(n_read.load(Ordering::Relaxed));
    }

    assert_eq!(keeper.tail.heads(), heads(2_005));
    assert!(read[0] > 0);
    assert!(
        read[4] <= read[0] + 1,
        "what was read is remembered, and more is read at once than is asked for: {read:?}"
    );
}

#[tokio::test]
async fn what_is_kept_no_longer_is_found_in_memory_however_often_it_is_sent() {
    let (hub, backend, n_read) = hub_that_counts(READING).await;
    let entered = enter(&hub, "ada").await;
    fill(&backend, 0..2_000).await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::at(heads(2_000)), Presence::default());

    keeper.offer(Arc::clone(&entered.place), offer(named("n30"), 10));
    append(&mut keeper).await;
    let read_at_first = n_read.load(Ordering::Relaxed);
    keeper.opened_at = Instant::now().checked_sub(REMEMBERS).unwrap();
    for since in [10, 15, 29] {
        keeper.forget(); // As now and then.
        keeper.offer(Arc::clone(&entered.place), offer(named("n30"), since));
        keeper.append_next().await;
        assert!(keeper.append.is_none() && keeper.gather.is_empty(), "it is answered");
    }

    assert!(keeper.tail.first() > Sequence(31), "{}", keeper.tail.first());
    assert_eq!(n_read.load(Ordering::Relaxed), read_at_first);
    assert_eq!(backend.log.heads(&general()).await.unwrap(), heads(2_000), "it is in the log already");
}

/// A hub, the store with nothing between, and how often the hub has called this.
async fn hub_that_counts(call: &'static str) -> (Arc<Hub>, Backend, Arc<AtomicUsize>) {
    let n_called = Arc::<AtomicUsize>::default();
    let counts = Arc::clone(&n_called);
    let counted = hub_behind(move |what| {
        counts.fetch_add(usize::from(what == call), Ordering::Relaxed);
        Box::pin(ready(true))
    });
    let (hub, backend) = counted.await;
    (hub, backend, n_called)
}

#[tokio::test]
async fn who_claims_to_know_more_than_there_is_is_looked_for_once() {
    let (hub, _, n_asked) = hub_that_counts("log while reading heads").await;
    let (entered, mut far) = enter_heard(&hub, "ada").await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());

    for name in ["n1", "n2", "n3"] {
        keeper.offer(Arc::clone(&entered.place), offer(named(name), 20));
        keeper.append_next().await;
        let told = far.hear().await;
        assert!(matches!(&told, ServerMessage::NotSent { refusal: Refusal::SinceAhead, .. }), "{told:?}");
    }

    assert_eq!(n_asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn without_the_bus_who_was_overtaken_looks_how_far_the_room_is_before_the_next_try() {
    let hub = hub_over(Shared::new().backend()).await;
    let entered = enter(&hub, "ada").await;
    let ears = Ears::of(&hub, &general(), None);
    let mut keeper = Keeper::new(Arc::clone(&hub), general(), ears, Tail::default(), Presence::default());
    fill(&hub.backend, 0..100).await;

    keeper.offer(Arc::clone(&entered.place), offer(named("new"), 0));
    append(&mut keeper).await;
    assert!(keeper.tail.heads().messages < Sequence(100), "the store tells what came first, and no more");
    tokio::time::sleep_until(keeper.turns.due()).await;
    append(&mut keeper).await;

    assert_eq!(hub.backend.log.heads(&general()).await.unwrap(), heads(101));
}

#[tokio::test]
async fn what_was_deleted_before_its_append_was_answered_has_no_text_for_anybody() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    let (out, mut shown) = mpsc::channel(OUT_MAX);
    keeper.out = out;
    keeper.offer(Arc::clone(&entered.place), offer(draft(), 0));
    keeper.append_next().await;
    let appended = pending_or(&mut keeper.append).await;
    keeper.append = None;
    let written = hub.backend.log.read(&general(), Sequence(1), 1).await.unwrap().remove(0);

    // Another node knew of it before its append was answered here, and told that it is deleted.
    let deleted = Message { revision: Sequence(1), text: None, ..written };
    let (changed, lost) = (vec![deleted.clone()], Vec::new());
    let event = Event::Changed { after: Sequence::ZERO, changed, lost, upto: Sequence(1) };
    keeper.hear(Heard::Event(event)).await;
    keeper.appended(appended).await;

    assert_eq!(keeper.tail.end(Sequence::ZERO, usize::MAX), Some(vec![deleted]));
    while let Ok(out) = shown.try_recv() {
        let Out::Frames { frames, .. } = out else { continue };
        assert!(!String::from_utf8_lossy(&frames).contains(draft().text.as_str()));
    }
}

#[tokio::test]
async fn while_the_end_of_the_room_cannot_be_read_who_knows_more_of_it_may_try_again() {
    let (hub, backend) = hub_that_loses(READING).await;
    let (entered, mut far) = enter_heard(&hub, "ada").await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    fill(&backend, 0..20).await;

    keeper.offer(Arc::clone(&entered.place), offer(named("n100"), 20));
    keeper.append_next().await;

    let told = far.hear().await;
    let may_try_again = matches!(&told, ServerMessage::NotSent { refusal: Refusal::Unavailable, .. });
    assert!(may_try_again, "that 20 is not yet is said by a tail that is behind: {told:?}");
}

#[tokio::test]
async fn what_was_read_before_its_append_was_answered_is_shown_once() {
    let hub = fresh_hub().await;
    let entered = enter(&hub, "ada").await;
    let mut keeper = deaf_keeper(&hub, general(), Tail::default(), Presence::default());
    let (out, mut shown) = mpsc::channel(OUT_MAX);
    keeper.out = out;

    keeper.offer(Arc::clone(&entered.place), offer(draft(), 0));
    keeper.append_next().await;
    let appended = pending_or(&mut keeper.append).await;
    keeper.append = None;
    keeper.catch_up().await;
    keeper.appended(appended).await;

    let mut n_shown = 0;
    while let Ok(out) = shown.try_recv() {
        n_shown += if let Out::Frames { n_messages, .. } = out { n_messages } else { 0 };
    }
    assert_eq!(n_shown, 1);
}
