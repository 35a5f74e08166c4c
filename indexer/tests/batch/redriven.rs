//! What was set aside is put in when it can be, and thrown away only then.

use chat::ports::{DeadLetters as _, Letter, Scanned, Unavailable};
use indexer::{Redriven, redrive};
use protocol::Sequence;

use crate::fakes::{FakeIndex, FakeLetters, Mood, letter, written};

#[tokio::test]
async fn what_is_mended_is_put_in_and_what_is_not_is_left() {
    let (index, letters) = (FakeIndex::default(), FakeLetters::default());
    for at in 1..=6 {
        letters.send(&letter(at)).await.unwrap();
    }
    letters.keep_another();

    let done = redrive(look_up, &index, &letters).await.unwrap();

    assert_eq!(done, Redriven { n_mended: 4, n_left: 3 });
    assert_eq!(letters.kept(), [letter(2), letter(4)]);
    assert_eq!(letters.n_kept(), 3);
    assert_eq!(index.texts(), [1, 3, 5].map(|at| (at, "mended".to_owned())));
    // Again, with the same.
    assert_eq!(redrive(look_up, &index, &letters).await.unwrap(), Redriven { n_mended: 0, n_left: 3 });
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

    assert_eq!(done, Redriven { n_mended: 1, n_left: 0 });
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
