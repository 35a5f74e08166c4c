//! What roles are, and that a room which has an admin keeps one. Stamped with [`memberships`](super::memberships).

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use protocol::{MemberId, RoomId};

use super::{
    NOW, Stores, deed, enter, founded_room, fresh_room, names, newcomer, start_at, unique_member, unique_room,
};
use crate::ports::{Actor, Deed, Membership, Memberships, MembershipsError, Role, Start};

pub async fn who_joins_is_a_member_and_who_founds_an_admin(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;
    let (member, added) = (newcomer(&stores, &room).await, unique_member());
    let start = Start { added_by: Some(founder.clone()), ..start_at(0) };

    let joined = stores.memberships().join(&room, &added, &start).await.unwrap();

    assert_eq!(joined.role, Role::Member);
    let expected = BTreeMap::from([(founder, Role::Admin), (member, Role::Member), (added, Role::Member)]);
    assert_eq!(roles(&stores, &room).await, expected);
}

pub async fn a_founder_who_joins_again_stays_the_admin(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;

    let again = stores.memberships().join(&room, &founder, &start_at(7)).await.unwrap();

    assert_eq!(again.role, Role::Admin);
    assert_eq!(stores.memberships().find(&room, &founder).await.unwrap(), Some(again));
}

pub async fn a_member_becomes_an_admin_and_a_member_again(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    let before = stores.memberships().find(&room, &member).await.unwrap().unwrap();

    for role in [Role::Admin, Role::Admin, Role::Member, Role::Member] {
        stores.memberships().set_role(&room, &member, role, &deed(&founder)).await.unwrap();

        let expected = Membership { role, ..before.clone() };
        assert_eq!(stores.memberships().find(&room, &member).await.unwrap().as_ref(), Some(&expected));
        assert_eq!(stores.memberships().of_member(&member).await.unwrap(), [expected]);
    }
}

pub async fn a_role_is_one_rooms(stores: impl Stores) {
    let ((one, founder), other) = (founded_room(&stores).await, fresh_room(&stores).await);
    let member = newcomer(&stores, &one).await;
    enter(&stores, &other, &member).await;
    enter(&stores, &other, &founder).await;

    stores.memberships().set_role(&one, &member, Role::Admin, &deed(&founder)).await.unwrap();

    let [there, elsewhere] = [Role::Admin, Role::Member]
        .map(|role| BTreeMap::from([(founder.clone(), role), (member.clone(), role)]));
    assert_eq!(roles(&stores, &one).await, there);
    assert_eq!(roles(&stores, &other).await, elsewhere);
}

pub async fn who_is_outside_has_no_role(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;
    let former = newcomer(&stores, &room).await;
    stores.memberships().leave(&room, &former, &deed(&former)).await.unwrap();

    for (room, outsider) in [(&room, &former), (&room, &unique_member()), (&unique_room(), &founder)] {
        for role in [Role::Admin, Role::Member] {
            let refused = stores.memberships().set_role(room, outsider, role, &deed(&founder)).await;
            assert!(matches!(refused, Err(MembershipsError::NotInRoom)), "{refused:?}");
        }
    }
    assert_eq!(roles(&stores, &room).await, BTreeMap::from([(founder, Role::Admin)]));
}

pub async fn who_comes_back_is_no_admin(stores: impl Stores) {
    let (room, admins) = room_with_admins(&stores, 2).await;
    stores.memberships().leave(&room, &admins[0], &deed(&admins[0])).await.unwrap();

    let back = stores.memberships().join(&room, &admins[0], &start_at(0)).await.unwrap();

    assert_eq!(back.role, Role::Member);
}

pub async fn the_last_admin_stays_one(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;
    let member = newcomer(&stores, &room).await;
    let memberships = stores.memberships();

    let left = memberships.leave(&room, &founder, &deed(&founder)).await.map(drop);
    let removed = memberships.leave(&room, &founder, &deed(&member)).await.map(drop);
    let expelled = memberships.leave(&room, &founder, &by_operator()).await.map(drop);
    let demoted = memberships.set_role(&room, &founder, Role::Member, &deed(&founder)).await;

    for refused in [left, removed, expelled, demoted] {
        assert!(matches!(refused, Err(MembershipsError::LastAdmin)), "{refused:?}");
    }
    assert_eq!(roles(&stores, &room).await, BTreeMap::from([(founder, Role::Admin), (member, Role::Member)]));
}

