//! What the rooms are. Behaviours take the stores of one engine.

use std::collections::BTreeSet;

use futures::future::join_all;
use protocol::{Heads, MemberId, RoomId, RoomInfo, Sequence};

use super::{
    NOW, Stores, deed, enter, fresh_room, names, room_at, room_name, start_at, topic, unique_member,
    unique_room,
};
use crate::ports::{Membership, Memberships, Role, RoomLog, Rooms, RoomsError, Start};

/// Stamps one test per behaviour; `$fresh` makes the stores of one engine.
#[macro_export]
macro_rules! rooms_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(rooms, $fresh;
            a_room_is_found_by_its_address,
            an_unknown_address_has_no_room,
            an_address_is_given_once,
            of_fifty_that_want_an_address_one_gets_it,
            rooms_are_listed_by_address,
            a_list_goes_on_after_an_address,
            a_private_room_is_found_by_those_who_may_know_of_it,
            a_list_passes_over_private_rooms,
            a_founder_is_in_the_room_as_its_admin,
            of_fifty_founders_of_one_address_one_gets_it,
            a_founder_whose_address_is_taken_is_in_no_room,
            a_founder_in_too_many_rooms_makes_none,
            a_room_is_described_anew,
            a_room_that_does_not_exist_is_not_described,
        );
    };
}

pub async fn a_room_is_found_by_its_address(stores: impl Stores) {
    let room = RoomInfo { name: room_name("Café ☕"), topic: topic(""), ..room_at(unique_room()) };

    stores.rooms().create(&room, NOW).await.unwrap();

    assert_eq!(stores.rooms().find(&room.id).await.unwrap().as_ref(), Some(&room));
    assert_eq!(stores.rooms().find_public(&room.id).await.unwrap(), Some(room));
}

pub async fn an_unknown_address_has_no_room(stores: impl Stores) {
    assert_eq!(stores.rooms().find(&unique_room()).await.unwrap(), None);
    assert_eq!(stores.rooms().find_public(&unique_room()).await.unwrap(), None);
}

pub async fn an_address_is_given_once(stores: impl Stores) {
    let room = room_at(unique_room());
    let other = RoomInfo { name: room_name("Other"), private: true, ..room.clone() };

    stores.rooms().create(&room, NOW).await.unwrap();
    let refused = stores.rooms().create(&other, NOW).await;

    assert!(matches!(refused, Err(RoomsError::Exists)), "{refused:?}");
    assert_eq!(stores.rooms().find(&room.id).await.unwrap(), Some(room));
}

pub async fn of_fifty_that_want_an_address_one_gets_it(stores: impl Stores) {
    let wanted = fifty_at_one_address();

    let results = join_all(wanted.iter().map(|room| stores.rooms().create(room, NOW))).await;

    let winners: Vec<&RoomInfo> =
        wanted.iter().zip(&results).filter(|(_, result)| result.is_ok()).map(|(room, _)| room).collect();
    let [winner] = winners[..] else { panic!("{} have it", winners.len()) };
    assert_eq!(stores.rooms().find(&winner.id).await.unwrap().as_ref(), Some(winner));
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(RoomsError::Exists))), "{results:?}");
}

pub async fn rooms_are_listed_by_address(stores: impl Stores) {
    let (before, made) = fresh_street(&stores).await;

    let listed = stores.rooms().list(Some(&before), 3).await.unwrap();
    let all = stores.rooms().list(None, 2).await.unwrap();

    assert_eq!(listed, made[..3]);
    assert_eq!(all.len(), 2);
    assert!(all[0].id < all[1].id);
}

pub async fn a_list_goes_on_after_an_address(stores: impl Stores) {
    let (_, made) = fresh_street(&stores).await;

    let rest = stores.rooms().list(Some(&made[1].id), 2).await.unwrap();
    let beyond = stores.rooms().list(Some(&made[3].id), 100).await.unwrap();

    assert_eq!(rest, made[2..]);
    assert!(!beyond.iter().any(|room| made.contains(room)));
}

pub async fn a_private_room_is_found_by_those_who_may_know_of_it(stores: impl Stores) {
    let made = private_room(unique_room());
    let founded = private_room(unique_room());

    stores.rooms().create(&made, NOW).await.unwrap();
    stores.rooms().create_by(&founded, &unique_member(), &start_at(0)).await.unwrap();

    for room in [made, founded] {
        assert_eq!(stores.rooms().find_public(&room.id).await.unwrap(), None);
        assert_eq!(stores.rooms().find(&room.id).await.unwrap(), Some(room));
    }
}

pub async fn a_list_passes_over_private_rooms(stores: impl Stores) {
    let (before, made) = fresh_street(&stores).await;
    for house in ["00", "5", "aa"] {
        let hidden = private_room(RoomId::parse(&format!("{before}-{house}")).unwrap());
        stores.rooms().create(&hidden, NOW).await.unwrap();
    }

    assert_eq!(stores.rooms().list(Some(&before), 4).await.unwrap(), made);
    assert_eq!(stores.rooms().list(Some(&made[0].id), 2).await.unwrap(), made[1..3]);
}

