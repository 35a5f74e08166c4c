//! What memberships are. Behaviours take them.

use futures::future::join_all;
use protocol::{MemberId, RoomId, Sequence, Timestamp};

use super::{NOW, unique_member, unique_room};
use crate::ports::{Membership, Memberships, MembershipsError, Start};

/// Stamps one test per behaviour; `$fresh` makes the memberships.
#[macro_export]
macro_rules! memberships_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(memberships, $fresh;
            who_joined_is_inside_and_has_nothing_unread,
            who_did_not_join_is_outside,
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
    };
}

pub async fn who_joined_is_inside_and_has_nothing_unread(memberships: impl Memberships) {
    let (room, member) = (unique_room(), unique_member());

    let joined = memberships.join(&room, &member, &start_at(41)).await.unwrap();

    let expected = Membership { room: room.clone(), member: member.clone(), joined: NOW, read: Sequence(41) };
    assert_eq!(joined, expected);
    assert_eq!(memberships.find(&room, &member).await.unwrap(), Some(expected));
}

pub async fn who_did_not_join_is_outside(memberships: impl Memberships) {
    let (room, member) = (unique_room(), unique_member());
    memberships.join(&room, &unique_member(), &start_at(0)).await.unwrap();
    memberships.join(&unique_room(), &member, &start_at(0)).await.unwrap();

    assert_eq!(memberships.find(&room, &member).await.unwrap(), None);
    assert_eq!(memberships.of_member(&unique_member()).await.unwrap(), []);
    assert_eq!(memberships.of_room(&unique_room(), 10).await.unwrap(), (0, Vec::new()));
}

pub async fn joining_again_changes_nothing(memberships: impl Memberships) {
    let (room, member) = (unique_room(), unique_member());
    let later = Start { at: Timestamp(NOW.0 + 1), head: Sequence(50), rooms_max: 1 };

    let first = memberships.join(&room, &member, &start_at(41)).await.unwrap();
    let again = memberships.join(&room, &member, &later).await.unwrap();

    assert_eq!(again, first);
    assert_eq!(memberships.of_member(&member).await.unwrap(), [first]);
    assert_eq!(memberships.of_room(&room, 10).await.unwrap(), (1, vec![member]));
}

pub async fn joining_ten_times_at_once_counts_once(memberships: impl Memberships) {
    let (room, member) = (unique_room(), unique_member());
    let start = Start { rooms_max: 3, ..start_at(0) };

    let results = join_all((0..10).map(|_| memberships.join(&room, &member, &start))).await;

    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(memberships.of_room(&room, 10).await.unwrap(), (1, vec![member.clone()]));
    for n in 0..2 {
        // Nine of the ten must not have used up a place.
        let joined = memberships.join(&unique_room(), &member, &start).await;
        assert!(joined.is_ok(), "room {n}: {joined:?}");
    }
}

pub async fn who_left_is_outside(memberships: impl Memberships) {
    let (room, member, other) = (unique_room(), unique_member(), unique_member());
    memberships.join(&room, &member, &start_at(0)).await.unwrap();
    memberships.join(&room, &other, &start_at(0)).await.unwrap();

    memberships.leave(&room, &member).await.unwrap();
    memberships.leave(&room, &member).await.unwrap();

    assert_eq!(memberships.find(&room, &member).await.unwrap(), None);
    assert_eq!(memberships.of_member(&member).await.unwrap(), []);
    assert_eq!(memberships.of_room(&room, 10).await.unwrap(), (1, vec![other]));
}

pub async fn who_comes_back_begins_anew(memberships: impl Memberships) {
    let (room, member) = (unique_room(), unique_member());
    memberships.join(&room, &member, &start_at(10)).await.unwrap();
    memberships.leave(&room, &member).await.unwrap();

    let back = memberships.join(&room, &member, &start_at(30)).await.unwrap();

    assert_eq!(back.read, Sequence(30));
}

pub async fn a_members_rooms_stand_in_the_order_of_joining(memberships: impl Memberships) {
    let member = unique_member();
    let mut rooms: Vec<RoomId> = (0..6).map(|_| unique_room()).collect();
    join_in_turn(&memberships, rooms.iter().map(|room| (room, &member))).await;

    let left = rooms.remove(2);
    memberships.leave(&left, &member).await.unwrap();

    let listed = memberships.of_member(&member).await.unwrap();
    assert!(listed.iter().map(|membership| &membership.room).eq(&rooms), "{listed:?}");
}

