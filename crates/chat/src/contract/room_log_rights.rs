//! Who may still change what a log holds. Stamped with [`room_log`](super::room_log).

use futures::future::join;
use protocol::{Heads, MemberId, Message, RoomId, Sequence};

use super::{
    NOW, Stores, deed, draft_by, enter, founded_room, fresh_room, newcomer, nonce, typed, unique_member,
};
use crate::ports::{Changed, LogError, Memberships, Revision, RoomLog};

pub async fn who_was_in_the_room_when_they_looked_may_edit(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;

    let edited = stores.log().revise(&room, &edit(&author, 0, 0, "e1")).await.unwrap();

    assert_eq!(edited.text, Some(typed("edited")));
}

pub async fn whose_membership_ended_since_edits_nothing(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;
    let before = first(&stores, &room).await;
    leave(&stores, &room, &author).await;

    let edited = stores.log().revise(&room, &edit(&author, 0, 0, "e1")).await;
    let deleted = stores.log().revise(&room, &Revision { text: None, ..edit(&author, 0, 0, "e2") }).await;

    for refused in [edited, deleted] {
        assert!(matches!(&refused, Err(LogError::NotInRoom { room: of }) if *of == room), "{refused:?}");
    }
    assert_eq!(first(&stores, &room).await, before);
    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(1));
}

pub async fn who_was_removed_since_edits_nothing(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let author = newcomer(&stores, &room).await;
    stores.log().append(&room, Sequence::ZERO, NOW, &[draft_by(author.as_str(), "one")]).await.unwrap();
    stores.memberships().leave(&room, &author, &deed(&admin)).await.unwrap();

    let refused = stores.log().revise(&room, &edit(&author, 0, 0, "e1")).await;

    assert!(matches!(refused, Err(LogError::NotInRoom { .. })), "{refused:?}");
}

pub async fn who_is_out_hears_nothing_of_what_a_message_says_now(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;
    stores.log().revise(&room, &edit(&author, 0, 0, "e1")).await.unwrap();
    leave(&stores, &room, &author).await;

    let refused = stores.log().revise(&room, &edit(&author, 0, 0, "e2")).await;

    assert!(matches!(refused, Err(LogError::NotInRoom { .. })), "{refused:?}");
}

pub async fn not_even_who_came_back_by_a_right_of_before(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;
    leave(&stores, &room, &author).await;
    enter(&stores, &room, &author).await;

    let refused = stores.log().revise(&room, &edit(&author, 0, 0, "e1")).await;

    assert!(matches!(refused, Err(LogError::NotInRoom { .. })), "{refused:?}");
}

pub async fn who_came_back_may_edit_again(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;
    let lost = leave(&stores, &room, &author).await;
    enter(&stores, &room, &author).await;

    let edited = stores.log().revise(&room, &edit(&author, 0, lost.0, "e1")).await.unwrap();

    assert_eq!((edited.text, edited.revision), (Some(typed("edited")), lost.next()));
}

pub async fn who_left_twice_is_out_by_the_second_time(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;
    let first = leave(&stores, &room, &author).await;
    enter(&stores, &room, &author).await;
    let second = leave(&stores, &room, &author).await;
    enter(&stores, &room, &author).await;

    let refused = stores.log().revise(&room, &edit(&author, 0, first.0, "e1")).await;
    let edited = stores.log().revise(&room, &edit(&author, 0, second.0, "e2")).await;

    assert!(matches!(refused, Err(LogError::NotInRoom { .. })), "{refused:?}");
    assert!(edited.is_ok(), "{edited:?}");
}

pub async fn anothers_lost_membership_takes_nobodys_right(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;
    for _ in 0..3 {
        let other = newcomer(&stores, &room).await;
        leave(&stores, &room, &other).await;
    }

    let edited = stores.log().revise(&room, &edit(&author, 0, 0, "e1")).await.unwrap();

    assert_eq!(edited.revision, Sequence(4));
}

