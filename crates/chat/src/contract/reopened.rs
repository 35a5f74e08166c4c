//! What outlives a restart, for adapters whose store can be opened again. Behaviours take a function that opens the
//! same store each time.

use protocol::{Heads, Sequence};

use super::{
    NOW, Stores, deed, draft, enter, erasures::pending_in_turn, former_members::fresh_person, founded_room,
    fresh_invite, fresh_room, member, members::unique_credentials, newcomer, nonce, room_at,
    sessions::session_of, start_at, typed, unique_account, unique_guest, unique_member, unique_room,
};
use crate::ports::{
    Erased, Erasure, Erasures, Invite, Invites, Legacy, LogError, Members, MembersError, Memberships,
    Records, Revision, Role, RoomLog, Rooms, RoomsError, Sessions, SessionsError,
};

/// Stamps one test per behaviour; `$open` makes an async function that opens one store, each time the same.
#[macro_export]
macro_rules! reopened_contract {
    ($open:expr) => {
        $crate::stamp_contract!(reopened, $open;
            a_log_outlives_a_restart,
            a_sequence_is_not_given_out_again,
            members_outlive_a_restart,
            sessions_outlive_a_restart,
            rooms_and_memberships_outlive_a_restart,
            invitations_outlive_a_restart,
            what_was_done_outlives_a_restart,
            a_bar_outlives_a_restart,
            what_is_deleted_stays_so_after_a_restart,
            what_is_to_be_erased_outlives_a_restart,
        );
    };
}

pub async fn a_log_outlives_a_restart<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let room = fresh_room(&before).await;
    before.log().append(&room, Sequence::ZERO, NOW, &[draft("one"), draft("two")]).await.unwrap();
    before.log().revise(&room, &edit(1, "e1")).await.unwrap();
    let messages = before.log().read(&room, Sequence(1), 10).await.unwrap();
    let changes = before.log().changes(&room, Sequence(1), 10).await.unwrap();
    drop(before);

    let after = open().await;

    let heads = Heads { messages: Sequence(2), changes: Sequence(1) };
    assert_eq!(after.log().heads(&room).await.unwrap(), heads);
    assert_eq!(after.log().read(&room, Sequence(1), 10).await.unwrap(), messages);
    assert_eq!(after.log().changes(&room, Sequence(1), 10).await.unwrap(), changes);
}

pub async fn a_sequence_is_not_given_out_again<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let room = fresh_room(&before).await;
    before.log().append(&room, Sequence::ZERO, NOW, &[draft("one")]).await.unwrap();
    before.log().revise(&room, &edit(1, "e1")).await.unwrap();
    drop(before);

    let after = open().await;
    let late = after.log().append(&room, Sequence::ZERO, NOW, &[draft("late")]).await;
    let next = after.log().append(&room, Sequence(1), NOW, &[draft("two")]).await.unwrap();
    let again = after.log().revise(&room, &edit(1, "e1")).await.unwrap();

    assert!(matches!(late, Err(LogError::Overtaken { head, .. }) if head == Sequence(1)), "{late:?}");
    assert_eq!(next[0].sequence, Sequence(2));
    assert_eq!(again.revision, Sequence(1));
}

pub async fn members_outlive_a_restart<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let (account, guest, credentials) = (unique_account(), unique_guest(), unique_credentials());
    before.members().create(&account, Some(&credentials), NOW).await.unwrap();
    before.members().create(&guest, None, NOW).await.unwrap();
    let (as_account, as_guest) = (
        before.members().by_id(&account.id).await.unwrap(),
        before.members().by_id(&guest.id).await.unwrap(),
    );
    drop(before);

    let after = open().await;
    let taken =
        after.members().create(&protocol::Person { id: unique_member(), ..guest.clone() }, None, NOW).await;

    assert!(as_account.is_some() && as_guest.is_some());
    assert_eq!(after.members().by_name(&account.name).await.unwrap(), as_account);
    assert_eq!(after.members().by_name(&guest.name).await.unwrap(), as_guest);
    assert!(matches!(taken, Err(MembersError::NameTaken)), "{taken:?}");
}

pub async fn sessions_outlive_a_restart<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let [kept, ended] = [0, 1].map(|_| session_of(&unique_member()));
    before.sessions().create(&kept).await.unwrap();
    before.sessions().create(&ended).await.unwrap();
    before.sessions().end(&ended.key).await.unwrap();
    drop(before);

    let after = open().await;

    assert_eq!(after.sessions().find(&kept.key, NOW).await.unwrap(), Some(kept));
    assert_eq!(after.sessions().find(&ended.key, NOW).await.unwrap(), None);
}

