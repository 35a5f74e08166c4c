//! What is asked while somebody types, and what of the answers is seen.

use protocol::{Action, MemberId, MemberName, RoomId, RoomName, Sequence, Timestamp, Topic};

use super::*;

const ZERO: Duration = Duration::ZERO;

#[test]
fn a_pause_in_typing_is_asked_for_and_each_letter_is_not() {
    let mut search = Search::default();

    for (at, text) in [(0, "t"), (100, "te"), (200, "tea")] {
        search.typed(text, ms(at));
        search.wake(ms(at));
        assert_eq!(search.take_question(), None);
    }
    assert_eq!(search.next_wake(), Some(ms(350)));
    search.wake(ms(350));

    let expected = Question { number: 1, query: "tea".into(), order: Order::Best, after: None, limit: 20 };
    assert_eq!(search.take_question(), Some(expected));
    assert_eq!(search.take_question(), None);
}

#[test]
fn what_stands_there_already_is_not_asked_again() {
    let mut search = asking("tea");

    search.typed("tea", ZERO);

    assert_eq!((search.due, search.take_question()), (None, None));
}

#[test]
fn an_answer_that_is_not_of_the_last_question_is_dropped() {
    let mut search = asking("te");
    search.typed("tea", ZERO);
    search.try_now(ZERO);

    search.answered(1, Ok(hits(&[1])), ZERO);
    assert_eq!(search.seen().found, None);
    search.answered(2, Ok(hits(&[2])), ZERO);
    search.answered(1, Ok(hits(&[1])), ZERO);

    assert_eq!(shown(&search), [2]);
}

#[test]
fn what_is_held_is_asked_for_once_somebody_wants_it() {
    let mut search = found("tea", hits(&[1]));

    search.typed("tea from:", ZERO);
    search.hold();
    assert_eq!((search.next_wake(), shown(&search)), (None, vec![1]));
    search.try_now(ZERO);
    assert_eq!(search.take_question().unwrap().query, "tea from:");
    search.try_now(ZERO);

    assert_eq!(search.take_question(), None, "it is asked for already");
}

#[test]
fn what_is_held_is_asked_for_whatever_is_under_way() {
    let mut search = asking("tea");

    search.typed("tea from:", ZERO);
    search.hold();
    search.try_now(ZERO);

    assert_eq!(search.take_question().unwrap().query, "tea from:");
}

#[test]
fn nothing_is_shown_once_nothing_is_looked_for() {
    let mut search = found("tea", hits(&[1]));
    search.typed("teas", ZERO);
    search.try_now(ZERO);
    search.take_question();

    search.typed(" ", ZERO);
    search.answered(2, Ok(hits(&[2])), ZERO);

    assert_eq!(search.seen(), Seen::default());
    assert_eq!(search.next_wake(), None);
}

#[test]
fn hits_stay_until_others_come_and_are_old_once_these_are_waited_for() {
    let mut search = found("tea", hits(&[1]));

    search.typed("teas", ZERO);
    search.wake(PAUSE);
    assert_eq!((shown(&search), search.seen().is_old), (vec![1], false));
    search.wake(PAUSE + SOON);
    assert_eq!((shown(&search), search.seen().is_old), (vec![1], true));
    search.answered(2, Ok(hits(&[2])), PAUSE + SOON);

    assert_eq!((shown(&search), search.seen().is_old), (vec![2], false));
}

#[test]
fn who_waits_is_told_so_after_a_moment() {
    let mut search = asking("tea");

    for (before, at, progress) in [(ms(0), SOON, Progress::Searching), (SOON, SLOW, Progress::Slow)] {
        search.wake(before);
        assert_ne!(search.seen().progress, progress);
        assert_eq!(search.next_wake(), Some(at));
        search.wake(at);
        assert_eq!(search.seen().progress, progress);
    }
    assert_eq!(search.next_wake(), None);
    search.answered(1, Ok(hits(&[])), SLOW);

    assert_eq!(search.seen().progress, Progress::Quiet);
}

#[test]
fn another_order_is_asked_for_at_once() {
    let mut search = found("tea", hits(&[1]));

    search.sort(Order::Best, ZERO);
    assert_eq!(search.take_question(), None);
    search.sort(Order::Newest, ZERO);

    let question = search.take_question().unwrap();
    assert_eq!((question.order, question.after), (Order::Newest, None));
}

#[test]
fn more_hits_stand_under_the_first_and_each_once() {
    let mut search = found("tea", Hits { next: Some("mark".into()), ..hits(&[1, 2]) });
    assert!(search.seen().has_more);

    search.more(ZERO);
    assert_eq!(search.take_question().unwrap().after.as_deref(), Some("mark"));
    search.more(ZERO);
    assert_eq!(search.take_question(), None, "it is asked for already");
    search.answered(2, Ok(hits(&[2, 3])), ZERO);

    assert_eq!((shown(&search), search.seen().has_more), (vec![1, 2, 3], false));
}

#[test]
fn there_are_no_more_of_what_is_not_wanted_any_longer() {
    let mut search = found("tea", Hits { next: Some("mark".into()), ..hits(&[1]) });

    search.typed("teas", ZERO);
    search.more(ZERO);

    assert_eq!((search.seen().has_more, search.take_question()), (false, None));
}