pub async fn an_admin_who_is_alone_does_not_leave_either(stores: impl Stores) {
    let (room, founder) = founded_room(&stores).await;

    let refused = stores.memberships().leave(&room, &founder, &deed(&founder)).await;

    assert!(matches!(refused, Err(MembershipsError::LastAdmin)), "{refused:?}");
    assert_eq!(names(&stores, &room).await, BTreeSet::from([founder]));
}

pub async fn an_admin_who_is_not_the_last_may_go(stores: impl Stores) {
    let (room, admins) = room_with_admins(&stores, 4).await;
    let memberships = stores.memberships();

    memberships.leave(&room, &admins[0], &deed(&admins[0])).await.unwrap();
    memberships.leave(&room, &admins[1], &deed(&admins[2])).await.unwrap();
    memberships.set_role(&room, &admins[2], Role::Member, &deed(&admins[2])).await.unwrap();

    let expected = BTreeMap::from([(admins[2].clone(), Role::Member), (admins[3].clone(), Role::Admin)]);
    assert_eq!(roles(&stores, &room).await, expected);
}

pub async fn of_two_admins_who_leave_at_once_one_stays(stores: impl Stores) {
    for _ in 0..30 {
        let (room, admins) = room_with_admins(&stores, 2).await;
        let deeds = [deed(&admins[0]), deed(&admins[1])];

        let leaving =
            admins.iter().zip(&deeds).map(|(admin, deed)| stores.memberships().leave(&room, admin, deed));
        let results = join_all(leaving).await;

        let (stayed, refused): (Vec<_>, Vec<_>) =
            admins.iter().zip(&results).filter(|(_, result)| result.is_err()).unzip();
        assert!(matches!(refused[..], [Err(MembershipsError::LastAdmin)]), "{results:?}");
        assert_eq!(roles(&stores, &room).await, BTreeMap::from([(stayed[0].clone(), Role::Admin)]));
    }
}

pub async fn of_two_admins_who_demote_each_other_one_stays(stores: impl Stores) {
    for _ in 0..30 {
        let (room, admins) = room_with_admins(&stores, 2).await;
        let deeds = [deed(&admins[1]), deed(&admins[0])];

        let demoting = admins
            .iter()
            .zip(&deeds)
            .map(|(admin, deed)| stores.memberships().set_role(&room, admin, Role::Member, deed));
        let results = join_all(demoting).await;

        let refused: Vec<_> = results.iter().filter(|result| result.is_err()).collect();
        assert!(matches!(refused[..], [Err(MembershipsError::LastAdmin)]), "{results:?}");
        let left = roles(&stores, &room).await.into_values().filter(|role| *role == Role::Admin);
        assert_eq!(left.count(), 1);
    }
}

pub async fn a_room_that_never_had_an_admin_may_be_left(stores: impl Stores) {
    let room = fresh_room(&stores).await;
    let member = newcomer(&stores, &room).await;

    stores.memberships().set_role(&room, &member, Role::Member, &by_operator()).await.unwrap();
    stores.memberships().leave(&room, &member, &deed(&member)).await.unwrap();

    assert_eq!(names(&stores, &room).await, BTreeSet::new());
}

/// A room whose founder made all the others admins.
async fn room_with_admins(stores: &impl Stores, n: usize) -> (RoomId, Vec<MemberId>) {
    let (room, founder) = founded_room(stores).await;
    let mut admins = vec![founder];
    while admins.len() < n {
        let member = newcomer(stores, &room).await;
        stores.memberships().set_role(&room, &member, Role::Admin, &deed(&admins[0])).await.unwrap();
        admins.push(member);
    }
    (room, admins)
}

async fn roles(stores: &impl Stores, room: &RoomId) -> BTreeMap<MemberId, Role> {
    let (_, memberships) = stores.memberships().of_room(room, 1000).await.unwrap();
    memberships.into_iter().map(|membership| (membership.member, membership.role)).collect()
}

fn by_operator() -> Deed {
    Deed { by: Actor::Operator, at: NOW }
}
