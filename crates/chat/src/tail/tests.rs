use proptest::prelude::*;
use protocol::MessageText;

use super::*;

#[test]
fn what_follows_is_taken_and_what_is_known_passed_over() {
    let mut tail = Tail::at(heads(3));

    assert_eq!(tail.take(&messages(4..=6)), Taken::New(3));
    assert_eq!(tail.take(&messages(5..=8)), Taken::New(2));
    assert_eq!(tail.take(&messages(4..=8)), Taken::New(0));
    assert_eq!(tail.heads(), heads(8));
}

#[test]
fn what_was_read_before_a_change_is_renewed_as_far_as_that_is_remembered() {
    let mut tail = Tail::at(heads(3));
    let mut read = messages(4..=5);
    let deleted = Message { revision: Sequence(1), text: None, ..read[1].clone() };
    tail.change(Sequence(0), std::slice::from_ref(&deleted), Sequence(1));

    assert!(tail.renew(Sequence(0), &mut read));
    assert_eq!(read[1], deleted);
    assert_eq!(read[0], messages(4..=4)[0]);

    tail.remember_changes(Sequence(1), Vec::new());
    assert!(!tail.renew(Sequence(0), &mut read));
}

#[test]
fn of_the_end_there_is_as_much_as_fits() {
    let mut tail = Tail::at(heads(3));
    tail.take(&messages(4..=9));
    let each = text_bytes(&messages(4..=4)[0]);

    assert_eq!(tail.end(Sequence(6), 3 * each), Some(messages(7..=9)));
    assert_eq!(tail.end(Sequence(6), 3 * each - 1), Some(messages(8..=9)));
    assert_eq!(tail.end(Sequence(1), 2 * each), Some(messages(8..=9)), "what is not kept would not fit");
    assert_eq!(tail.end(Sequence(1), 7 * each), None);
    assert_eq!(tail.end(Sequence(9), 0), Some(Vec::new()));
    assert_eq!(tail.end(Sequence(20), 0), Some(Vec::new()));
}

#[test]
fn a_gap_is_named_and_nothing_taken() {
    let mut tail = Tail::at(heads(3));

    assert_eq!(tail.take(&messages(6..=7)), Taken::Gap(Sequence(4)));
    assert_eq!(tail.heads(), heads(3));
}

#[test]
fn a_draft_is_found_or_known_to_be_absent_only_where_the_tail_reaches() {
    let mut tail = Tail::at(heads(3));
    tail.take(&messages(4..=6));
    let find = |nonce: &str, since| tail.find(&author(), &Nonce::parse(nonce).unwrap(), Sequence(since));

    assert!(matches!(find("n5", 3), Lookup::Found(written) if written.sequence == Sequence(5)));
    assert!(matches!(find("n5", 0), Lookup::Found(_)));
    assert_eq!(find("n5", 5), Lookup::Absent);
    assert_eq!(find("n9", 3), Lookup::Absent);
    assert_eq!(find("n9", 2), Lookup::Unknown);
    assert_eq!(find("n9", 6), Lookup::Absent);
}

#[test]
fn pages_come_from_memory_only_where_it_reaches() {
    let mut tail = Tail::at(heads(3));
    tail.take(&messages(4..=6));

    assert_eq!(last(&tail, 3), Some(messages(4..=6)));
    assert_eq!(last(&tail, 4), None);
    tail.extend_back(&messages(1..=3));
    assert_eq!(last(&tail, 50), Some(messages(1..=6)));
    assert_eq!(after(&tail, Sequence(6)), Some(Vec::new()));
}

#[test]
fn memory_is_bounded() {
    let mut tail = Tail::default();
    tail.take(&messages(1..=TAIL_MAX as u64 + 5));

    assert_eq!(after(&tail, Sequence(5)).unwrap().len(), TAIL_MAX);
    assert_eq!(after(&tail, Sequence(4)), None);
}

