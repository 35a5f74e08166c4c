//! Histories in which members were told that they, or others, came in or went out.

use chat::ports::{Change, Changed, Way};
use protocol::{MemberId, Refusal, Timestamp};

use super::{Anomaly, History, change, changes, check, good, key, member, room, turns, written};
use crate::record::{Act, Event, Line, What};

const JOINED: Way = Way::Joined;
const LEFT: Way = Way::Left;
const REMOVED: Way = Way::Removed;
/// Before the run.
const BEFORE: (i64, Way) = (-5_000, JOINED);

#[test]
fn who_was_told_what_the_time_line_says_is_not_named() {
    let walk =
        [asks(9_000, &leave()), is_told(9_030, &leave()), asks(9_030, &join()), is_told(9_060, &join())];
    check_turns(&[BEFORE, (9_010, LEFT), (9_040, JOINED)], &walk, &[]);

    let warden = [asked(9_000, &remove()), done(9_030, &remove()), asked(9_030, &add()), done(9_060, &add())];
    check_turns(&[BEFORE, (9_010, REMOVED), (9_040, JOINED)], &warden, &[]);
}

#[test]
fn who_is_told_what_was_so_before_is_not_named() {
    let inside = [asks(9_000, &join()), is_told(9_030, &join()), asked(9_000, &add()), done(9_030, &add())];
    check_turns(&[BEFORE], &inside, &[]);

    let outside =
        [asks(9_000, &leave()), is_told(9_030, &leave()), asked(9_000, &remove()), done(9_030, &remove())];
    check_turns(&[], &outside, &[]);
}

#[test]
fn a_join_that_is_not_in_the_time_line_is_named_though_it_followed_at_once_on_what_is() {
    let lines =
        [asks(9_000, &leave()), is_told(9_030, &leave()), asks(9_030, &join()), is_told(9_030, &join())];

    check_turns(&[BEFORE, (9_010, LEFT)], &lines, &[lost(JOINED, 9_030)]);
}

#[test]
fn a_leave_that_is_not_in_the_time_line_is_named() {
    check_turns(&[BEFORE], &[asks(9_000, &leave()), is_told(9_030, &leave())], &[lost(LEFT, 9_030)]);
}

#[test]
fn an_addition_and_a_removal_that_are_not_in_the_time_line_are_named() {
    check_turns(&[], &[asked(9_000, &add()), done(9_030, &add())], &[lost(JOINED, 9_030)]);
    check_turns(&[BEFORE], &[asked(9_000, &remove()), done(9_030, &remove())], &[lost(REMOVED, 9_030)]);
}

#[test]
fn a_turn_that_came_after_the_answer_is_too_late() {
    let lines = [asks(4_000, &join()), is_told(4_030, &join()), asked(9_000, &add()), done(9_030, &add())];

    check_turns(&[(9_010, JOINED)], &lines, &[lost(JOINED, 4_030)]);
}

#[test]
fn a_leave_is_not_made_good_by_a_removal_right_after_it() {
    let lines =
        [asks(9_000, &leave()), is_told(9_030, &leave()), asked(9_030, &remove()), done(9_060, &remove())];

    check_turns(&[BEFORE, (9_040, REMOVED)], &lines, &[lost(LEFT, 9_030)]);
}

#[test]
fn an_answer_is_to_what_was_asked_last() {
    let given_up = [asks(8_000, &leave()), (8_020, Some(EVE), Event::Unknown(leave()))];
    let away = [asked(8_100, &remove()), done(8_130, &remove()), asked(8_200, &add()), done(8_230, &add())];
    let again = [asks(9_000, &leave()), is_told(9_030, &leave())];
    let turned = [BEFORE, (8_110, REMOVED), (8_210, JOINED)];

    check_turns(&turned, &[&given_up[..], &away, &again].concat(), &[lost(LEFT, 9_030)]);
}

#[test]
fn who_is_told_that_they_are_in_while_their_removal_was_stamped_and_not_yet_written_is_not_named() {
    let meanwhile = [asks(9_200, &join()), is_told(9_300, &join())];
    let lines = [&[asked(9_000, &remove())], &meanwhile[..], &[done(9_400, &remove())]].concat();

    check_turns(&[BEFORE, (9_010, REMOVED)], &lines, &[]);
}

#[test]
fn what_was_not_acknowledged_may_be_done_later_and_what_was_acknowledged_may_not() {
    let given_up = [asks(9_000, &leave()), (9_020, Some(EVE), Event::Unknown(leave()))];
    let again = [asks(9_020, &leave()), is_told(9_040, &leave())];
    let then = [asked(11_500, &add()), done(11_600, &add())];
    let lines = [&given_up[..], &again, &then].concat();

    // By the first, which a node has kept for a while.
    check_turns(&[BEFORE, (11_000, LEFT)], &lines, &[lost(LEFT, 9_040)]);
    // By the second, or by the first long ago.
    check_turns(&[BEFORE, (9_035, LEFT)], &lines, &[]);
    // By the second alone.
    check_turns(&[BEFORE, (9_035, LEFT)], &[&again[..], &then].concat(), &[lost(JOINED, 11_600)]);
}

#[test]
fn what_was_not_acknowledged_may_have_been_done_before_it_is_asked_for_again() {
    let given_up = [asks(9_000, &leave()), (9_020, Some(EVE), Event::Unknown(leave()))];
    let removed = [asked(9_030, &remove()), done(9_040, &remove())];
    let again = [asks(9_050, &leave()), is_told(9_060, &leave())];

    check_turns(&[BEFORE, (9_010, LEFT)], &[&given_up[..], &removed, &again].concat(), &[]);
}

