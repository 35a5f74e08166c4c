//! What invitations are. Behaviours take the stores of one engine.

use futures::future::join_all;
use protocol::{MemberId, RoomId, Sequence, Timestamp};

use super::{
    NOW, Stores, deed, enter, founded_room, fresh_invite, fresh_room, invite_to, names, newcomer, start_at,
    unique_member, unique_room,
};
use crate::ports::{
    Erasures, Invite, Invites, InvitesError, Membership, Memberships, Records, Role, Start, Way,
};

/// Stamps one test per behaviour; `$fresh` makes the stores of one engine.
#[macro_export]
macro_rules! invites_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(invites, $fresh;
            an_invitation_is_found_by_its_key,
            a_rooms_invitations_are_listed_newest_first,
            nobody_is_invited_where_no_room_is,
            a_room_has_so_many_invitations,
            of_twenty_invitations_at_once_so_many_are_made,
            what_holds_no_longer_does_not_count,
            who_comes_by_invitation_is_inside_and_counted,
            who_is_inside_is_not_counted,
            who_comes_by_the_last_use_may_ask_again,
            of_ten_who_come_at_once_by_one_use_one_comes_in,
            one_who_comes_ten_times_at_once_is_counted_once,
            nobody_comes_by_an_expired_invitation,
            nobody_comes_by_an_unknown_invitation,
            a_withdrawn_invitation_is_gone,
            an_invitation_is_withdrawn_in_its_own_room_only,
            who_is_in_too_many_rooms_is_not_counted,
            a_deleted_rooms_invitations_are_gone,
        );
    };
}

pub async fn an_invitation_is_found_by_its_key(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;

    let invite = fresh_invite(&stores, &room, &admin).await;

    assert_eq!(stores.invites().find(&invite.key).await.unwrap(), Some(invite));
    let unknown = invite_to(&room, &admin);
    assert_eq!(stores.invites().find(&unknown.key).await.unwrap(), None);
}

pub async fn a_rooms_invitations_are_listed_newest_first(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let mut made = Vec::new();
    for n in [2, 5, 1, 4, 3] {
        let invite = Invite { created: Timestamp(NOW.0 + n), ..invite_to(&room, &admin) };
        stores.invites().create(&invite, 50).await.unwrap();
        made.push(invite);
    }
    fresh_invite(&stores, &fresh_room(&stores).await, &admin).await;

    made.sort_by_key(|invite| std::cmp::Reverse(invite.created));
    assert_eq!(stores.invites().list(&room).await.unwrap(), made);
    assert_eq!(stores.invites().list(&unique_room()).await.unwrap(), []);
}

pub async fn nobody_is_invited_where_no_room_is(stores: impl Stores) {
    let (deleted, admin) = founded_room(&stores).await;
    stores.erasures().delete_room(&deleted, &deed(&admin)).await.unwrap();

    for nowhere in [unique_room(), deleted] {
        let invite = invite_to(&nowhere, &admin);
        let refused = stores.invites().create(&invite, 50).await;
        assert!(matches!(refused, Err(InvitesError::NoSuchRoom)), "{refused:?}");
        assert_eq!(stores.invites().find(&invite.key).await.unwrap(), None);
    }
}

pub async fn a_room_has_so_many_invitations(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let [first, second, third] = [0, 1, 2].map(|_| invite_to(&room, &admin));
    stores.invites().create(&first, 2).await.unwrap();
    stores.invites().create(&second, 2).await.unwrap();

    let refused = stores.invites().create(&third, 2).await;
    let elsewhere = stores.invites().create(&invite_to(&fresh_room(&stores).await, &admin), 2).await;

    assert!(matches!(refused, Err(InvitesError::TooMany)), "{refused:?}");
    assert!(elsewhere.is_ok(), "{elsewhere:?}");
    assert_eq!(stores.invites().find(&third.key).await.unwrap(), None);
    stores.invites().withdraw(&room, &first.key, &deed(&admin)).await.unwrap();
    stores.invites().create(&third, 2).await.unwrap();
}

pub async fn of_twenty_invitations_at_once_so_many_are_made(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let wanted: Vec<Invite> = (0..20).map(|_| invite_to(&room, &admin)).collect();

    let results = join_all(wanted.iter().map(|invite| stores.invites().create(invite, 3))).await;

    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
    assert!(
        results.iter().all(|result| matches!(result, Ok(()) | Err(InvitesError::TooMany))),
        "{results:?}"
    );
    assert_eq!(stores.invites().list(&room).await.unwrap().len(), 3);
}