pub async fn a_membership_lost_elsewhere_takes_no_right_here(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;
    let elsewhere = fresh_room(&stores).await;
    enter(&stores, &elsewhere, &author).await;
    leave(&stores, &elsewhere, &author).await;

    let edited = stores.log().revise(&room, &edit(&author, 0, 0, "e1")).await;

    assert!(edited.is_ok(), "{edited:?}");
}

pub async fn an_edit_before_the_end_is_answered_after_it_too(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;
    let edit = edit(&author, 0, 0, "e1");
    let edited = stores.log().revise(&room, &edit).await.unwrap();
    leave(&stores, &room, &author).await;

    let again = stores.log().revise(&room, &edit).await.unwrap();

    assert_eq!(again, edited);
    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(2));
}

pub async fn an_edit_and_an_end_at_once_come_one_after_the_other(stores: impl Stores) {
    for _ in 0..30 {
        let (room, author) = room_with_a_message(&stores).await;
        let (edit, own) = (edit(&author, 0, 0, "e1"), deed(&author));

        let (edited, left) =
            join(stores.log().revise(&room, &edit), stores.memberships().leave(&room, &author, &own)).await;

        let place = left.unwrap().unwrap();
        match edited {
            Ok(message) => assert_eq!((message.revision, place), (Sequence(1), Sequence(2))),
            Err(LogError::NotInRoom { .. }) => assert_eq!(place, Sequence(1)),
            Err(other) => panic!("{other}"),
        }
    }
}

pub async fn changes_tell_ends_and_edits_in_order(stores: impl Stores) {
    let (room, author) = room_with_a_message(&stores).await;
    let [one, two] = [newcomer(&stores, &room).await, newcomer(&stores, &room).await];
    leave(&stores, &room, &one).await;
    stores.log().revise(&room, &edit(&author, 0, 0, "e1")).await.unwrap();
    leave(&stores, &room, &two).await;
    stores.log().revise(&room, &Revision { text: None, ..edit(&author, 2, 0, "e2") }).await.unwrap();
    leave(&stores, &room, &author).await;

    let changes = stores.log().changes(&room, Sequence(1), 10).await.unwrap();

    let message = Sequence(1);
    let expected = [
        Changed::Lost(one),
        Changed::Edited(message),
        Changed::Lost(two),
        Changed::Deleted(message),
        Changed::Lost(author),
    ];
    assert!(changes.iter().map(|change| change.sequence.0).eq(1..=5));
    assert!(changes.iter().map(|change| &change.what).eq(&expected), "{changes:?}");
    assert_eq!(stores.log().changes(&room, Sequence(3), 2).await.unwrap(), changes[2..4]);
    let heads = Heads { messages: Sequence(1), changes: Sequence(5) };
    assert_eq!(stores.log().heads(&room).await.unwrap(), heads);
}

/// A room without an admin, and one in it who wrote its first message.
async fn room_with_a_message(stores: &impl Stores) -> (RoomId, MemberId) {
    let (room, author) = (fresh_room(stores).await, unique_member());
    enter(stores, &room, &author).await;
    stores.log().append(&room, Sequence::ZERO, NOW, &[draft_by(author.as_str(), "one")]).await.unwrap();
    (room, author)
}

async fn first(stores: &impl Stores, room: &RoomId) -> Message {
    stores.log().read(room, Sequence(1), 1).await.unwrap().remove(0)
}

async fn leave(stores: &impl Stores, room: &RoomId, member: &MemberId) -> Sequence {
    stores.memberships().leave(room, member, &deed(member)).await.unwrap().unwrap()
}

/// An edit of the first message, by one who knew at `since` that they may.
fn edit(by: &MemberId, seen: u64, since: u64, name: &str) -> Revision {
    Revision {
        message: Sequence(1),
        seen: Sequence(seen),
        by: by.clone(),
        since: Sequence(since),
        nonce: nonce(name),
        at: NOW,
        text: Some(typed("edited")),
    }
}