pub async fn a_room_counts_all_and_names_some(memberships: impl Memberships) {
    let room = unique_room();
    let members: Vec<MemberId> = (0..6).map(|_| unique_member()).collect();
    join_in_turn(&memberships, members.iter().map(|member| (&room, member))).await;

    assert_eq!(memberships.of_room(&room, 4).await.unwrap(), (6, members[..4].to_vec()));
    assert_eq!(memberships.of_room(&room, 0).await.unwrap(), (6, Vec::new()));
    assert_eq!(memberships.of_room(&room, 100).await.unwrap(), (6, members));
}

pub async fn nobody_is_in_too_many_rooms(memberships: impl Memberships) {
    let (first, member) = (unique_room(), unique_member());
    let start = Start { rooms_max: 2, ..start_at(0) };
    memberships.join(&first, &member, &start).await.unwrap();
    memberships.join(&unique_room(), &member, &start).await.unwrap();

    let third = unique_room();
    let refused = memberships.join(&third, &member, &start).await;
    let again = memberships.join(&first, &member, &start).await;

    assert!(matches!(refused, Err(MembershipsError::TooMany)), "{refused:?}");
    assert!(again.is_ok(), "{again:?}");
    assert_eq!(memberships.find(&third, &member).await.unwrap(), None);
    assert_eq!(memberships.of_room(&third, 10).await.unwrap(), (0, Vec::new()));
}

pub async fn not_even_who_joins_twenty_at_once(memberships: impl Memberships) {
    let member = unique_member();
    let rooms: Vec<RoomId> = (0..20).map(|_| unique_room()).collect();
    let start = Start { rooms_max: 3, ..start_at(0) };

    let results = join_all(rooms.iter().map(|room| memberships.join(room, &member, &start))).await;

    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
    assert_eq!(memberships.of_member(&member).await.unwrap().len(), 3);
}

pub async fn who_leaves_one_room_may_join_another(memberships: impl Memberships) {
    let (first, second, member) = (unique_room(), unique_room(), unique_member());
    let start = Start { rooms_max: 1, ..start_at(0) };
    memberships.join(&first, &member, &start).await.unwrap();

    memberships.leave(&first, &member).await.unwrap();
    let joined = memberships.join(&second, &member, &start).await;

    assert!(joined.is_ok(), "{joined:?}");
}

pub async fn a_read_cursor_moves_forward_only(memberships: impl Memberships) {
    let (room, member) = (unique_room(), unique_member());
    memberships.join(&room, &member, &start_at(10)).await.unwrap();

    for (upto, expected) in [(12, 12), (11, 12), (12, 12), (0, 12), (40, 40)] {
        let read = memberships.read(&room, &member, Sequence(upto)).await.unwrap();
        assert_eq!(read, Some(Sequence(expected)), "up to {upto}");
    }
    assert_eq!(memberships.find(&room, &member).await.unwrap().unwrap().read, Sequence(40));
    assert_eq!(memberships.of_member(&member).await.unwrap()[0].read, Sequence(40));
}

pub async fn of_racing_read_cursors_the_farthest_stays(memberships: impl Memberships) {
    let (room, member) = (unique_room(), unique_member());
    memberships.join(&room, &member, &start_at(0)).await.unwrap();

    let racing = (1..=20).map(|n| memberships.read(&room, &member, Sequence(n * 7 % 20)));
    for (n, read) in (1..).zip(join_all(racing).await) {
        assert!(read.unwrap() >= Some(Sequence(n * 7 % 20)));
    }

    assert_eq!(memberships.find(&room, &member).await.unwrap().unwrap().read, Sequence(19));
}

pub async fn who_is_outside_has_no_read_cursor(memberships: impl Memberships) {
    let (room, member) = (unique_room(), unique_member());

    assert_eq!(memberships.read(&room, &member, Sequence(5)).await.unwrap(), None);
    assert_eq!(memberships.find(&room, &member).await.unwrap(), None);
}

async fn join_in_turn(memberships: &impl Memberships, joining: impl Iterator<Item = (&RoomId, &MemberId)>) {
    for (n, (room, member)) in (0..).zip(joining) {
        let start = Start { at: Timestamp(NOW.0 + n), ..start_at(0) };
        memberships.join(room, member, &start).await.unwrap();
    }
}

fn start_at(head: u64) -> Start {
    Start { at: NOW, head: Sequence(head), rooms_max: 200 }
}
