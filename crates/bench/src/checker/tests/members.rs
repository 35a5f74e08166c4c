//! Broken histories of memberships.

use chat::ports::{Changed, Way};
use protocol::{Sequence, Timestamp};

use super::{Anomaly, change, changes, check_names, good, key, log, member, room, turns};

#[test]
fn who_writes_long_after_the_end_or_before_the_beginning_is_named() {
    let mut history = good();
    history.turns.insert(key("bo"), turns(&[(0, Way::Joined), (100, Way::Removed)]));
    changes(&mut history).push(change(4, "bo", Changed::Lost(member("bo"))));
    let log = history.logs.get_mut(&room()).unwrap();
    (log[1].at, log[3].at) = (Timestamp(2_100), Timestamp(2_101));
    history.turns.insert(key("ada"), turns(&[(3, Way::Joined)]));
    history.views.clear();

    let outsider =
        |name: &str, at| Anomaly::Outsider { room: room(), member: member(name), at: Timestamp(at) };
    check_names(&history, &[outsider("ada", 1), outsider("bo", 2_101), outsider("ada", 2)]);
}

#[test]
fn an_end_that_is_no_change_is_named() {
    let mut history = good();
    history.turns.insert(key("cy"), turns(&[(0, Way::Joined), (5, Way::Left)]));

    check_names(&history, &[Anomaly::EndMissing { room: room(), member: member("cy") }]);
}

#[test]
fn who_never_hears_of_their_removal_is_named() {
    let mut history = good();
    history.removed[0].heard_at = None;

    check_names(&history, &[Anomaly::Unaware { room: room(), member: member("di") }]);
}

#[test]
fn what_comes_to_the_screen_after_a_removal_is_named() {
    let mut history = good();
    history.removed[0].shown = log();

    check_names(&history, &[leaked("message 4 on screen")]);
}

#[test]
fn what_stays_on_screen_of_a_private_room_is_named() {
    let mut history = good();
    history.removed[0].is_private = true;

    check_names(&history, &[leaked("message 1 on screen")]);
}

#[test]
fn what_is_sent_after_a_removal_was_heard_of_is_named() {
    let mut history = good();
    history.removed[0].received.push(Sequence(4));

    check_names(&history, &[leaked("message 4 after it had heard")]);
}

#[test]
fn what_is_sent_long_after_a_removal_is_named_though_it_was_not_heard_of() {
    let mut history = good();
    history.removed[0].newest = Timestamp(2_004);

    check_names(&history, &[leaked("a message of 2004, long after 3")]);
}

fn leaked(what: &str) -> Anomaly {
    Anomaly::Leaked { room: room(), member: member("di"), what: what.to_owned() }
}
