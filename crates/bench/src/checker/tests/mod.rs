//! Broken histories, each with what is to be found in it.

mod members;
mod turns;
mod written;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chat::ports::{Change, Changed, Turn, Way};
use protocol::{MemberId, Message, MessageText, Nonce, Refusal, RoomId, Sequence, Timestamp};

use super::*;
use crate::record::{Act, Event, Line, Shown, What};

#[test]
fn a_good_run_has_nothing_to_name() {
    assert_eq!(check(&good()), []);
}

#[test]
fn a_loss_is_named() {
    let mut history = good();
    history.logs.get_mut(&room()).unwrap().pop();
    for view in &mut history.views {
        view.messages.pop();
    }
    history.given_up.insert(nonce("b2"));

    check_names(&history, &[Anomaly::Lost { room: room(), entry: entry(4, "bo", "b2") }]);
}

#[test]
fn a_draft_that_was_neither_written_nor_given_up_is_named() {
    let mut history = good();
    history.given_up.clear();

    check_names(&history, &[Anomaly::Unwritten { room: room(), nonce: nonce("b3") }]);
}

#[test]
fn a_message_that_does_not_say_what_was_composed_is_named_unless_it_was_edited() {
    let mut history = good();
    history.composed[0].drafts.iter_mut().for_each(|(_, said)| *said = text("well"));

    check_names(&history, &[Anomaly::Garbled { room: room(), nonce: nonce("a1") }]);
}

#[test]
fn a_double_is_named() {
    let mut history = good();
    let again = message(5, "ada", "a1");
    history.logs.get_mut(&room()).unwrap().push(again.clone());
    history.views.iter_mut().for_each(|view| view.messages.push(again.clone()));

    check_names(&history, &[Anomaly::Doubled { room: room(), nonce: nonce("a1") }, reordered("a2")]);
}

#[test]
fn a_swap_in_the_log_is_named_unless_one_of_both_was_refused_in_between() {
    let mut history = good();
    let log = history.logs.get_mut(&room()).unwrap();
    (log[0].nonce, log[2].nonce) = (nonce("a2"), nonce("a1"));
    let anomalies = check(&history);
    assert!(anomalies.contains(&reordered("a2")), "{anomalies:?}");

    history.sent_again.insert(nonce("a1"));

    let anomalies = check(&history);
    assert!(!anomalies.contains(&reordered("a2")), "{anomalies:?}");
}

#[test]
fn a_message_that_was_refused_and_nothing_else_is_named() {
    let mut history = good();
    history.acknowledged.retain(|(_, entry)| entry.nonce != nonce("a1"));
    history.refused.insert(nonce("a1"));

    check_names(&history, &[Anomaly::Refuted { room: room(), nonce: nonce("a1") }]);
}

#[test]
fn a_refusal_is_the_last_word_unless_an_earlier_try_is_open() {
    let act = Act { room: room(), what: What::Send { nonce: nonce("a1"), sequence: None } };
    let (tried, outside) = (Event::Invoke(act.clone()), Refusal::NotInRoom { room: room() });
    let refused = |refusal| Event::Fail { act: act.clone(), refusal };
    let of = |events: &[&Event]| {
        let events = events.iter().copied().cloned();
        History::of([Event::Client(member("ada"))].into_iter().chain(events).map(|event| Line {
            at_ms: 0,
            client: Some(1),
            event,
        }))
    };

    let told = of(&[&tried, &refused(outside.clone())]);
    assert!(told.refused.contains(&nonce("a1")) && told.sent_again.is_empty());

    for open in [Event::Unknown(act.clone()), refused(Refusal::Unavailable)] {
        let open = of(&[&tried, &open, &tried, &refused(outside.clone())]);
        assert!(open.refused.is_empty() && open.sent_again.contains(&nonce("a1")), "{open:?}");
    }
    let written = Act { what: What::Send { nonce: nonce("a1"), sequence: Some(Sequence(1)) }, ..act.clone() };
    let done = of(&[&tried, &tried, &Event::Ok(written), &refused(outside.clone())]);
    assert!(done.refused.is_empty() && done.sent_again.is_empty(), "{done:?}");
    // It is tried again by itself, before all that comes after it.
    let waits = of(&[&tried, &Event::Unknown(act.clone()), &tried, &refused(Refusal::Busy { retry_ms: 1 })]);
    assert!(waits.refused.is_empty() && waits.sent_again.is_empty(), "{waits:?}");
    let again = of(&[&tried, &refused(outside), &Event::SentAgain(nonce("a1")), &tried]);
    assert!(again.refused.is_empty(), "{again:?}");
}

#[test]
fn a_swap_in_a_view_is_named() {
    let mut history = good();
    history.views[0].messages.swap(1, 2);

    check_names(&history, &[differs(2)]);
}

