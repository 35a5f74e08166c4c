//! What the end of a membership leaves behind. Stamped with [`memberships`](super::memberships).

use futures::future::join_all;
use protocol::{Heads, MemberId, Sequence, Timestamp};

use super::{
    NOW, Stores, deed, draft, enter, founded_room, fresh_invite, fresh_room, names, newcomer, start_at,
    unique_member, unique_room,
};
use crate::ports::{Actor, Change, Changed, Deed, Erasures, Invites, Memberships, MembershipsError, RoomLog};

pub async fn an_end_stands_in_the_rooms_changes(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let [first, second] = [newcomer(&stores, &room).await, newcomer(&stores, &room).await];
    let at = Timestamp(NOW.0 + 7);
    stores.log().append(&room, Sequence::ZERO, NOW, &[draft("one")]).await.unwrap();

    let one = stores.memberships().leave(&room, &first, &Deed::of(&first, at)).await.unwrap();
    let two = stores.memberships().leave(&room, &second, &Deed::of(&second, at)).await.unwrap();

    let lost = |sequence, member: MemberId| Change {
        sequence: Sequence(sequence),
        by: member.clone(),
        nonce: None,
        at,
        what: Changed::Lost(member),
    };
    assert_eq!((one, two), (Some(Sequence(1)), Some(Sequence(2))));
    let changes = stores.log().changes(&room, Sequence(1), 10).await.unwrap();
    assert_eq!(changes, [lost(1, first), lost(2, second)]);
    let heads = Heads { messages: Sequence(1), changes: Sequence(2) };
    assert_eq!(stores.log().heads(&room).await.unwrap(), heads);
}

pub async fn a_membership_begins_after_the_changes_before_it(stores: impl Stores) {
    let (room, _) = founded_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    let lost = stores.memberships().leave(&room, &member, &deed(&member)).await.unwrap();

    enter(&stores, &room, &member).await;

    let again = stores.memberships().find(&room, &member).await.unwrap().unwrap();
    assert_eq!(Some(again.since), lost);
}

pub async fn a_removal_stands_in_the_rooms_changes(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let [first, second] = [newcomer(&stores, &room).await, newcomer(&stores, &room).await];
    let by_operator = Deed { by: Actor::Operator, at: NOW };

    let one = stores.memberships().leave(&room, &first, &deed(&admin)).await.unwrap();
    let two = stores.memberships().leave(&room, &second, &by_operator).await.unwrap();

    assert_eq!((one, two), (Some(Sequence(1)), Some(Sequence(2))));
    let changes = stores.log().changes(&room, Sequence(1), 10).await.unwrap();
    assert_eq!(changes[0].by, admin);
    assert!(changes.into_iter().map(|change| change.what).eq([Changed::Lost(first), Changed::Lost(second)]));
}

pub async fn where_no_membership_is_none_ends(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    stores.memberships().leave(&room, &member, &deed(&member)).await.unwrap();

    for (room, outsider) in [(&room, &member), (&room, &unique_member()), (&unique_room(), &admin)] {
        let own = stores.memberships().leave(room, outsider, &deed(outsider)).await.unwrap();
        let removal = stores.memberships().leave(room, outsider, &deed(&admin)).await.unwrap();
        assert_eq!((own, removal), (None, None));
    }
    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(1));
}

pub async fn leaving_ten_times_at_once_counts_once(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    let own = deed(&member);

    let results = join_all((0..10).map(|_| stores.memberships().leave(&room, &member, &own))).await;

    let places: Vec<Sequence> = results.into_iter().filter_map(Result::unwrap).collect();
    assert_eq!(places, [Sequence(1)]);
    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(1));
}

pub async fn all_who_leave_at_once_stand_in_the_changes(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let members = join_all((0..10).map(|_| newcomer(&stores, &room))).await;

    let deeds: Vec<Deed> = members.iter().map(deed).collect();
    let leaving =
        members.iter().zip(&deeds).map(|(member, deed)| stores.memberships().leave(&room, member, deed));
    let results = join_all(leaving).await;

    let changes = stores.log().changes(&room, Sequence(1), 20).await.unwrap();
    assert!(changes.iter().map(|change| change.sequence.0).eq(1..=10));
    for (member, result) in members.into_iter().zip(results) {
        let place = result.unwrap().unwrap();
        let change = changes.iter().find(|change| change.sequence == place).unwrap();
        assert_eq!(change.what, Changed::Lost(member));
    }
}

pub async fn who_comes_and_stays_is_no_change(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    stores.memberships().leave(&room, &member, &deed(&member)).await.unwrap();

    enter(&stores, &room, &member).await;
    enter(&stores, &room, &member).await;

    assert_eq!(stores.log().heads(&room).await.unwrap().changes, Sequence(1));
}

pub async fn nobody_joins_a_deleted_room(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let member = unique_member();
    stores.erasures().delete_room(&room, &deed(&admin)).await.unwrap();

    let refused = stores.memberships().join(&room, &member, &start_at(0)).await;

    assert!(matches!(refused, Err(MembershipsError::NoSuchRoom)), "{refused:?}");
    assert_eq!(stores.memberships().find(&room, &member).await.unwrap(), None);
}

pub async fn whose_membership_is_ended_has_no_invitations(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    let elsewhere = fresh_room(&stores).await;
    enter(&stores, &elsewhere, &member).await;
    let theirs = fresh_invite(&stores, &room, &member).await;
    let kept = [fresh_invite(&stores, &room, &admin).await, fresh_invite(&stores, &elsewhere, &member).await];

    stores.memberships().leave(&room, &member, &deed(&admin)).await.unwrap();

    assert_eq!(stores.invites().find(&theirs.key).await.unwrap(), None);
    assert_eq!(stores.invites().list(&room).await.unwrap(), kept[..1]);
    for invite in kept {
        assert_eq!(stores.invites().find(&invite.key).await.unwrap(), Some(invite));
    }
}

pub async fn who_leaves_by_themselves_leaves_their_invitations(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    let invite = fresh_invite(&stores, &room, &member).await;

    stores.memberships().leave(&room, &member, &deed(&member)).await.unwrap();

    assert_eq!(names(&stores, &room).await.len(), 0);
    assert_eq!(stores.invites().find(&invite.key).await.unwrap(), Some(invite));
}