#[test]
fn where_the_index_is_another_it_begins_anew() {
    let mut search = found("tea", Hits { next: Some("mark".into()), ..hits(&[1]) });
    search.more(ZERO);
    search.take_question();

    let refusal = Refusal::Invalid { field: Field::Cursor, expected: String::new() };
    search.answered(2, Err(refusal), ZERO);

    assert_eq!(search.take_question().unwrap().after, None);
}

#[test]
fn a_failure_is_told_and_tried_again() {
    let mut search = found("tea", hits(&[1]));
    search.typed("teas", ZERO);
    search.try_now(ZERO);
    search.take_question();

    search.answered(2, Err(Refusal::Unavailable), ZERO);
    assert_eq!(search.seen().progress, Progress::Failed(Refusal::Unavailable));
    assert_eq!(search.seen().found, None, "these were of something else");
    assert_eq!(search.next_wake(), None);
    search.try_now(ZERO);

    assert_eq!(search.take_question().unwrap().query, "teas");
    assert_eq!(search.seen().progress, Progress::Quiet);
}

#[test]
fn more_that_fails_leaves_what_is_there() {
    let mut search = found("tea", Hits { next: Some("mark".into()), ..hits(&[1]) });
    search.more(ZERO);
    search.take_question();

    search.answered(2, Err(Refusal::Unavailable), ZERO);
    assert_eq!(shown(&search), [1]);
    search.try_now(ZERO);

    assert_eq!(search.take_question().unwrap().after.as_deref(), Some("mark"));
}

#[test]
fn who_is_too_fast_waits_and_is_not_told() {
    let mut search = asking("tea");

    search.answered(1, Err(Refusal::TooFast { action: Action::Search, retry_ms: 300 }), ZERO);
    assert_eq!((search.seen().progress, search.next_wake()), (Progress::Quiet, Some(ms(300))));
    search.wake(ms(300));

    assert_eq!(search.take_question().unwrap().number, 2);
}

#[test]
fn while_the_index_does_not_answer_it_is_asked_again_and_nobody_waits() {
    let mut search = found("tea", Hits { source: Source::Newest, ..hits(&[1]) });
    assert_eq!(search.seen().source, Some(Source::Newest));
    assert_eq!(search.next_wake(), Some(AGAIN));

    search.wake(AGAIN);
    let question = search.take_question().unwrap();
    search.wake(AGAIN + SLOW);
    assert_eq!(search.seen().progress, Progress::Quiet);
    search.answered(question.number, Err(Refusal::Unavailable), AGAIN + SLOW);
    assert_eq!((shown(&search), search.seen().progress), (vec![1], Progress::Quiet));
    let again = search.next_wake().unwrap();
    search.wake(again);
    let question = search.take_question().unwrap();
    search.answered(question.number, Ok(hits(&[1, 2])), again);

    assert_eq!((shown(&search), search.seen().source), (vec![1, 2], Some(Source::Index)));
    assert_eq!(search.next_wake(), None);
}

#[test]
fn who_comes_back_finds_the_hits_and_they_are_looked_up_again() {
    let many: Vec<u64> = (1..=30).collect();
    let mut search = found("tea", hits(&many));
    search.closed();
    assert_eq!(search.next_wake(), None);

    search.opened("tea", Order::Best, ZERO);
    assert_eq!(shown(&search).len(), 30);
    let question = search.take_question().unwrap();
    assert_eq!(question.limit, 30);
    search.answered(question.number, Ok(hits(&[1, 3])), ZERO);

    assert_eq!(shown(&search), [1, 3]);
}

#[test]
fn who_comes_for_something_else_finds_nothing_of_before() {
    let mut search = found("tea", hits(&[1]));
    search.closed();

    search.opened("coffee", Order::Best, ZERO);

    assert_eq!(search.seen().found, None);
    assert_eq!(search.take_question().unwrap().query, "coffee");
}

#[test]
fn an_answer_to_a_page_that_was_left_is_dropped() {
    let mut search = asking("tea");

    search.closed();
    search.answered(1, Ok(hits(&[1])), ZERO);

    assert_eq!(search.seen().found, None);
}

/// A search that has asked for this.
fn asking(text: &str) -> Search {
    let mut search = Search::default();
    search.opened(text, Order::Best, ZERO);
    assert_eq!(search.take_question().unwrap().number, 1);
    search
}

/// A search that was answered.
fn found(text: &str, hits: Hits) -> Search {
    let mut search = asking(text);
    search.answered(1, Ok(hits), ZERO);
    search
}

/// Messages of one room that were found.
fn hits(sequences: &[u64]) -> Hits {
    let (room, author) = (RoomId::parse("general").unwrap(), MemberId::parse("ada").unwrap());
    let name = RoomName::parse("General").unwrap();
    let hit = |sequence: &u64| Hit {
        room: room.clone(),
        sequence: Sequence(*sequence),
        author: author.clone(),
        at: Timestamp(0),
        text: "tea".into(),
        marked: vec![[0, 3]],
        cut_before: false,
        cut_after: false,
    };
    Hits {
        hits: sequences.iter().map(hit).collect(),
        people: vec![Person { id: author.clone(), name: MemberName::parse("Ada").unwrap(), guest: false }],
        rooms: vec![RoomInfo { id: room.clone(), name, topic: Topic::parse("").unwrap(), private: false }],
        next: None,
        source: Source::Index,
    }
}

fn shown(search: &Search) -> Vec<u64> {
    let found = search.seen().found.unwrap_or_default();
    found.into_iter().map(|it| it.hit.sequence.0).collect()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