pub async fn a_founder_is_in_the_room_as_its_admin(stores: impl Stores) {
    let (room, founder) = (room_at(unique_room()), unique_member());

    let membership = stores.rooms().create_by(&room, &founder, &start_at(0)).await.unwrap();

    let expected = Membership {
        room: room.id.clone(),
        member: founder.clone(),
        role: Role::Admin,
        joined: NOW,
        since: Sequence::ZERO,
        read: Sequence::ZERO,
    };
    assert_eq!(membership, expected);
    assert_eq!(stores.memberships().find(&room.id, &founder).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(stores.memberships().of_member(&founder).await.unwrap(), [expected]);
    assert_eq!(stores.log().heads(&room.id).await.unwrap(), Heads::default());
    assert_eq!(stores.rooms().find(&room.id).await.unwrap(), Some(room));
}

pub async fn of_fifty_founders_of_one_address_one_gets_it(stores: impl Stores) {
    let wanted: Vec<(RoomInfo, MemberId)> =
        fifty_at_one_address().into_iter().map(|room| (room, unique_member())).collect();
    let start = start_at(0);

    let racing = wanted.iter().map(|(room, founder)| stores.rooms().create_by(room, founder, &start));
    let results = join_all(racing).await;

    let won: Vec<_> = wanted.iter().zip(&results).filter(|(_, result)| result.is_ok()).collect();
    let [((room, founder), _)] = won[..] else { panic!("{} have it", won.len()) };
    assert_eq!(stores.rooms().find(&room.id).await.unwrap().as_ref(), Some(room));
    assert_eq!(names(&stores, &room.id).await, BTreeSet::from([founder.clone()]));
    assert!(results.iter().all(|result| matches!(result, Ok(_) | Err(RoomsError::Exists))), "{results:?}");
    for (_, other) in wanted.iter().filter(|(_, other)| other != founder) {
        assert_eq!(stores.memberships().of_member(other).await.unwrap(), []);
    }
}

pub async fn a_founder_whose_address_is_taken_is_in_no_room(stores: impl Stores) {
    let (room, late) = (fresh_room(&stores).await, unique_member());

    let refused = stores.rooms().create_by(&room_at(room.clone()), &late, &start_at(0)).await;

    assert!(matches!(refused, Err(RoomsError::Exists)), "{refused:?}");
    assert_eq!(stores.memberships().find(&room, &late).await.unwrap(), None);
    assert_eq!(stores.memberships().of_member(&late).await.unwrap(), []);
}

pub async fn a_founder_in_too_many_rooms_makes_none(stores: impl Stores) {
    let (room, founder, other) = (room_at(unique_room()), unique_member(), unique_member());
    let start = Start { rooms_max: 2, ..start_at(0) };
    enter(&stores, &fresh_room(&stores).await, &founder).await;
    stores.rooms().create_by(&room_at(unique_room()), &founder, &start).await.unwrap();

    let refused = stores.rooms().create_by(&room, &founder, &start).await;

    assert!(matches!(refused, Err(RoomsError::TooMany)), "{refused:?}");
    assert_eq!(stores.rooms().find(&room.id).await.unwrap(), None);
    assert_eq!(stores.memberships().find(&room.id, &founder).await.unwrap(), None);
    let free = stores.rooms().create_by(&room, &other, &start).await;
    assert!(free.is_ok(), "{free:?}");
}

pub async fn a_room_is_described_anew(stores: impl Stores) {
    let (before, made) = fresh_street(&stores).await;
    // What else `room` says is not of interest.
    let described =
        RoomInfo { name: room_name("Café ☕"), topic: topic("Beans"), private: true, ..made[1].clone() };

    stores.rooms().describe(&described, &deed(&unique_member())).await.unwrap();

    let expected = RoomInfo { private: false, ..described };
    assert_eq!(stores.rooms().find(&expected.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(stores.rooms().find_public(&expected.id).await.unwrap().as_ref(), Some(&expected));
    let listed = stores.rooms().list(Some(&before), 4).await.unwrap();
    assert_eq!(listed, [made[0].clone(), expected, made[2].clone(), made[3].clone()]);
}

pub async fn a_room_that_does_not_exist_is_not_described(stores: impl Stores) {
    let nowhere = room_at(unique_room());

    let refused = stores.rooms().describe(&nowhere, &deed(&unique_member())).await;

    assert!(matches!(refused, Err(RoomsError::NoSuchRoom)), "{refused:?}");
    assert_eq!(stores.rooms().find(&nowhere.id).await.unwrap(), None);
}

/// Four rooms with nothing between them, and an address before them where no room is.
async fn fresh_street(stores: &impl Stores) -> (RoomId, Vec<RoomInfo>) {
    let before = unique_room();
    let mut made: Vec<RoomInfo> = ["0", "1", "a", "b"]
        .map(|house| room_at(RoomId::parse(&format!("{before}-{house}")).unwrap()))
        .to_vec();
    made.reverse();
    for room in &made {
        stores.rooms().create(room, NOW).await.unwrap();
    }
    made.reverse();
    (before, made)
}

fn fifty_at_one_address() -> Vec<RoomInfo> {
    let room = room_at(unique_room());
    (0..50).map(|n| RoomInfo { topic: topic(&format!("{n}")), ..room.clone() }).collect()
}

fn private_room(id: RoomId) -> RoomInfo {
    RoomInfo { private: true, ..room_at(id) }
}
