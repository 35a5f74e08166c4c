//! What waits to be sent.

use protocol::{Action, MemberId, MessageText};

use super::*;

const NOW: Duration = Duration::ZERO;

#[test]
fn one_send_a_room_is_on_its_way() {
    let mut outbox = holding(&[("general", "a"), ("general", "b"), ("help", "c")]);

    assert_eq!(sent(&mut outbox), ["a", "c"]);
    assert_eq!(sent(&mut outbox), [] as [&str; 0]);
    outbox.acknowledged(&nonce("a"), Sequence(1));
    assert_eq!(sent(&mut outbox), ["b"]);
}

#[test]
fn what_was_on_its_way_goes_out_again_after_a_cut() {
    let mut outbox = holding(&[("general", "a"), ("general", "b")]);
    sent(&mut outbox);

    outbox.disconnected();

    assert_eq!(sent(&mut outbox), ["a"]);
}

#[test]
fn who_was_told_to_wait_still_waits_on_another_connection() {
    let mut outbox = holding(&[("general", "a")]);
    sent(&mut outbox);
    outbox.refused(&nonce("a"), Refusal::Busy { retry_ms: 500 }, NOW);

    outbox.disconnected();

    assert_eq!(sent(&mut outbox), [] as [&str; 0]);
    assert_eq!(sent_at(&mut outbox, Duration::from_millis(500)), ["a"]);
}

#[test]
fn drafts_from_before_a_reload_go_before_those_written_since() {
    let mut outbox = holding(&[("general", "c"), ("general", "d")]);
    sent(&mut outbox);
    let before = holding(&[("general", "a"), ("general", "b"), ("general", "c")]);

    outbox.adopt(before.entries.into_iter().map(|entry| KeptDraft { draft: entry.draft, refusal: None }));

    let names: Vec<&str> = outbox.entries.iter().map(|entry| entry.draft.nonce.as_str()).collect();
    assert_eq!(names, ["c", "a", "b", "d"]);
}

#[test]
fn what_was_refused_before_a_reload_goes_out_only_by_the_members_will() {
    let before = holding(&[("general", "a"), ("general", "b")]);
    let refusals = [Some(Refusal::NotInRoom { room: room("general") }), None];
    let kept = before.entries.into_iter().zip(refusals);
    let mut outbox = Outbox::default();

    outbox.adopt(kept.map(|(entry, refusal)| KeptDraft { draft: entry.draft, refusal }));

    assert_eq!(sent(&mut outbox), ["b"]);
    assert!(outbox.retry(&nonce("a")));
    outbox.acknowledged(&nonce("b"), Sequence(1));
    assert_eq!(sent(&mut outbox), ["a"]);
}

#[test]
fn too_fast_waits_and_keeps_the_order() {
    let mut outbox = holding(&[("general", "a"), ("general", "b")]);
    sent(&mut outbox);

    let too_fast = Refusal::TooFast { action: Action::Send, retry_ms: 500 };
    outbox.refused(&nonce("a"), too_fast, NOW);

    assert_eq!(sent(&mut outbox), [] as [&str; 0]);
    assert_eq!(outbox.next_wake(), Some(Duration::from_millis(500)));
    assert_eq!(sent_at(&mut outbox, Duration::from_millis(500)), ["a"]);
}

#[test]
fn a_refused_draft_stays_and_lets_others_pass() {
    let mut outbox = holding(&[("general", "a"), ("general", "b")]);
    sent(&mut outbox);

    outbox.refused(&nonce("a"), Refusal::NotInRoom { room: room("general") }, NOW);

    assert_eq!(sent(&mut outbox), ["b"]);
    assert!(!outbox.discard(&nonce("b")));
    assert!(outbox.discard(&nonce("a")));
}

#[test]
fn since_moves_only_over_messages_without_a_hole() {
    let mut outbox = holding(&[("general", "a")]);

    outbox.looked_through(&room("general"), &messages(5..=9));
    assert_eq!(since(&outbox), Sequence(0));
    outbox.looked_through(&room("general"), &messages(1..=4));
    assert_eq!(since(&outbox), Sequence(4));
}

#[test]
fn a_draft_found_in_the_log_is_done() {
    let mut outbox = holding(&[("general", "n3"), ("help", "n3")]);

    let done = outbox.looked_through(&room("general"), &messages(1..=4));

    assert_eq!(done, [nonce("n3")]);
    assert_eq!(outbox.n_unsent(), 1);
}

#[test]
fn who_is_too_far_behind_reads_on_first() {
    let mut outbox = holding(&[("general", "a")]);
    sent(&mut outbox);

    let act = outbox.refused(&nonce("a"), Refusal::Stale { limit: 10_000 }, NOW);

    assert_eq!(act, AfterRefusal::CatchUp { after: Sequence(0) });
    assert_eq!(sent(&mut outbox), [] as [&str; 0]);
    outbox.looked_through(&room("general"), &messages(1..=8));
    assert_eq!(outbox.catch_up_after(&room("general"), Sequence(9)), Some(Sequence(8)));
    outbox.looked_through(&room("general"), &messages(9..=9));
    assert_eq!(outbox.catch_up_after(&room("general"), Sequence(9)), None);
    assert_eq!(sent(&mut outbox), ["a"]);
}

fn holding(drafts: &[(&str, &str)]) -> Outbox {
    let mut outbox = Outbox::default();
    for (in_room, name) in drafts {
        let draft = Draft {
            room: room(in_room),
            author: MemberId::parse("ada").unwrap(),
            nonce: nonce(name),
            since: Sequence::ZERO,
            text: MessageText::parse("hi").unwrap(),
        };
        // Nonces are one member's, so that two rooms never share one; here they may.
        outbox.entries.push(Entry { draft, state: DraftState::Waiting });
    }
    outbox
}

fn messages(range: std::ops::RangeInclusive<u64>) -> Vec<Message> {
    range
        .map(|sequence| Message {
            sequence: Sequence(sequence),
            author: MemberId::parse("ada").unwrap(),
            nonce: nonce(&format!("n{sequence}")),
            at: protocol::Timestamp(sequence),
            text: Some(MessageText::parse("hi").unwrap()),
            revision: Sequence::ZERO,
            revised: None,
        })
        .collect()
}

fn sent(outbox: &mut Outbox) -> Vec<String> {
    sent_at(outbox, NOW)
}

fn sent_at(outbox: &mut Outbox, now: Duration) -> Vec<String> {
    let sends = outbox.take_sendable(now).into_iter();
    sends
        .map(|send| match send {
            ClientMessage::Send { nonce, .. } => nonce.to_string(),
            other => panic!("not a send: {other:?}"),
        })
        .collect()
}

fn since(outbox: &Outbox) -> Sequence {
    outbox.entries[0].draft.since
}

fn room(id: &str) -> RoomId {
    RoomId::parse(id).unwrap()
}

fn nonce(text: &str) -> Nonce {
    Nonce::parse(text).unwrap()
}