pub async fn what_holds_no_longer_does_not_count(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let later = Timestamp(NOW.0 + 1000);
    let expired = Invite { expires: later, ..invite_to(&room, &admin) };
    let used_up = Invite { uses_max: 1, ..invite_to(&room, &admin) };
    let holds = invite_to(&room, &admin);
    for invite in [&expired, &used_up, &holds] {
        stores.invites().create(invite, 3).await.unwrap();
    }
    stores.invites().redeem(&used_up.key, &unique_member(), &start_at(0)).await.unwrap();
    assert_eq!(stores.invites().list(&room).await.unwrap().len(), 3);

    let elsewhere = Invite { expires: later, ..invite_to(&fresh_room(&stores).await, &admin) };
    stores.invites().create(&elsewhere, 3).await.unwrap();
    let new = Invite { created: later, ..invite_to(&room, &admin) };
    stores.invites().create(&new, 2).await.unwrap();

    assert_eq!(stores.invites().list(&room).await.unwrap(), [new, holds]);
    assert_eq!(stores.invites().find(&elsewhere.key).await.unwrap(), Some(elsewhere));
    for gone in [expired, used_up] {
        assert_eq!(stores.invites().find(&gone.key).await.unwrap(), None);
    }
}

pub async fn who_comes_by_invitation_is_inside_and_counted(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let (invite, member) = (fresh_invite(&stores, &room, &admin).await, unique_member());
    let start = Start { at: Timestamp(NOW.0 + 5), ..start_at(0) };

    let membership = stores.invites().redeem(&invite.key, &member, &start).await.unwrap();

    let (role, read) = (Role::Member, Sequence::ZERO);
    let expected = Membership {
        room: room.clone(),
        member: member.clone(),
        role,
        joined: start.at,
        since: Sequence::ZERO,
        read,
    };
    assert_eq!(membership, expected);
    assert_eq!(stores.memberships().find(&room, &member).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(stores.memberships().of_member(&member).await.unwrap(), [expected]);
    assert_eq!(stores.invites().find(&invite.key).await.unwrap(), Some(Invite { uses: 1, ..invite }));
    let turns = stores.records().turns(&room, &member).await.unwrap();
    assert!(matches!(turns[..], [turn] if (turn.at, turn.way) == (start.at, Way::Joined)), "{turns:?}");
}

pub async fn who_is_inside_is_not_counted(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    let before = stores.memberships().find(&room, &member).await.unwrap().unwrap();
    let invite = fresh_invite(&stores, &room, &member).await;
    let later = Start { at: Timestamp(NOW.0 + 5), rooms_max: 1, ..start_at(9) };

    let as_member = stores.invites().redeem(&invite.key, &member, &later).await.unwrap();
    let as_admin = stores.invites().redeem(&invite.key, &admin, &later).await.unwrap();

    assert_eq!(as_member, before);
    assert_eq!((as_admin.role, as_admin.joined), (Role::Admin, NOW));
    assert_eq!(uses(&stores, &invite).await, 0);
}

pub async fn who_comes_by_the_last_use_may_ask_again(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let invite = Invite { uses_max: 1, ..invite_to(&room, &admin) };
    stores.invites().create(&invite, 50).await.unwrap();
    let member = unique_member();

    let first = stores.invites().redeem(&invite.key, &member, &start_at(0)).await.unwrap();
    let again = stores.invites().redeem(&invite.key, &member, &start_at(0)).await.unwrap();

    assert_eq!(again, first);
    assert_eq!(uses(&stores, &invite).await, 1);
}

pub async fn of_ten_who_come_at_once_by_one_use_one_comes_in(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let invite = Invite { uses_max: 1, ..invite_to(&room, &admin) };
    stores.invites().create(&invite, 50).await.unwrap();
    let coming: Vec<MemberId> = (0..10).map(|_| unique_member()).collect();
    let start = start_at(0);

    let racing = coming.iter().map(|member| stores.invites().redeem(&invite.key, member, &start));
    let results = join_all(racing).await;

    let (came, refused): (Vec<_>, Vec<_>) =
        coming.iter().zip(&results).partition(|(_, result)| result.is_ok());
    let [(came, _)] = came[..] else { panic!("{} came in", came.len()) };
    assert!(refused.iter().all(|(_, result)| matches!(result, Err(InvitesError::UsedUp))), "{refused:?}");
    assert_eq!(names(&stores, &room).await, [admin, came.clone()].into());
    assert_eq!(uses(&stores, &invite).await, 1);
    let late = stores.invites().redeem(&invite.key, &unique_member(), &start).await;
    assert!(matches!(late, Err(InvitesError::UsedUp)), "{late:?}");
}

pub async fn one_who_comes_ten_times_at_once_is_counted_once(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let (invite, member) = (fresh_invite(&stores, &room, &admin).await, unique_member());
    let start = Start { rooms_max: 1, ..start_at(0) };

    let results = join_all((0..10).map(|_| stores.invites().redeem(&invite.key, &member, &start))).await;

    assert!(results.iter().all(Result::is_ok), "{results:?}");
    assert_eq!(uses(&stores, &invite).await, 1);
}

pub async fn nobody_comes_by_an_expired_invitation(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let (invite, late) = (fresh_invite(&stores, &room, &admin).await, unique_member());
    let start = |at| Start { at: Timestamp(at), ..start_at(0) };

    let refused = stores.invites().redeem(&invite.key, &late, &start(invite.expires.0)).await;
    let in_time = stores.invites().redeem(&invite.key, &unique_member(), &start(invite.expires.0 - 1)).await;

    assert!(matches!(refused, Err(InvitesError::Expired)), "{refused:?}");
    assert!(in_time.is_ok(), "{in_time:?}");
    assert_eq!(stores.memberships().find(&room, &late).await.unwrap(), None);
    assert_eq!(uses(&stores, &invite).await, 1);
}

pub async fn nobody_comes_by_an_unknown_invitation(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;

    check_gone(&stores, &room, &invite_to(&room, &admin)).await;
}

pub async fn a_withdrawn_invitation_is_gone(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let [withdrawn, other] =
        [fresh_invite(&stores, &room, &admin).await, fresh_invite(&stores, &room, &admin).await];

    stores.invites().withdraw(&room, &withdrawn.key, &deed(&admin)).await.unwrap();
    stores.invites().withdraw(&room, &withdrawn.key, &deed(&admin)).await.unwrap();

    assert_eq!(stores.invites().list(&room).await.unwrap(), [other]);
    check_gone(&stores, &room, &withdrawn).await;
}

pub async fn an_invitation_is_withdrawn_in_its_own_room_only(stores: impl Stores) {
    let [(room, admin), (other, stranger)] = [founded_room(&stores).await, founded_room(&stores).await];
    let invite = fresh_invite(&stores, &room, &admin).await;

    stores.invites().withdraw(&other, &invite.key, &deed(&stranger)).await.unwrap();

    assert_eq!(stores.invites().find(&invite.key).await.unwrap(), Some(invite));
}

pub async fn who_is_in_too_many_rooms_is_not_counted(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let (invite, member) = (fresh_invite(&stores, &room, &admin).await, unique_member());
    enter(&stores, &fresh_room(&stores).await, &member).await;

    let start = Start { rooms_max: 1, ..start_at(0) };
    let refused = stores.invites().redeem(&invite.key, &member, &start).await;

    assert!(matches!(refused, Err(InvitesError::TooManyRooms)), "{refused:?}");
    assert_eq!(names(&stores, &room).await, [admin].into());
    assert_eq!(uses(&stores, &invite).await, 0);
}

pub async fn a_deleted_rooms_invitations_are_gone(stores: impl Stores) {
    let (room, admin) = founded_room(&stores).await;
    let invite = fresh_invite(&stores, &room, &admin).await;

    stores.erasures().delete_room(&room, &deed(&admin)).await.unwrap();

    assert_eq!(stores.invites().list(&room).await.unwrap(), []);
    check_gone(&stores, &room, &invite).await;
}

async fn check_gone(stores: &impl Stores, room: &RoomId, invite: &Invite) {
    let late = unique_member();
    let refused = stores.invites().redeem(&invite.key, &late, &start_at(0)).await;
    assert!(matches!(refused, Err(InvitesError::NoSuchInvite)), "{refused:?}");
    assert_eq!(stores.invites().find(&invite.key).await.unwrap(), None);
    assert_eq!(stores.memberships().find(room, &late).await.unwrap(), None);
}

async fn uses(stores: &impl Stores, invite: &Invite) -> u32 {
    stores.invites().find(&invite.key).await.unwrap().unwrap().uses
}