#[test]
fn what_is_old_is_let_go_but_for_what_is_shown_first() {
    let written_at = |message: Message| Message { at: Timestamp(message.sequence.0), ..message };
    let all: Vec<Message> = messages(1..=200).into_iter().map(written_at).collect();
    let mut tail = Tail::default();
    tail.take(&all);

    tail.forget(Timestamp(101));
    assert_eq!(after(&tail, Sequence(100)), Some(all[100..].to_vec()));
    assert_eq!(after(&tail, Sequence(99)), None);
    tail.forget(Timestamp(1_000));
    assert_eq!(last(&tail, limits::PAGE_DEFAULT), Some(all[200 - limits::PAGE_DEFAULT..].to_vec()));
    tail.forget(Timestamp(1_000));
    assert_eq!(tail.bytes, tail.messages.iter().map(text_bytes).sum::<usize>());
    assert_eq!(tail.heads(), Heads { messages: Sequence(200), ..heads(0) });
}

#[test]
fn memory_is_bounded_in_bytes_too() {
    let long = MessageText::parse(&"x".repeat(limits::TEXT_MAX)).unwrap();
    let n_fit = (TAIL_MAX_BYTES / limits::TEXT_MAX) as u64;
    let all: Vec<Message> = messages(1..=n_fit + 5);
    let all: Vec<Message> = all.into_iter().map(|it| Message { text: Some(long.clone()), ..it }).collect();
    let mut tail = Tail::default();

    tail.take(&all);
    assert_eq!(after(&tail, Sequence(5)).map(|kept| kept.len() as u64), Some(n_fit));
    tail.extend_back(&all[..5]);

    assert_eq!(after(&tail, Sequence(4)), None);
}

#[test]
fn a_change_is_shown_from_memory_and_remembered() {
    let mut tail = Tail::at(heads(3));
    tail.take(&messages(4..=6));
    let (edited, deleted) = (revised(5, 1, Some("better")), revised(5, 2, None));

    assert_eq!(tail.change(Sequence(0), std::slice::from_ref(&edited), Sequence(1)), Taken::New(1));
    assert_eq!(last(&tail, 2), Some(vec![edited.clone(), messages(6..=6).remove(0)]));
    assert_eq!(tail.changed_after(Sequence(0)), Some(vec![edited]));
    assert_eq!(tail.change(Sequence(1), std::slice::from_ref(&deleted), Sequence(2)), Taken::New(1));

    assert_eq!(tail.heads(), Heads { messages: Sequence(6), changes: Sequence(2) });
    assert_eq!(last(&tail, 2).unwrap()[0], deleted);
    assert_eq!(tail.changed_after(Sequence(0)), Some(vec![deleted.clone()]), "each once, as it is now");
    assert_eq!(tail.changed_after(Sequence(1)), Some(vec![deleted]));
    assert_eq!(tail.changed_after(Sequence(2)), Some(vec![]));
}

#[test]
fn a_change_is_taken_once_and_in_its_place() {
    let mut tail = Tail::at(heads(3));
    tail.take(&messages(4..=6));
    let first = revised(4, 1, Some("a"));

    assert_eq!(tail.change(Sequence(1), &[revised(5, 2, None)], Sequence(2)), Taken::Gap(Sequence(1)));
    tail.change(Sequence(0), std::slice::from_ref(&first), Sequence(1));
    assert_eq!(tail.change(Sequence(0), &[first], Sequence(1)), Taken::New(0));

    assert_eq!(tail.heads().changes, Sequence(1));
}

#[test]
fn what_was_changed_long_ago_is_asked_for_in_the_store() {
    let mut tail = Tail::at(Heads { messages: Sequence(1_000), changes: Sequence(7) });
    assert_eq!(tail.changed_after(Sequence(6)), None);
    tail.remember_changes(Sequence(6), vec![revised(1, 7, None)]);
    assert_eq!(tail.changed_after(Sequence(6)), Some(vec![revised(1, 7, None)]));

    for number in 8..=600 {
        let changed = [revised(number, number, None)];
        tail.change(Sequence(number - 1), &changed, Sequence(number));
    }

    assert_eq!(tail.changed_after(Sequence(100)).unwrap().len() as u64, limits::CHANGES_MAX);
    assert_eq!(tail.changed_after(Sequence(99)), None);
}