pub async fn rooms_and_memberships_outlive_a_restart<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let (room, member) = (room_at(unique_room()), unique_member());
    let start = start_at(3);
    before.rooms().create(&room, NOW).await.unwrap();
    before.memberships().join(&room.id, &member, &start).await.unwrap();
    before.memberships().read(&room.id, &member, Sequence(7)).await.unwrap();
    drop(before);

    let after = open().await;
    let taken = after.rooms().create(&room, NOW).await;

    assert_eq!(after.rooms().find(&room.id).await.unwrap().as_ref(), Some(&room));
    assert!(matches!(taken, Err(RoomsError::Exists)), "{taken:?}");
    let membership = after.memberships().find(&room.id, &member).await.unwrap().unwrap();
    assert_eq!((membership.joined, membership.read), (NOW, Sequence(7)));
}

pub async fn invitations_outlive_a_restart<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let (room, admin) = founded_room(&before).await;
    let [kept, withdrawn] =
        [fresh_invite(&before, &room, &admin).await, fresh_invite(&before, &room, &admin).await];
    before.invites().redeem(&kept.key, &unique_member(), &start_at(0)).await.unwrap();
    before.invites().withdraw(&room, &withdrawn.key, &deed(&admin)).await.unwrap();
    drop(before);

    let after = open().await;

    assert_eq!(after.invites().list(&room).await.unwrap(), [Invite { uses: 1, ..kept }]);
}

pub async fn what_was_done_outlives_a_restart<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let (room, admin) = founded_room(&before).await;
    let member = newcomer(&before, &room).await;
    before.memberships().leave(&room, &member, &deed(&admin)).await.unwrap();
    let acts = before.records().acts(&room, None, 10).await.unwrap();
    let turns = before.records().turns(&room, &member).await.unwrap();
    let changes = before.log().changes(&room, Sequence(1), 10).await.unwrap();
    drop(before);

    let after = open().await;

    assert_eq!((acts.len(), turns.len(), changes.len()), (2, 2, 1));
    assert_eq!(after.records().acts(&room, None, 10).await.unwrap(), acts);
    assert_eq!(after.records().turns(&room, &member).await.unwrap(), turns);
    assert_eq!(after.log().changes(&room, Sequence(1), 10).await.unwrap(), changes);
    let founder = after.memberships().find(&room, &admin).await.unwrap();
    assert_eq!(founder.map(|membership| membership.role), Some(Role::Admin));
}

pub async fn a_bar_outlives_a_restart<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let session = session_of(&unique_member());
    before.sessions().bar(&session.member, NOW).await.unwrap();
    drop(before);

    let after = open().await;
    let refused = after.sessions().create(&session).await;

    assert!(matches!(refused, Err(SessionsError::Barred)), "{refused:?}");
}

pub async fn what_is_deleted_stays_so_after_a_restart<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let ((room, admin), person) = (founded_room(&before).await, fresh_person(&before).await);
    before.erasures().delete_room(&room, &deed(&admin)).await.unwrap();
    before.erasures().delete_member(&person.id, Legacy::Stays, NOW).await.unwrap();
    drop(before);

    let after = open().await;
    let anew = after.rooms().create(&room_at(room.clone()), NOW).await;

    assert!(matches!(anew, Err(RoomsError::Exists)), "{anew:?}");
    assert_eq!(after.rooms().find(&room).await.unwrap(), None);
    assert_eq!(after.members().by_id(&person.id).await.unwrap(), None);
}

pub async fn what_is_to_be_erased_outlives_a_restart<S: Stores>(open: impl AsyncFn() -> S) {
    let before = open().await;
    let ((deleted, admin), person) = (founded_room(&before).await, fresh_person(&before).await);
    let room = fresh_room(&before).await;
    enter(&before, &room, &person.id).await;
    before.erasures().delete_member(&person.id, Legacy::Goes, NOW).await.unwrap();
    let texts = before.erasures().pending().await.unwrap().unwrap();
    let texts = Erasure { upto: Sequence(7), ..texts };
    before.erasures().advance(&texts).await.unwrap();
    before.erasures().delete_room(&deleted, &deed(&admin)).await.unwrap();
    drop(before);

    let after = open().await;
    let pending = pending_in_turn(&after).await;
    let once_more = pending_in_turn(&open().await).await;

    let all = Erasure { room: deleted, what: Erased::Everything, upto: Sequence::ZERO, begun: NOW };
    assert_eq!(pending.len(), 2);
    assert!(pending.contains(&texts) && pending.contains(&all), "{pending:?}");
    assert_eq!(once_more, []);
}

fn edit(message: u64, name: &str) -> Revision {
    Revision {
        message: Sequence(message),
        seen: Sequence::ZERO,
        by: member("ed"),
        since: Sequence::ZERO,
        nonce: nonce(name),
        at: NOW,
        text: Some(typed("edited")),
    }
}
