//! What memberships are. Behaviours take the stores of one engine.

use std::collections::BTreeSet;

use futures::future::join_all;
use protocol::{MemberId, RoomId, Sequence, Timestamp};

use super::{NOW, Stores, deed, fresh_room, names, start_at, unique_member, unique_room};
use crate::ports::{Membership, Memberships, MembershipsError, Role, Start};

/// Stamps one test per behaviour; `$fresh` makes the stores of one engine.
#[macro_export]
macro_rules! memberships_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(memberships, $fresh;
            who_joined_is_inside_and_has_nothing_unread,
            who_did_not_join_is_outside,
            of_some_those_inside_are_found,
            a_room_that_does_not_exist_has_no_members,
            joining_again_changes_nothing,
            joining_ten_times_at_once_counts_once,
            who_left_is_outside,
            who_comes_back_begins_anew,
            a_members_rooms_stand_in_the_order_of_joining,
            a_room_counts_all_and_names_some,
            nobody_is_in_too_many_rooms,
            not_even_who_joins_twenty_at_once,
            who_leaves_one_room_may_join_another,
            a_read_cursor_moves_forward_only,
            of_racing_read_cursors_the_farthest_stays,
            who_is_outside_has_no_read_cursor,
        );
        $crate::stamp_contract!(roles, $fresh;
            who_joins_is_a_member_and_who_founds_an_admin,
            a_founder_who_joins_again_stays_the_admin,
            a_member_becomes_an_admin_and_a_member_again,
            a_role_is_one_rooms,
            who_is_outside_has_no_role,
            who_comes_back_is_no_admin,
            the_last_admin_stays_one,
            an_admin_who_is_alone_does_not_leave_either,
            an_admin_who_is_not_the_last_may_go,
            of_two_admins_who_leave_at_once_one_stays,
            of_two_admins_who_demote_each_other_one_stays,
            a_room_that_never_had_an_admin_may_be_left,
        );
        $crate::stamp_contract!(endings, $fresh;
            an_end_stands_in_the_rooms_changes,
            a_membership_begins_after_the_changes_before_it,
            a_removal_stands_in_the_rooms_changes,
            where_no_membership_is_none_ends,
            leaving_ten_times_at_once_counts_once,
            all_who_leave_at_once_stand_in_the_changes,
            who_comes_and_stays_is_no_change,
            nobody_joins_a_deleted_room,
            whose_membership_is_ended_has_no_invitations,
            who_leaves_by_themselves_leaves_their_invitations,
        );
    };
}

pub async fn who_joined_is_inside_and_has_nothing_unread(stores: impl Stores) {
    let (room, member) = (fresh_room(&stores).await, unique_member());

    let joined = stores.memberships().join(&room, &member, &start_at(41)).await.unwrap();

    let expected = Membership {
        room: room.clone(),
        member: member.clone(),
        role: Role::Member,
        joined: NOW,
        since: Sequence::ZERO,
        read: Sequence(41),
    };
    assert_eq!(joined, expected);
    assert_eq!(stores.memberships().find(&room, &member).await.unwrap(), Some(expected));
}

pub async fn of_some_those_inside_are_found(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let [ada, bo, outsider, gone] = [(); 4].map(|()| unique_member());
    let mut inside = Vec::new();
    for member in [&ada, &bo, &gone] {
        inside.push(stores.memberships().join(&room, member, &start_at(0)).await.unwrap());
    }
    stores.memberships().leave(&room, &gone, &deed(&gone)).await.unwrap();
    inside.truncate(2);

    let mut found = stores.memberships().find_all(&room, &[outsider, bo, gone, ada]).await.unwrap();

    let by_member = |one: &Membership, other: &Membership| one.member.cmp(&other.member);
    found.sort_by(by_member);
    inside.sort_by(by_member);
    assert_eq!(found, inside);
    assert_eq!(stores.memberships().find_all(&room, &[]).await.unwrap(), []);
}

pub async fn who_did_not_join_is_outside(stores: impl Stores) {
    let (room, member) = (fresh_room(&stores).await, unique_member());
    stores.memberships().join(&room, &unique_member(), &start_at(0)).await.unwrap();
    stores.memberships().join(&fresh_room(&stores).await, &member, &start_at(0)).await.unwrap();

    assert_eq!(stores.memberships().find(&room, &member).await.unwrap(), None);
    assert_eq!(stores.memberships().of_member(&unique_member()).await.unwrap(), []);
    assert_eq!(stores.memberships().of_room(&fresh_room(&stores).await, 10).await.unwrap(), (0, Vec::new()));
}