#[test]
fn a_hole_is_named() {
    let mut history = good();
    let taken = history.logs.get_mut(&room()).unwrap().remove(1);
    history.given_up.insert(taken.nonce);
    history.views.clear();
    history.acknowledged.clear();

    // It was deleted, and who did that was told.
    let lost = Anomaly::ChangeLost { room: room(), sequence: Sequence(2), nonce: nonce("c1") };
    let hole = Anomaly::Hole { room: room(), after: Sequence(1) };
    check_names(&history, &[hole, Anomaly::NotAsChanged { room: room(), sequence: Sequence(2) }, lost]);
}

#[test]
fn a_view_that_stops_early_is_named_and_one_that_begins_late_is_not() {
    let mut history = good();
    history.views[0].messages.pop();
    history.views.push(View { messages: log()[2..].to_vec(), ..view("di") });

    check_names(&history, &[differs(4)]);
}

#[test]
fn a_view_with_an_old_version_is_named() {
    let mut history = good();
    history.views[0].messages[2] = message(3, "ada", "a2");

    check_names(&history, &[differs(3)]);
}

#[test]
fn a_hole_in_what_was_on_screen_is_named_unless_it_was_shown_from_somewhere_else_then() {
    let (first, third) = (shown(1, "ada", "a1", 0), shown(3, "ada", "a2", 0));
    let mut history = good();
    history.screens.push(screen(vec![vec![first.clone(), third.clone()]]));
    check_names(&history, &[differs(3)]);

    history.screens = vec![screen(vec![vec![first], vec![third]])];
    check_names(&history, &[]);
}

#[test]
fn what_was_on_screen_and_is_not_in_the_log_is_named() {
    let mut history = good();
    history.screens.push(screen(vec![vec![shown(1, "ada", "a1", 0), shown(2, "bo", "b9", 0)]]));

    check_names(&history, &[differs(2)]);
}

#[test]
fn a_message_that_went_back_to_an_older_version_is_named() {
    let mut history = good();
    let versions = [0, 2, 2, 1].map(|revision| shown(3, "ada", "a2", revision));
    history.screens.push(screen(vec![versions.to_vec()]));

    let (sequence, to) = (Sequence(3), Sequence(1));
    check_names(&history, &[Anomaly::WentBack { room: room(), member: member("cy"), sequence, to }]);
}

#[test]
fn a_hole_in_the_changes_is_named() {
    let mut history = good();
    changes(&mut history).pop();
    changes(&mut history).push(change(4, "bo", Changed::Lost(member("di"))));

    check_names(&history, &[Anomaly::ChangesHole { room: room(), after: Sequence(2) }]);
}

#[test]
fn an_edit_that_is_two_changes_is_named() {
    let mut history = good();
    changes(&mut history).push(Change { sequence: Sequence(4), ..changes(&mut good())[1].clone() });
    let message = &mut history.logs.get_mut(&room()).unwrap()[2];
    (message.revision, message.revised) = (Sequence(4), Some(Timestamp(4)));
    history.views[0].messages = history.logs[&room()].clone();

    check_names(&history, &[Anomaly::ChangeDoubled { room: room(), nonce: nonce("c2") }]);
}

#[test]
fn a_message_that_its_last_change_has_passed_by_is_named() {
    let mut history = good();
    history.logs.get_mut(&room()).unwrap()[1].text = Some(text("not this"));
    history.views.clear();

    // Who deleted it was told, and it still says something.
    let lost = Anomaly::ChangeLost { room: room(), sequence: Sequence(2), nonce: nonce("c1") };
    check_names(&history, &[Anomaly::NotAsChanged { room: room(), sequence: Sequence(2) }, lost]);
}

#[test]
fn an_edit_of_what_was_deleted_is_named() {
    let mut history = good();
    changes(&mut history).push(change(4, "bo", Changed::Edited(Sequence(2))));
    history.logs.get_mut(&room()).unwrap()[1] = edited(2, "bo", "b1", 4);
    history.views.clear();

    check_names(&history, &[Anomaly::NotAsChanged { room: room(), sequence: Sequence(2) }]);
}

#[test]
fn an_acknowledged_edit_that_is_no_change_is_named() {
    let mut history = good();
    history.revised[1].1.nonce = nonce("c9");

    let lost = Anomaly::ChangeLost { room: room(), sequence: Sequence(3), nonce: nonce("c9") };
    check_names(&history, &[lost]);
}

#[test]
fn an_acknowledged_edit_with_another_text_is_named() {
    let mut history = good();
    history.revised[1].1.text = Some(text("better still"));

    let lost = Anomaly::ChangeLost { room: room(), sequence: Sequence(3), nonce: nonce("c2") };
    check_names(&history, &[lost]);
}

#[test]
fn who_is_stuck_is_named() {
    let mut history = good();
    history.stuck.push((member("di"), "sending".to_owned()));

    check_names(&history, &[Anomaly::Stuck { member: member("di"), at: "sending".to_owned() }]);
}

