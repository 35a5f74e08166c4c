//! What becomes of the log of a deleted room. Stamped with [`room_log`](super::room_log).

use futures::future::join;
use protocol::{RoomId, Sequence};

use super::{NOW, Stores, deed, draft, founded_room, member, nonce, typed, unique_room};
use crate::ports::{Erasures, LogError, Revision, RoomLog};

pub async fn a_deleted_room_has_no_log(stores: impl Stores) {
    let room = deleted_room_with(&stores, 2, 2).await;
    let log = stores.log();

    let refusals = [
        log.heads(&room).await.map(drop),
        log.append(&room, Sequence(2), NOW, &[draft("late")]).await.map(drop),
        log.append(&room, Sequence::ZERO, NOW, &[draft("late")]).await.map(drop),
        log.read(&room, Sequence(1), 10).await.map(drop),
        log.revise(&room, &edit(1, 2, "late")).await.map(drop),
        log.revise(&room, &edit(1, 0, "e1")).await.map(drop),
        log.changes(&room, Sequence(1), 10).await.map(drop),
    ];

    for refusal in refusals {
        assert!(matches!(&refusal, Err(LogError::NoSuchRoom { room: of }) if *of == room), "{refusal:?}");
    }
}

pub async fn an_append_and_the_end_at_once_come_one_after_the_other(stores: impl Stores) {
    for _ in 0..20 {
        let (room, admin) = founded_room(&stores).await;
        let (drafts, deed) = ([draft("one")], deed(&admin));

        let (appended, deleted) = join(
            stores.log().append(&room, Sequence::ZERO, NOW, &drafts),
            stores.erasures().delete_room(&room, &deed),
        )
        .await;

        assert!(deleted.is_ok(), "{deleted:?}");
        assert!(matches!(appended, Ok(_) | Err(LogError::NoSuchRoom { .. })), "{appended:?}");
    }
}

pub async fn a_deleted_room_is_erased_step_by_step(stores: impl Stores) {
    for (n_messages, n_changes, n, least) in [(10, 0, 3, 3), (2, 9, 2, 4), (7, 7, 3, 2), (3, 3, 500, 0)] {
        let room = deleted_room_with(&stores, n_messages, n_changes).await;

        let mut steps = 0;
        while stores.log().erase(&room, n).await.unwrap() {
            steps += 1;
            assert!(steps <= n_messages + n_changes, "no end in sight");
        }

        // Whether the last step knows that it was the last is its own affair.
        assert!(steps >= least, "{n_messages} and {n_changes} by {n}: {steps}");
        assert!(!stores.log().erase(&room, n).await.unwrap());
    }
}

pub async fn an_erased_room_stays_deleted(stores: impl Stores) {
    let room = deleted_room_with(&stores, 2, 2).await;
    while stores.log().erase(&room, 10).await.unwrap() {}

    let heads = stores.log().heads(&room).await;
    let appended = stores.log().append(&room, Sequence::ZERO, NOW, &[draft("late")]).await;

    assert!(matches!(heads, Err(LogError::NoSuchRoom { .. })), "{heads:?}");
    assert!(matches!(appended, Err(LogError::NoSuchRoom { .. })), "{appended:?}");
}

pub async fn a_room_that_is_not_deleted_is_not_erased(stores: impl Stores) {
    let (room, _) = founded_room(&stores).await;
    fill(&stores, &room, 3, 2).await;
    let messages = stores.log().read(&room, Sequence(1), 10).await.unwrap();
    let changes = stores.log().changes(&room, Sequence(1), 10).await.unwrap();
    deleted_room_with(&stores, 3, 2).await;

    assert!(!stores.log().erase(&room, 10).await.unwrap());
    assert!(!stores.log().erase(&unique_room(), 10).await.unwrap());

    assert_eq!(stores.log().read(&room, Sequence(1), 10).await.unwrap(), messages);
    assert_eq!(stores.log().changes(&room, Sequence(1), 10).await.unwrap(), changes);
}

async fn deleted_room_with(stores: &impl Stores, n_messages: usize, n_changes: usize) -> RoomId {
    let (room, admin) = founded_room(stores).await;
    fill(stores, &room, n_messages, n_changes).await;
    stores.erasures().delete_room(&room, &deed(&admin)).await.unwrap();
    room
}

/// Adds messages, and changes of the first.
async fn fill(stores: &impl Stores, room: &RoomId, n_messages: usize, n_changes: usize) {
    for n in 1..=n_messages {
        let head = Sequence(n as u64 - 1);
        stores.log().append(room, head, NOW, &[draft(&format!("n{n}"))]).await.unwrap();
    }
    for (n, seen) in (1..=n_changes).zip(0..) {
        stores.log().revise(room, &edit(1, seen, &format!("e{n}"))).await.unwrap();
    }
}

fn edit(message: u64, seen: u64, name: &str) -> Revision {
    Revision {
        message: Sequence(message),
        seen: Sequence(seen),
        by: member("ada"),
        since: Sequence::ZERO,
        nonce: nonce(name),
        at: NOW,
        text: Some(typed("edited")),
    }
}