pub async fn a_room_that_does_not_exist_has_no_members(stores: impl Stores) {
    let (nowhere, member) = (unique_room(), unique_member());

    let refused = stores.memberships().join(&nowhere, &member, &start_at(0)).await;

    assert!(matches!(refused, Err(MembershipsError::NoSuchRoom)), "{refused:?}");
    assert_eq!(stores.memberships().of_room(&nowhere, 10).await.unwrap(), (0, Vec::new()));
    assert_eq!(stores.memberships().of_member(&member).await.unwrap(), []);
}

pub async fn joining_again_changes_nothing(stores: impl Stores) {
    let (room, member) = (fresh_room(&stores).await, unique_member());
    let later = Start { at: Timestamp(NOW.0 + 1), rooms_max: 1, ..start_at(50) };

    let first = stores.memberships().join(&room, &member, &start_at(41)).await.unwrap();
    let again = stores.memberships().join(&room, &member, &later).await.unwrap();

    assert_eq!(again, first);
    let (of_member, of_room) =
        (stores.memberships().of_member(&member).await, stores.memberships().of_room(&room, 10).await);
    assert_eq!(of_room.unwrap(), (1, of_member.unwrap()));
    assert_eq!(stores.memberships().find(&room, &member).await.unwrap(), Some(first));
}

pub async fn joining_ten_times_at_once_counts_once(stores: impl Stores) {
    let (room, member) = (fresh_room(&stores).await, unique_member());
    let start = Start { rooms_max: 3, ..start_at(0) };

    let results = join_all((0..10).map(|_| stores.memberships().join(&room, &member, &start))).await;

    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(stores.memberships().of_room(&room, 10).await.unwrap().0, 1);
    for n in 0..2 {
        // Nine of the ten must not have used up a place.
        let joined = stores.memberships().join(&fresh_room(&stores).await, &member, &start).await;
        assert!(joined.is_ok(), "room {n}: {joined:?}");
    }
}

pub async fn who_left_is_outside(stores: impl Stores) {
    let (room, member, other) = (fresh_room(&stores).await, unique_member(), unique_member());
    stores.memberships().join(&room, &member, &start_at(0)).await.unwrap();
    stores.memberships().join(&room, &other, &start_at(0)).await.unwrap();

    stores.memberships().leave(&room, &member, &deed(&member)).await.unwrap();
    stores.memberships().leave(&room, &member, &deed(&member)).await.unwrap();

    assert_eq!(stores.memberships().find(&room, &member).await.unwrap(), None);
    assert_eq!(stores.memberships().of_member(&member).await.unwrap(), []);
    assert_eq!(names(&stores, &room).await, BTreeSet::from([other]));
}

pub async fn who_comes_back_begins_anew(stores: impl Stores) {
    let (room, member) = (fresh_room(&stores).await, unique_member());
    stores.memberships().join(&room, &member, &start_at(10)).await.unwrap();
    stores.memberships().leave(&room, &member, &deed(&member)).await.unwrap();

    let back = stores.memberships().join(&room, &member, &start_at(30)).await.unwrap();

    assert_eq!(back.read, Sequence(30));
}

pub async fn a_members_rooms_stand_in_the_order_of_joining(stores: impl Stores) {
    let member = unique_member();
    let mut rooms = fresh_rooms(&stores, 6).await;
    join_in_turn(&stores, rooms.iter().map(|room| (room, &member))).await;

    let left = rooms.remove(2);
    stores.memberships().leave(&left, &member, &deed(&member)).await.unwrap();

    let listed = stores.memberships().of_member(&member).await.unwrap();
    assert!(listed.iter().map(|membership| &membership.room).eq(&rooms), "{listed:?}");
}

pub async fn a_room_counts_all_and_names_some(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let members: Vec<MemberId> = (0..6).map(|_| unique_member()).collect();
    join_in_turn(&stores, members.iter().map(|member| (&room, member))).await;

    for (n, expected) in [(4, 4), (0, 0), (100, 6)] {
        let (count, some) = stores.memberships().of_room(&room, n).await.unwrap();
        assert_eq!(count, 6);
        assert!(some.iter().map(|membership| &membership.member).eq(&members[..expected]), "{n}: {some:?}");
    }
}

