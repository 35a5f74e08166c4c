//! What was set aside is put in when it can be, and thrown away only then.

use std::time::Duration;

use chat::ports::{DeadLetters as _, Letter, Scanned, Unavailable};
use indexer::{Redriven, redrive};
use protocol::Sequence;
use tokio::time::sleep;

use crate::fakes::{FakeIndex, FakeLetters, Mood, letter, written};

#[tokio::test]
async fn what_is_mended_is_put_in_and_what_is_not_is_left() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    for at in 1..=6 {
        letters.send(&letter(at)).await.unwrap();
    }
    letters.keep_another();

    let done = redrive(look_up, &index, &letters).await.unwrap();

    assert_eq!(done, Redriven { n_mended: 4, n_left: 3, is_cut_short: false });
    assert_eq!(letters.kept(), [letter(2), letter(4)]);
    assert_eq!(letters.n_kept(), 3);
    assert_eq!(index.texts(), [1, 3, 5].map(|at| (at, "mended".to_owned())));
    // Again, with the same.
    let again = redrive(look_up, &index, &letters).await.unwrap();
    assert_eq!(again, Redriven { n_mended: 0, n_left: 3, is_cut_short: false });
}

#[tokio::test]
async fn what_is_put_off_is_left() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    letters.send(&letter(1)).await.unwrap();
    index.next(Mood::Busy(1));

    let first = redrive(look_up, &index, &letters).await.unwrap();
    let then = redrive(look_up, &index, &letters).await.unwrap();

    assert_eq!((first.n_left, then.n_mended, letters.n_kept()), (1, 1, 0));
}

#[tokio::test(start_paused = true)]
async fn an_index_that_is_away_is_waited_for() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    letters.send(&letter(1)).await.unwrap();
    index.next(Mood::AwayAfter(1));

    let done = redrive(look_up, &index, &letters).await.unwrap();

    assert_eq!(done, Redriven { n_mended: 1, n_left: 0, is_cut_short: false });
    assert_eq!(index.n_asked(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_thrown_away_while_the_index_is_gone_and_all_is_put_back() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    for at in [2, 1, 3, 5] {
        letters.send(&letter(at)).await.unwrap();
    }
    index.next(Mood::Gone);

    redrive(look_up, &index, &letters).await.unwrap_err();

    assert_eq!((letters.n_kept(), letters.n_out()), (4, 0));
}

#[tokio::test(start_paused = true)]
async fn none_is_taken_any_more_when_the_first_ones_may_soon_be_taken_by_others() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    for at in 1..=6 {
        letters.send(&letter(at)).await.unwrap();
    }
    let slowly = async |letter: &Letter| {
        sleep(Duration::from_mins(4)).await;
        look_up(letter).await
    };

    let done = redrive(slowly, &index, &letters).await.unwrap();

    // 4 was taken together with 3, after which time was up.
    assert_eq!(done, Redriven { n_mended: 2, n_left: 2, is_cut_short: true });
    assert_eq!(letters.kept(), [5, 6, 2, 4].map(letter));
    assert_eq!(letters.n_out(), 0);
}

/// 2 is still bad, 4 is poison, 6 is gone.
async fn look_up(letter: &Letter) -> Result<Scanned, Unavailable> {
    let Sequence(at) = letter.sequence;
    let (mut entries, mut unread) = (Vec::new(), Vec::new());
    match at {
        2 => unread.push(letter.clone()),
        4 => entries.push(written(at, "poison")),
        6 => {}
        _ => entries.push(written(at, "mended")),
    }
    Ok(Scanned { entries, unread, next: None })
}
