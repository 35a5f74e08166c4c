//! What goes for good, and what is left to be erased. What becomes of members is in
//! [`former_members`](super::former_members).
//!
//! Behaviours take the stores of one engine. Nobody else deletes on it: what is to be erased is everybody's.

use futures::future::join_all;
use protocol::{RoomId, RoomInfo, Sequence, Timestamp};

use super::{
    NOW, Stores, deed, enter, founded_room, names, newcomer, room_at, start_at, unique_member, unique_room,
};
use crate::ports::{
    Deed, Erased, Erasure, Erasures, ErasuresError, Memberships, MembershipsError, Records, Role, RoomLog,
    Rooms, RoomsError, Start, Way,
};

/// Stamps one test per behaviour; `$fresh` makes the stores of an engine of their own.
#[macro_export]
macro_rules! erasures_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(erasures, $fresh;
            a_deleted_room_is_found_by_nobody,
            a_deleted_rooms_address_stays_taken,
            a_room_is_deleted_once,
            nobody_is_in_a_deleted_room,
            a_deleted_room_leaves_a_place_for_another,
            other_rooms_stay,
            a_deleted_room_is_to_be_erased,
            how_far_an_erasure_is_is_remembered,
            what_is_erased_is_no_longer_pending,
            all_that_goes_is_pending_in_turn,
        );
        $crate::stamp_contract!(former_members, $fresh;
            a_former_member_is_nobody,
            a_former_members_name_is_free_again,
            a_former_member_has_no_session,
            a_former_member_is_in_no_room,
            a_former_member_joins_no_room,
            a_former_member_makes_no_room,
            a_former_members_ends_stand_in_their_rooms,
            a_member_is_deleted_once,
            who_is_not_there_is_not_deleted,
            the_last_admin_of_a_room_is_not_deleted,
            an_admin_who_is_not_the_last_is_deleted,
            of_two_admins_who_are_deleted_at_once_one_stays,
            a_former_members_messages_stay,
            or_they_go_from_each_room_that_they_were_ever_in,
            a_former_member_edits_nothing,
        );
        $crate::stamp_contract!(erasing, $fresh;
            where_nothing_goes_there_is_nothing_to_do,
            a_deleted_room_is_emptied,
            a_large_room_is_emptied_in_more_than_one_step,
            a_former_members_texts_go_and_nobody_elses,
            each_change_is_told,
            what_was_deleted_before_is_not_deleted_again,
            no_name_of_an_edit_keeps_a_text,
            a_step_that_is_done_again_changes_nothing_twice,
            two_who_erase_at_once_change_nothing_twice,
            a_text_that_came_late_goes_too,
            a_room_that_is_deleted_meanwhile_ends_its_erasures,
        );
    };
}

pub async fn a_deleted_room_is_found_by_nobody(stores: impl Stores) {
    let before = unique_room();
    let room = room_at(RoomId::parse(&format!("{before}-a")).unwrap());
    let admin = unique_member();
    stores.rooms().create_by(&room, &admin, &start_at(0)).await.unwrap();

    stores.erasures().delete_room(&room.id, &deed(&admin)).await.unwrap();

    assert_eq!(stores.rooms().find(&room.id).await.unwrap(), None);
    assert_eq!(stores.rooms().find_public(&room.id).await.unwrap(), None);
    let listed = stores.rooms().list(Some(&before), 1).await.unwrap();
    assert!(listed.iter().all(|other| other.id != room.id), "{listed:?}");
    let described = stores.rooms().describe(&room, &deed(&admin)).await;
    assert!(matches!(described, Err(RoomsError::NoSuchRoom)), "{described:?}");
}

pub async fn a_deleted_rooms_address_stays_taken(stores: impl Stores) {
    let room = deleted_room(&stores, NOW).await;
    let (anew, late) = (RoomInfo { private: true, ..room_at(room.clone()) }, unique_member());

    let made = stores.rooms().create(&anew, NOW).await;
    let founded = stores.rooms().create_by(&anew, &late, &start_at(0)).await;

    assert!(matches!(made, Err(RoomsError::Exists)), "{made:?}");
    assert!(matches!(founded, Err(RoomsError::Exists)), "{founded:?}");
    assert_eq!(stores.rooms().find(&room).await.unwrap(), None);
    assert_eq!(stores.memberships().of_member(&late).await.unwrap(), []);
}

pub async fn a_room_is_deleted_once(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let deed = deed(&admin);

    let results = join_all((0..10).map(|_| stores.erasures().delete_room(&room, &deed))).await;
    let late = stores.erasures().delete_room(&room, &deed).await;
    let unknown = stores.erasures().delete_room(&unique_room(), &deed).await;

    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    for refused in results.into_iter().filter(Result::is_err).chain([late, unknown]) {
        assert!(matches!(refused, Err(ErasuresError::NoSuchRoom)), "{refused:?}");
    }
    assert_eq!(pending_in_turn(&stores).await.len(), 1);
}

