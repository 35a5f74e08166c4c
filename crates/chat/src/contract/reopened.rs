//! What outlives a restart, for adapters whose store can be opened again. Behaviours take a function that opens the
//! same store each time.

use protocol::{Heads, Sequence, Timestamp};

use super::{
    NOW, draft, fresh_room, member, members::unique_credentials, nonce, room_at, typed, unique,
    unique_account, unique_guest, unique_member, unique_room,
};
use crate::{
    ports::{
        LogError, Members, MembersError, Memberships, Revision, RoomLog, Rooms, RoomsError, Session,
        Sessions, Start,
    },
    session::SessionKey,
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
        );
    };
}

/// All that one store keeps.
pub struct Stores<L, R, M, S, P> {
    pub log: L,
    pub rooms: R,
    pub members: M,
    pub sessions: S,
    pub memberships: P,
}

pub async fn a_log_outlives_a_restart<L: RoomLog, R: Rooms, M, S, P>(
    open: impl AsyncFn() -> Stores<L, R, M, S, P>,
) {
    let before = open().await;
    let room = fresh_room(&before.rooms).await;
    before.log.append(&room, Sequence::ZERO, NOW, &[draft("one"), draft("two")]).await.unwrap();
    before.log.revise(&room, &edit(1, "e1")).await.unwrap();
    let messages = before.log.read(&room, Sequence(1), 10).await.unwrap();
    let changes = before.log.changes(&room, Sequence(1), 10).await.unwrap();
    drop(before);

    let after = open().await;

    let heads = Heads { messages: Sequence(2), changes: Sequence(1) };
    assert_eq!(after.log.heads(&room).await.unwrap(), heads);
    assert_eq!(after.log.read(&room, Sequence(1), 10).await.unwrap(), messages);
    assert_eq!(after.log.changes(&room, Sequence(1), 10).await.unwrap(), changes);
}

pub async fn a_sequence_is_not_given_out_again<L: RoomLog, R: Rooms, M, S, P>(
    open: impl AsyncFn() -> Stores<L, R, M, S, P>,
) {
    let before = open().await;
    let room = fresh_room(&before.rooms).await;
    before.log.append(&room, Sequence::ZERO, NOW, &[draft("one")]).await.unwrap();
    before.log.revise(&room, &edit(1, "e1")).await.unwrap();
    drop(before);

    let after = open().await;
    let late = after.log.append(&room, Sequence::ZERO, NOW, &[draft("late")]).await;
    let next = after.log.append(&room, Sequence(1), NOW, &[draft("two")]).await.unwrap();
    let again = after.log.revise(&room, &edit(1, "e1")).await.unwrap();

    assert!(matches!(late, Err(LogError::Overtaken { head }) if head == Sequence(1)), "{late:?}");
    assert_eq!(next[0].sequence, Sequence(2));
    assert_eq!(again.revision, Sequence(1));
}

pub async fn members_outlive_a_restart<L, R, M: Members, S, P>(
    open: impl AsyncFn() -> Stores<L, R, M, S, P>,
) {
    let before = open().await;
    let (account, guest, credentials) = (unique_account(), unique_guest(), unique_credentials());
    before.members.create(&account, Some(&credentials), NOW).await.unwrap();
    before.members.create(&guest, None, NOW).await.unwrap();
    let (as_account, as_guest) =
        (before.members.by_id(&account.id).await.unwrap(), before.members.by_id(&guest.id).await.unwrap());
    drop(before);

    let after = open().await;
    let taken =
        after.members.create(&protocol::Person { id: unique_member(), ..guest.clone() }, None, NOW).await;

    assert!(as_account.is_some() && as_guest.is_some());
    assert_eq!(after.members.by_name(&account.name).await.unwrap(), as_account);
    assert_eq!(after.members.by_name(&guest.name).await.unwrap(), as_guest);
    assert!(matches!(taken, Err(MembersError::NameTaken)), "{taken:?}");
}

pub async fn sessions_outlive_a_restart<L, R, M, S: Sessions, P>(
    open: impl AsyncFn() -> Stores<L, R, M, S, P>,
) {
    let before = open().await;
    let session = |_| Session {
        key: SessionKey::from_stored(format!("{:016x}", unique())),
        member: unique_member(),
        created: NOW,
        expires: Timestamp(NOW.0 + 60_000),
    };
    let [kept, ended] = [0, 1].map(session);
    before.sessions.create(&kept).await.unwrap();
    before.sessions.create(&ended).await.unwrap();
    before.sessions.end(&ended.key).await.unwrap();
    drop(before);

    let after = open().await;

    assert_eq!(after.sessions.find(&kept.key, NOW).await.unwrap(), Some(kept));
    assert_eq!(after.sessions.find(&ended.key, NOW).await.unwrap(), None);
}

pub async fn rooms_and_memberships_outlive_a_restart<L, R: Rooms, M, S, P: Memberships>(
    open: impl AsyncFn() -> Stores<L, R, M, S, P>,
) {
    let before = open().await;
    let (room, member) = (room_at(unique_room()), unique_member());
    let start = Start { at: NOW, head: Sequence(3), rooms_max: 200 };
    before.rooms.create(&room, NOW).await.unwrap();
    before.memberships.join(&room.id, &member, &start).await.unwrap();
    before.memberships.read(&room.id, &member, Sequence(7)).await.unwrap();
    drop(before);

    let after = open().await;
    let taken = after.rooms.create(&room, NOW).await;

    assert_eq!(after.rooms.find(&room.id).await.unwrap().as_ref(), Some(&room));
    assert!(matches!(taken, Err(RoomsError::Exists)), "{taken:?}");
    let membership = after.memberships.find(&room.id, &member).await.unwrap().unwrap();
    assert_eq!((membership.joined, membership.read), (NOW, Sequence(7)));
}

fn edit(message: u64, name: &str) -> Revision {
    Revision {
        message: Sequence(message),
        seen: Sequence::ZERO,
        by: member("ed"),
        nonce: nonce(name),
        at: NOW,
        text: Some(typed("edited")),
    }
}