/// As it is, and as it is read from what was written down.
#[track_caller]
fn check_names(history: &History, expected: &[Anomaly]) {
    let lines = written::lines(history).into_iter().map(|line| serde_json::to_string(&line).unwrap());
    let lines: Vec<String> = lines.collect();
    let read = History::of(lines.iter().map(|line| serde_json::from_str(line).unwrap()));

    assert_eq!(check(history), expected);
    let named = |anomalies: &[Anomaly]| anomalies.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    assert_eq!(named(&check(&read)), named(expected), "{lines:#?}");
}

fn reordered(nonce_text: &str) -> Anomaly {
    Anomaly::Reordered { room: room(), author: member("ada"), nonce: nonce(nonce_text) }
}

fn differs(at: u64) -> Anomaly {
    Anomaly::ViewDiffers { room: room(), member: member("cy"), at: Sequence(at) }
}

/// Four messages of two members, of which the second was deleted and the third edited; then a third member, who had
/// seen the first three, was removed.
fn good() -> History {
    let composed = |author: &str, nonces: &[&str]| Composed {
        room: room(),
        author: member(author),
        drafts: nonces.iter().map(|it| (nonce(it), text("good"))).collect(),
    };
    let revised = |by: &str, name: &str, message: &Message| {
        let (sequence, text) = (message.sequence, message.text.clone());
        (room(), Revised { by: member(by), nonce: nonce(name), sequence, text })
    };
    let removed = Removed {
        member: member("di"),
        room: room(),
        is_private: false,
        heard_at: Some(Sequence(3)),
        shown: log()[..3].to_vec(),
        received: Vec::new(),
        newest: Timestamp(3),
    };
    History {
        logs: BTreeMap::from([(room(), log())]),
        changes: BTreeMap::from([(
            room(),
            vec![
                change(1, "bo", Changed::Deleted(Sequence(2))),
                change(2, "ada", Changed::Edited(Sequence(3))),
                change(3, "bo", Changed::Lost(member("di"))),
            ],
        )]),
        turns: BTreeMap::from([
            (key("ada"), turns(&[(0, Way::Joined)])),
            (key("bo"), turns(&[(0, Way::Joined)])),
            (key("di"), turns(&[(0, Way::Joined), (3, Way::Removed)])),
        ]),
        acknowledged: log().iter().map(|message| (room(), Entry::of(message))).collect(),
        revised: vec![revised("bo", "c1", &log()[1]), revised("ada", "c2", &log()[2])],
        composed: vec![composed("ada", &["a1", "a2"]), composed("bo", &["b1", "b2", "b3"])],
        given_up: HashSet::from([nonce("b3")]),
        views: vec![view("cy")],
        removed: vec![removed],
        ..History::default()
    }
}

fn log() -> Vec<Message> {
    let deleted = Message { text: None, ..edited(2, "bo", "b1", 1) };
    vec![message(1, "ada", "a1"), deleted, edited(3, "ada", "a2", 2), message(4, "bo", "b2")]
}

fn view(of: &str) -> View {
    View { member: member(of), room: room(), messages: log() }
}

fn edited(sequence: u64, author: &str, nonce_text: &str, revision: u64) -> Message {
    let text = Some(text("better"));
    let (revision, revised) = (Sequence(revision), Some(Timestamp(revision)));
    Message { text, revision, revised, ..message(sequence, author, nonce_text) }
}

fn message(sequence: u64, author: &str, nonce_text: &str) -> Message {
    Message {
        sequence: Sequence(sequence),
        author: member(author),
        nonce: nonce(nonce_text),
        at: Timestamp(sequence),
        text: Some(text("good")),
        revision: Sequence::ZERO,
        revised: None,
    }
}

fn shown(sequence: u64, author: &str, nonce_text: &str, revision: u64) -> Shown {
    Shown { entry: entry(sequence, author, nonce_text), revision: Sequence(revision) }
}

fn screen(runs: Vec<Vec<Shown>>) -> Screen {
    Screen { member: member("cy"), room: room(), runs }
}

fn entry(sequence: u64, author: &str, nonce_text: &str) -> Entry {
    Entry::of(&message(sequence, author, nonce_text))
}

fn change(sequence: u64, by: &str, what: Changed) -> Change {
    let nonce = (!matches!(what, Changed::Lost(_))).then(|| nonce(&format!("c{sequence}")));
    Change { sequence: Sequence(sequence), by: member(by), nonce, at: Timestamp(sequence), what }
}

fn changes(history: &mut History) -> &mut Vec<Change> {
    history.changes.get_mut(&room()).unwrap()
}

fn turns(turns: &[(u64, Way)]) -> Vec<Turn> {
    turns.iter().map(|(at, way)| Turn { at: Timestamp(*at), head: Sequence::ZERO, way: *way }).collect()
}

fn key(of: &str) -> (RoomId, MemberId) {
    (room(), member(of))
}

fn room() -> RoomId {
    RoomId::parse("general").unwrap()
}

fn member(id: &str) -> MemberId {
    MemberId::parse(id).unwrap()
}

fn nonce(text: &str) -> Nonce {
    Nonce::parse(text).unwrap()
}

fn text(text: &str) -> MessageText {
    MessageText::parse(text).unwrap()
}
