//! What a room's second chain is: edits and deletions of its messages. Stamped with [`room_log`](super::room_log).

use futures::future::{join, join_all};
use protocol::{Heads, Message, MessageText, RoomId, Sequence, Timestamp};

use super::{NOW, Stores, draft, fresh_room, member, nonce, typed};
use crate::ports::{Change, Changed, Draft, LogError, Revision, RoomLog};

/// Later than the messages.
const LATER: Timestamp = Timestamp(NOW.0 + 60_000);

pub async fn a_revision_changes_the_text_and_nothing_else(stores: impl Stores) {
    let (room, before) = room_with(&stores, 5).await;

    let edited = stores.log().revise(&room, &edit(2, 0, "e1", "better")).await.unwrap();

    let (text, revision, revised) = (Some(typed("better")), Sequence(1), Some(LATER));
    let expected = Message { text, revision, revised, ..before[1].clone() };
    let change = Change {
        sequence: Sequence(1),
        by: member("ed"),
        nonce: Some(nonce("e1")),
        at: LATER,
        what: edited_at(2),
    };
    let mut after = before;
    after[1] = expected.clone();
    assert_eq!(edited, expected);
    assert_eq!(stores.log().read(&room, Sequence(1), 10).await.unwrap(), after);
    assert_eq!(stores.log().changes(&room, Sequence(1), 10).await.unwrap(), [change]);
    assert_eq!(
        stores.log().heads(&room).await.unwrap(),
        Heads { messages: Sequence(5), changes: Sequence(1) }
    );
}

pub async fn a_deletion_leaves_no_text(stores: impl Stores) {
    let (room, before) = room_with(&stores, 2).await;

    let deleted = stores.log().revise(&room, &deletion(1, 0, "d1")).await.unwrap();

    assert_eq!(
        deleted,
        Message { text: None, revision: Sequence(1), revised: Some(LATER), ..before[0].clone() }
    );
    assert_eq!(stores.log().read(&room, Sequence(1), 10).await.unwrap(), [deleted, before[1].clone()]);
    assert_eq!(
        stores.log().changes(&room, Sequence(1), 10).await.unwrap()[0].what,
        Changed::Deleted(Sequence(1))
    );
}

pub async fn a_revision_of_what_was_not_seen_is_refused(stores: impl Stores) {
    let (room, _) = room_with(&stores, 2).await;
    let first = stores.log().revise(&room, &edit(1, 0, "e1", "first")).await.unwrap();

    for seen in [0, 2] {
        let late = stores.log().revise(&room, &edit(1, seen, "e2", "late")).await;
        assert!(matches!(&late, Err(LogError::Revised { now }) if **now == first), "{late:?}");
    }
    let next = stores.log().revise(&room, &edit(1, 1, "e2", "second")).await.unwrap();

    assert_eq!((next.text, next.revision), (Some(typed("second")), Sequence(2)));
    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(2));
}

pub async fn of_ten_revisions_of_one_text_one_wins(stores: impl Stores) {
    let (room, _) = room_with(&stores, 1).await;
    let edits: Vec<Revision> = (0..10).map(|n| edit(1, 0, &format!("e{n}"), &format!("text {n}"))).collect();

    let results = join_all(edits.iter().map(|edit| stores.log().revise(&room, edit))).await;

    let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|result| matches!(result, Err(LogError::Revised { .. }))), "{lost:?}");
    let won = won.into_iter().next().unwrap().unwrap();
    assert_eq!(stores.log().read(&room, Sequence(1), 1).await.unwrap(), [won]);
    assert_eq!(stores.log().changes(&room, Sequence(1), 20).await.unwrap().len(), 1);
}

pub async fn revisions_of_ten_messages_at_once_all_stand(stores: impl Stores) {
    let (room, _) = room_with(&stores, 10).await;
    let edits: Vec<Revision> = (1..=10).map(|n| edit(n, 0, &format!("e{n}"), &format!("new {n}"))).collect();

    let results = join_all(edits.iter().map(|edit| stores.log().revise(&room, edit))).await;

    let messages: Vec<Message> = results.into_iter().map(Result::unwrap).collect();
    let changes = stores.log().changes(&room, Sequence(1), 20).await.unwrap();
    assert_eq!(stores.log().read(&room, Sequence(1), 20).await.unwrap(), messages);
    assert_eq!(numbers(&changes), (1..=10).collect::<Vec<_>>());
    for message in messages {
        assert_eq!(message.text, Some(typed(&format!("new {}", message.sequence))));
        let change = changes.iter().find(|change| change.sequence == message.revision).unwrap();
        assert_eq!(change.what, edited_at(message.sequence.0));
    }
}

pub async fn a_repeated_revision_changes_nothing(stores: impl Stores) {
    let (room, _) = room_with(&stores, 3).await;
    let edit = edit(2, 0, "e1", "better");

    let first = stores.log().revise(&room, &edit).await.unwrap();
    let again = stores.log().revise(&room, &edit).await.unwrap();

    assert_eq!(again, first);
    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(1));
}