#[test]
fn a_node_that_stood_still_stamps_late_and_writes_later() {
    let lines = [
        asks(9_000, &leave()),
        (9_020, Some(EVE), Event::Unknown(leave())),
        asked(10_900, &remove()),
        asks(10_960, &leave()),
        done(10_960, &remove()),
        is_told(10_980, &leave()),
        asked(11_010, &add()),
        done(11_060, &add()),
        asks(12_000, &join()),
        is_told(12_030, &join()),
    ];
    // The last of these was asked for first.
    let turned = [BEFORE, (10_950, REMOVED), (11_050, JOINED), (10_970, LEFT)];

    check_turns(&turned, &lines, &[]);
}

#[test]
fn what_was_refused_or_never_answered_may_be_done_or_not() {
    let refusal = Refusal::Unavailable;
    check_turns(&[], &[asks(9_000, &join())], &[]);
    check_turns(&[], &[asks(9_000, &join()), (9_020, Some(EVE), Event::Fail { act: join(), refusal })], &[]);

    let refusal = Refusal::Unavailable;
    let refused = [asks(9_000, &leave()), (9_020, Some(EVE), Event::Fail { act: leave(), refusal })];
    let again = [asks(9_020, &leave()), is_told(9_040, &leave())];
    let then = [asked(9_100, &add()), done(9_200, &add())];
    check_turns(&[BEFORE, (9_010, LEFT)], &[&refused[..], &again, &then].concat(), &[]);

    let another = Some(91);
    let removed = [(9_020, another, Event::Invoke(remove())), (9_040, another, Event::Ok(remove()))];
    let then = [asks(9_100, &join()), is_told(9_200, &join())];
    let lines = [&[asked(9_000, &remove())], &removed[..], &then].concat();
    check_turns(&[BEFORE, (9_030, REMOVED)], &lines, &[]);
    check_turns(&[BEFORE, (9_030, REMOVED)], &lines[1..], &[lost(JOINED, 9_200)]);
}

#[test]
fn a_stamp_of_another_clock_is_known_as_long_as_that_is_near() {
    let lines =
        [asks(9_000, &leave()), is_told(9_030, &leave()), asks(9_100, &join()), is_told(9_130, &join())];

    check_turns(&[BEFORE, (8_100, LEFT)], &lines, &[lost(JOINED, 9_130)]);
    check_turns(&[BEFORE, (9_930, LEFT)], &lines, &[lost(JOINED, 9_130)]);
    // Whose this is nobody knows, nor when it was written.
    check_turns(&[BEFORE, (7_900, LEFT)], &lines, &[]);
}

#[test]
fn nobody_is_named_where_it_is_not_known_when_the_run_began() {
    let client = (0, Some(EVE), Event::Client(eve()));
    let lines = [client, asks(9_000, &join()), is_told(9_030, &join())].map(line);

    assert_eq!(check(&History::of(lines)), []);
}

/// When the run began.
const BEGAN: u64 = 1_000_000;
/// The number of Eve's client.
const EVE: u32 = 90;

type Told = (u64, Option<u32>, Event);

/// A good run with Eve's membership beside, read from what was written down.
#[track_caller]
fn check_turns(turned: &[(i64, Way)], told: &[Told], expected: &[Anomaly]) {
    let mut history = good();
    history.began = Timestamp(BEGAN);
    let turned: Vec<(u64, Way)> =
        turned.iter().map(|(at, way)| (BEGAN.checked_add_signed(*at).unwrap(), *way)).collect();
    for (at, _) in turned.iter().filter(|(_, way)| *way != JOINED) {
        let sequence = changes(&mut history).len() as u64 + 1;
        let end = change(sequence, "eve", Changed::Lost(eve()));
        changes(&mut history).push(Change { at: Timestamp(*at), ..end });
    }
    history.turns.insert(key("eve"), turns(&turned));
    let client = (0, Some(EVE), Event::Client(eve()));
    let told = [client].into_iter().chain(told.iter().cloned()).map(line);
    let lines = written::lines(&history).into_iter().chain(told);
    let lines: Vec<String> = lines.map(|line| serde_json::to_string(&line).unwrap()).collect();

    let read = History::of(lines.iter().map(|line| serde_json::from_str(line).unwrap()));

    assert_eq!(check(&read), expected, "{lines:#?}");
}

fn line((at_ms, client, event): Told) -> Line {
    Line { at_ms, client, event }
}

fn asks(at_ms: u64, act: &Act) -> Told {
    (at_ms, Some(EVE), Event::Invoke(act.clone()))
}

fn is_told(at_ms: u64, act: &Act) -> Told {
    (at_ms, Some(EVE), Event::Ok(act.clone()))
}

/// By the warden.
fn asked(at_ms: u64, act: &Act) -> Told {
    (at_ms, None, Event::Invoke(act.clone()))
}

fn done(at_ms: u64, act: &Act) -> Told {
    (at_ms, None, Event::Ok(act.clone()))
}

fn lost(way: Way, at: u64) -> Anomaly {
    Anomaly::TurnLost { room: room(), member: eve(), way, at: Timestamp(BEGAN + at) }
}

fn join() -> Act {
    Act { room: room(), what: What::Join }
}

fn leave() -> Act {
    Act { room: room(), what: What::Leave }
}

fn add() -> Act {
    Act { room: room(), what: What::Add(eve()) }
}

fn remove() -> Act {
    Act { room: room(), what: What::Remove(eve()) }
}

fn eve() -> MemberId {
    member("eve")
}