pub async fn nobody_is_in_too_many_rooms(stores: impl Stores) {
    let (first, member) = (fresh_room(&stores).await, unique_member());
    let start = Start { rooms_max: 2, ..start_at(0) };
    stores.memberships().join(&first, &member, &start).await.unwrap();
    stores.memberships().join(&fresh_room(&stores).await, &member, &start).await.unwrap();

    let third = fresh_room(&stores).await;
    let refused = stores.memberships().join(&third, &member, &start).await;
    let again = stores.memberships().join(&first, &member, &start).await;

    assert!(matches!(refused, Err(MembershipsError::TooMany)), "{refused:?}");
    assert!(again.is_ok(), "{again:?}");
    assert_eq!(stores.memberships().find(&third, &member).await.unwrap(), None);
    assert_eq!(stores.memberships().of_room(&third, 10).await.unwrap(), (0, Vec::new()));
}

pub async fn not_even_who_joins_twenty_at_once(stores: impl Stores) {
    let member = unique_member();
    let rooms = fresh_rooms(&stores, 20).await;
    let start = Start { rooms_max: 3, ..start_at(0) };

    let results = join_all(rooms.iter().map(|room| stores.memberships().join(room, &member, &start))).await;

    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
    assert_eq!(stores.memberships().of_member(&member).await.unwrap().len(), 3);
}

pub async fn who_leaves_one_room_may_join_another(stores: impl Stores) {
    let (first, second, member) = (fresh_room(&stores).await, fresh_room(&stores).await, unique_member());
    let start = Start { rooms_max: 1, ..start_at(0) };
    stores.memberships().join(&first, &member, &start).await.unwrap();

    stores.memberships().leave(&first, &member, &deed(&member)).await.unwrap();
    let joined = stores.memberships().join(&second, &member, &start).await;

    assert!(joined.is_ok(), "{joined:?}");
}

pub async fn a_read_cursor_moves_forward_only(stores: impl Stores) {
    let (room, member) = (fresh_room(&stores).await, unique_member());
    stores.memberships().join(&room, &member, &start_at(10)).await.unwrap();

    for (upto, expected) in [(12, 12), (11, 12), (12, 12), (0, 12), (40, 40)] {
        let read = stores.memberships().read(&room, &member, Sequence(upto)).await.unwrap();
        assert_eq!(read, Some(Sequence(expected)), "up to {upto}");
    }
    assert_eq!(stores.memberships().find(&room, &member).await.unwrap().unwrap().read, Sequence(40));
    assert_eq!(stores.memberships().of_member(&member).await.unwrap()[0].read, Sequence(40));
}

pub async fn of_racing_read_cursors_the_farthest_stays(stores: impl Stores) {
    let (room, member) = (fresh_room(&stores).await, unique_member());
    stores.memberships().join(&room, &member, &start_at(0)).await.unwrap();

    let racing = (1..=20).map(|n| stores.memberships().read(&room, &member, Sequence(n * 7 % 20)));
    for (n, read) in (1..).zip(join_all(racing).await) {
        assert!(read.unwrap() >= Some(Sequence(n * 7 % 20)));
    }

    assert_eq!(stores.memberships().find(&room, &member).await.unwrap().unwrap().read, Sequence(19));
}

pub async fn who_is_outside_has_no_read_cursor(stores: impl Stores) {
    let (room, member) = (fresh_room(&stores).await, unique_member());

    assert_eq!(stores.memberships().read(&room, &member, Sequence(5)).await.unwrap(), None);
    assert_eq!(stores.memberships().find(&room, &member).await.unwrap(), None);
}

async fn join_in_turn(stores: &impl Stores, joining: impl Iterator<Item = (&RoomId, &MemberId)>) {
    for (n, (room, member)) in (0..).zip(joining) {
        let start = Start { at: Timestamp(NOW.0 + n), ..start_at(0) };
        stores.memberships().join(room, member, &start).await.unwrap();
    }
}

async fn fresh_rooms(stores: &impl Stores, n: usize) -> Vec<RoomId> {
    join_all((0..n).map(|_| fresh_room(stores))).await
}
