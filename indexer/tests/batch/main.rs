//! What becomes of a batch, and of what was set aside, on an index and a queue that fail as they are told.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

mod fakes;
mod redriven;
mod retries;

use chat::ports::{Entry, Letter};
use indexer::{Done, Record, put_batch};
use protocol::Sequence;

use self::fakes::{FakeIndex, FakeLetters, Mood, letter, room, written};

#[tokio::test]
async fn all_of_a_batch_is_put_in() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());

    let batch =
        vec![Ok(vec![written(1, "one"), written(2, "two")]), Ok(Vec::new()), Ok(vec![written(3, "three")])];
    let done = put_batch(&index, &letters, batch).await;

    assert_eq!(done, Done { again_from: None, n_taken: 3, n_set_aside: 0 });
    assert_eq!(index.n_asked(), 1);
    assert_eq!(index.texts(), [(1, "one"), (2, "two"), (3, "three")].map(owned));
}

#[tokio::test]
async fn what_is_put_off_comes_again_from_its_first_record() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    index.next(Mood::Busy(0b1010));

    let done = put_batch(&index, &letters, records(4)).await;

    assert_eq!(done, Done { again_from: Some(1), n_taken: 2, n_set_aside: 0 });
}

#[tokio::test]
async fn an_index_that_is_away_puts_off_the_first_record_that_wants_anything_of_it() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    index.next(Mood::AwayAfter(2));

    let mut batch = vec![Ok(Vec::new()), Err(letter(9))];
    batch.extend(records(3));
    let done = put_batch(&index, &letters, batch).await;

    assert_eq!(done, Done { again_from: Some(2), n_taken: 0, n_set_aside: 1 });
    assert_eq!(letters.kept(), [letter(9)], "nobody would see it again");
}

#[tokio::test]
async fn what_can_never_be_taken_is_set_aside_once_and_passed_over() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());

    let bad = vec![written(2, "fine"), written(3, "poison"), written(4, "poison")];
    let batch = vec![Ok(vec![written(1, "one")]), Ok(bad), Err(letter(9)), Ok(vec![written(5, "five")])];
    let done = put_batch(&index, &letters, batch).await;

    assert_eq!(done, Done { again_from: None, n_taken: 3, n_set_aside: 2 });
    let poison =
        Letter { room: room().to_string(), sequence: Sequence(3), why: "400 poison_exception".to_owned() };
    assert_eq!(letters.kept(), [poison, letter(9)]);
    assert_eq!(index.texts(), [(1, "one"), (2, "fine"), (5, "five")].map(owned));
}

#[tokio::test]
async fn what_cannot_be_set_aside_comes_again() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    letters.refuse(1);

    let batch = || vec![Ok(vec![written(1, "one")]), Err(letter(9)), Ok(vec![written(2, "poison")])];
    let first = put_batch(&index, &letters, batch()).await;
    let again = put_batch(&index, &letters, batch().split_off(1)).await;

    assert_eq!(first, Done { again_from: Some(1), n_taken: 1, n_set_aside: 0 });
    assert_eq!(again, Done { again_from: None, n_taken: 0, n_set_aside: 2 });
    assert_eq!(letters.kept().len(), 2);
}

#[tokio::test]
async fn what_comes_after_something_put_off_is_not_set_aside_yet() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    index.next(Mood::Busy(0b1));

    let done = put_batch(&index, &letters, vec![Ok(vec![written(1, "one")]), Err(letter(9))]).await;

    assert_eq!(done, Done { again_from: Some(0), ..Done::default() });
    assert_eq!(letters.kept(), []);
}

#[tokio::test]
async fn a_batch_that_tells_nothing_asks_nobody() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());

    assert_eq!(put_batch(&index, &letters, vec![Ok(Vec::new())]).await, Done::default());
    assert_eq!(index.n_asked(), 0);
}

fn records(n: u64) -> Vec<Record> {
    (1..=n).map(|at| Ok::<Vec<Entry>, Letter>(vec![written(at, "fine")])).collect()
}

fn owned((at, text): (u64, &str)) -> (u64, String) {
    (at, text.to_owned())
}