pub async fn nobody_is_in_a_deleted_room(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    let (kept, _) = founded_room(&stores).await;
    enter(&stores, &kept, &member).await;
    let memberships = stores.memberships();

    stores.erasures().delete_room(&room, &deed(&admin)).await.unwrap();

    assert_eq!(memberships.of_room(&room, 10).await.unwrap(), (0, Vec::new()));
    assert_eq!(memberships.find(&room, &member).await.unwrap(), None);
    assert_eq!(memberships.of_member(&admin).await.unwrap(), []);
    let of_member = memberships.of_member(&member).await.unwrap();
    assert!(of_member.iter().map(|membership| &membership.room).eq([&kept]), "{of_member:?}");
    assert_eq!(memberships.read(&room, &member, Sequence(1)).await.unwrap(), None);
    assert_eq!(memberships.leave(&room, &member, &deed(&member)).await.unwrap(), None);
    let turns = stores.records().turns(&room, &member).await.unwrap();
    assert_eq!(turns.last().map(|turn| turn.way), Some(Way::Removed));
    let promoted = memberships.set_role(&room, &member, Role::Admin, &deed(&admin)).await;
    assert!(matches!(promoted, Err(MembershipsError::NotInRoom)), "{promoted:?}");
}

pub async fn a_deleted_room_leaves_a_place_for_another(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let start = Start { rooms_max: 1, ..start_at(0) };
    stores.erasures().delete_room(&room, &deed(&admin)).await.unwrap();

    let founded = stores.rooms().create_by(&room_at(unique_room()), &admin, &start).await;

    assert!(founded.is_ok(), "{founded:?}");
}

pub async fn other_rooms_stay(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;

    deleted_room(&stores, NOW).await;

    assert_eq!(stores.rooms().find(&room).await.unwrap(), Some(room_at(room.clone())));
    assert_eq!(names(&stores, &room).await, [admin].into());
    assert!(stores.log().heads(&room).await.is_ok());
}

pub async fn a_deleted_room_is_to_be_erased(stores: impl Stores) {
    assert_eq!(stores.erasures().pending().await.unwrap(), None);
    let begun = Timestamp(NOW.0 + 7);

    let room = deleted_room(&stores, begun).await;

    let expected = Erasure { room, what: Erased::Everything, upto: Sequence::ZERO, begun };
    assert_eq!(stores.erasures().pending().await.unwrap().as_ref(), Some(&expected));
    assert_eq!(stores.erasures().pending().await.unwrap(), Some(expected));
}

pub async fn how_far_an_erasure_is_is_remembered(stores: impl Stores) {
    for _ in 0..2 {
        deleted_room(&stores, NOW).await;
    }
    let first = stores.erasures().pending().await.unwrap().unwrap();

    for upto in [7, 7, 500] {
        let erasure = Erasure { upto: Sequence(upto), ..first.clone() };
        stores.erasures().advance(&erasure).await.unwrap();

        assert_eq!(stores.erasures().pending().await.unwrap(), Some(erasure));
    }
    let others: Vec<Sequence> = pending_in_turn(&stores)
        .await
        .into_iter()
        .filter(|erasure| erasure.room != first.room)
        .map(|erasure| erasure.upto)
        .collect();
    assert_eq!(others, [Sequence::ZERO]);
}

pub async fn what_is_erased_is_no_longer_pending(stores: impl Stores) {
    let [one, other] = [deleted_room(&stores, NOW).await, deleted_room(&stores, NOW).await];
    let first = stores.erasures().pending().await.unwrap().unwrap();

    stores.erasures().finish(&first).await.unwrap();
    stores.erasures().finish(&first).await.unwrap();

    let second = stores.erasures().pending().await.unwrap().unwrap();
    assert_ne!(second.room, first.room);
    assert!([one, other].contains(&second.room));
    stores.erasures().finish(&second).await.unwrap();
    assert_eq!(stores.erasures().pending().await.unwrap(), None);
}

pub async fn all_that_goes_is_pending_in_turn(stores: impl Stores) {
    let mut rooms = Vec::new();
    for _ in 0..5 {
        rooms.push(deleted_room(&stores, NOW).await);
    }

    let mut pending: Vec<RoomId> =
        pending_in_turn(&stores).await.into_iter().map(|erasure| erasure.room).collect();

    pending.sort();
    rooms.sort();
    assert_eq!(pending, rooms);
}

/// All that is to be erased, each finished so that the next is told.
pub(super) async fn pending_in_turn(stores: &impl Stores) -> Vec<Erasure> {
    let mut all = Vec::new();
    while let Some(erasure) = stores.erasures().pending().await.unwrap() {
        stores.erasures().finish(&erasure).await.unwrap();
        all.push(erasure);
    }
    all
}

async fn deleted_room(stores: &impl Stores, at: Timestamp) -> RoomId {
    let (room, admin) = founded_room(stores).await;
    stores.erasures().delete_room(&room, &Deed::of(&admin, at)).await.unwrap();
    room
}