fn revised(sequence: u64, revision: u64, text: Option<&str>) -> Message {
    let text = text.map(|text| MessageText::parse(text).unwrap());
    let (revision, revised) = (Sequence(revision), Some(Timestamp(revision)));
    Message { text, revision, revised, ..messages(sequence..=sequence).remove(0) }
}

/// All after one, as far as they are kept.
fn after(tail: &Tail, since: Sequence) -> Option<Vec<Message>> {
    tail.end(since, usize::MAX)
}

/// The last, likewise.
fn last(tail: &Tail, n: usize) -> Option<Vec<Message>> {
    after(tail, tail.heads().messages.minus(n as u64))
}

fn heads(messages: u64) -> Heads {
    Heads { messages: Sequence(messages), changes: Sequence::ZERO }
}

fn author() -> MemberId {
    MemberId::parse("ada").unwrap()
}

fn messages(range: std::ops::RangeInclusive<u64>) -> Vec<Message> {
    range
        .map(|sequence| Message {
            sequence: Sequence(sequence),
            author: author(),
            nonce: Nonce::parse(&format!("n{sequence}")).unwrap(),
            at: Timestamp(sequence),
            text: Some(MessageText::parse("hi").unwrap()),
            revision: Sequence::ZERO,
            revised: None,
        })
        .collect()
}

proptest! {
    /// Whatever is taken, learnt and let go of, what is found stands there, and what is not found stands nowhere after `since`.
    #[test]
    fn what_memory_says_of_a_draft_is_so(
        deeds in prop::collection::vec((0..4_u8, 1..8_u64), 1..30),
        (nonce, since) in (1..60_u64, 0..60_u64),
    ) {
        let all = messages(1..=300);
        let mut tail = Tail::at(heads(20));
        for (deed, n) in deeds {
            let head = tail.heads().messages.0;
            match deed {
                0 => drop(tail.take(&messages(head + 1..=head + n))),
                1 => {
                    let first = tail.first_named().0;
                    tail.learn_names(&messages(first.saturating_sub(n).max(1)..=first + 1));
                }
                2 => {
                    let first = tail.first().0;
                    tail.extend_back(&messages(first.saturating_sub(n).max(1)..=first));
                }
                _ => {
                    tail.messages.drain(..tail.messages.len() / 2);
                    if n % 2 == 0 {
                        tail.forget_names();
                    }
                }
            }
            prop_assert!(tail.first_named() <= tail.first());
        }

        let stands_there = nonce > since && nonce <= tail.heads().messages.0;
        let message = &all[usize::try_from(nonce - 1).unwrap()];
        match tail.find(&author(), &message.nonce, Sequence(since)) {
            Lookup::Found(written) => prop_assert!(stands_there && written == Written::from(message)),
            Lookup::Absent => prop_assert!(!stands_there),
            Lookup::Unknown => prop_assert!(since + 1 < tail.first_named().0),
        }
    }
}

#[test]
fn names_are_as_many_as_one_may_be_behind() {
    let mut tail = Tail::default();
    tail.take(&messages(1..=limits::SINCE_MAX_BEHIND + 5));
    let find = |nonce: &str, since| tail.find(&author(), &Nonce::parse(nonce).unwrap(), Sequence(since));

    assert_eq!(tail.first_named(), Sequence(6));
    assert!(matches!(find("n6", 5), Lookup::Found(written) if written.sequence == Sequence(6)));
    assert_eq!(find("n5", 5), Lookup::Absent);
    assert_eq!(find("n5", 4), Lookup::Unknown);
}