pub async fn a_revision_repeated_after_a_later_one_changes_nothing(stores: impl Stores) {
    let (room, _) = room_with(&stores, 3).await;
    let early = edit(2, 0, "e1", "early");

    let first = stores.log().revise(&room, &early).await.unwrap();
    let later = stores.log().revise(&room, &edit(2, 1, "e2", "later")).await.unwrap();
    let again = stores.log().revise(&room, &early).await.unwrap();

    // Numbered as it then was; the text of then is nowhere.
    assert_eq!((again.sequence, again.revision), (first.sequence, first.revision));
    assert_eq!(stores.log().read(&room, Sequence(2), 1).await.unwrap(), [later]);
    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(2));
}

pub async fn a_revision_sent_ten_times_at_once_counts_once(stores: impl Stores) {
    let (room, _) = room_with(&stores, 3).await;
    let edit = edit(2, 0, "e1", "better");

    let results = join_all((0..10).map(|_| stores.log().revise(&room, &edit))).await;

    for result in results {
        assert_eq!(result.unwrap().revision, Sequence(1));
    }
    assert_eq!(stores.log().changes(&room, Sequence(1), 20).await.unwrap().len(), 1);
}

pub async fn what_does_not_exist_cannot_be_revised(stores: impl Stores) {
    let (room, before) = room_with(&stores, 3).await;

    for nowhere in [0, 4, 1000] {
        let refused = stores.log().revise(&room, &deletion(nowhere, 0, "d1")).await;
        let expected = Sequence(nowhere);
        assert!(
            matches!(&refused, Err(LogError::NoSuchMessage { sequence, .. }) if *sequence == expected),
            "{refused:?}"
        );
    }
    assert_eq!(stores.log().read(&room, Sequence(1), 10).await.unwrap(), before);
    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence::ZERO);
}

pub async fn changes_have_no_holes(stores: impl Stores) {
    let (room, _) = room_with(&stores, 3).await;
    stores.log().revise(&room, &edit(3, 0, "e1", "a")).await.unwrap();
    stores.log().revise(&room, &edit(3, 0, "e2", "refused")).await.unwrap_err();
    stores.log().revise(&room, &edit(1, 0, "e3", "b")).await.unwrap();
    stores.log().revise(&room, &deletion(3, 1, "e4")).await.unwrap();

    let changes = stores.log().changes(&room, Sequence(1), 10).await.unwrap();

    let what: Vec<Changed> = changes.iter().map(|change| change.what.clone()).collect();
    assert_eq!(numbers(&changes), [1, 2, 3]);
    assert_eq!(what, [edited_at(3), edited_at(1), Changed::Deleted(Sequence(3))]);
    assert_eq!(stores.log().changes(&room, Sequence(2), 1).await.unwrap(), changes[1..2]);
}

pub async fn past_the_last_change_there_is_nothing(stores: impl Stores) {
    let (room, _) = room_with(&stores, 3).await;
    stores.log().revise(&room, &edit(3, 0, "e1", "a")).await.unwrap();

    for beyond in [2, 100, u64::MAX - 1] {
        assert_eq!(stores.log().changes(&room, Sequence(beyond), 10).await.unwrap(), []);
    }
}

pub async fn messages_come_while_others_change(stores: impl Stores) {
    let (room, _) = room_with(&stores, 10).await;
    let edits: Vec<Revision> = (1..=10).map(|n| edit(n, 0, &format!("e{n}"), "new")).collect();

    let appending = async {
        for head in 10..30 {
            stores.log().append(&room, Sequence(head), NOW, &[draft(&format!("n{head}"))]).await.unwrap();
        }
    };
    let revising = join_all(edits.iter().map(|edit| stores.log().revise(&room, edit)));
    let ((), revised) = join(appending, revising).await;

    assert!(revised.iter().all(Result::is_ok), "{revised:?}");
    let heads = Heads { messages: Sequence(30), changes: Sequence(10) };
    assert_eq!(stores.log().heads(&room).await.unwrap(), heads);
    assert_eq!(stores.log().read(&room, Sequence(1), 100).await.unwrap().len(), 30);
}

/// A room with `n` messages, in one group.
async fn room_with(stores: &impl Stores, n: usize) -> (RoomId, Vec<Message>) {
    let room = fresh_room(stores).await;
    let drafts: Vec<Draft> = (1..=n).map(|n| draft(&format!("n{n}"))).collect();
    let messages = stores.log().append(&room, Sequence::ZERO, NOW, &drafts).await.unwrap();
    (room, messages)
}

fn edit(message: u64, seen: u64, name: &str, text: &str) -> Revision {
    revision(message, seen, name, Some(typed(text)))
}

fn deletion(message: u64, seen: u64, name: &str) -> Revision {
    revision(message, seen, name, None)
}

fn revision(message: u64, seen: u64, name: &str, text: Option<MessageText>) -> Revision {
    let (message, seen) = (Sequence(message), Sequence(seen));
    Revision { message, seen, by: member("ed"), since: Sequence::ZERO, nonce: nonce(name), at: LATER, text }
}

fn edited_at(sequence: u64) -> Changed {
    Changed::Edited(Sequence(sequence))
}

fn numbers(changes: &[Change]) -> Vec<u64> {
    changes.iter().map(|change| change.sequence.0).collect()
}
