//! What the rooms are. Behaviours take them.

use futures::future::join_all;
use protocol::{RoomId, RoomInfo, RoomName, Topic};

use super::{NOW, room_at, unique_room};
use crate::ports::{Rooms, RoomsError};

/// Stamps one test per behaviour; `$fresh` makes the rooms.
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
        );
    };
}

pub async fn a_room_is_found_by_its_address(rooms: impl Rooms) {
    let room = RoomInfo {
        id: unique_room(),
        name: RoomName::parse("Café ☕").unwrap(),
        topic: Topic::parse("").unwrap(),
    };

    rooms.create(&room, NOW).await.unwrap();

    assert_eq!(rooms.find(&room.id).await.unwrap(), Some(room));
}

pub async fn an_unknown_address_has_no_room(rooms: impl Rooms) {
    assert_eq!(rooms.find(&unique_room()).await.unwrap(), None);
}

pub async fn an_address_is_given_once(rooms: impl Rooms) {
    let room = room_at(unique_room());
    let other = RoomInfo { name: RoomName::parse("Other").unwrap(), ..room.clone() };

    rooms.create(&room, NOW).await.unwrap();
    let refused = rooms.create(&other, NOW).await;

    assert!(matches!(refused, Err(RoomsError::Exists)), "{refused:?}");
    assert_eq!(rooms.find(&room.id).await.unwrap(), Some(room));
}

pub async fn of_fifty_that_want_an_address_one_gets_it(rooms: impl Rooms) {
    let room = room_at(unique_room());
    let wanted: Vec<RoomInfo> =
        (0..50).map(|n| RoomInfo { topic: Topic::parse(&format!("{n}")).unwrap(), ..room.clone() }).collect();

    let results = join_all(wanted.iter().map(|room| rooms.create(room, NOW))).await;

    let winners: Vec<&RoomInfo> =
        wanted.iter().zip(&results).filter(|(_, result)| result.is_ok()).map(|(room, _)| room).collect();
    let [winner] = winners[..] else { panic!("{} have it", winners.len()) };
    assert_eq!(rooms.find(&room.id).await.unwrap().as_ref(), Some(winner));
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(RoomsError::Exists))), "{results:?}");
}

pub async fn rooms_are_listed_by_address(rooms: impl Rooms) {
    let (before, made) = fresh_street(&rooms).await;

    let listed = rooms.list(Some(&before), 3).await.unwrap();
    let all = rooms.list(None, 2).await.unwrap();

    assert_eq!(listed, made[..3]);
    assert_eq!(all.len(), 2);
    assert!(all[0].id < all[1].id);
}

pub async fn a_list_goes_on_after_an_address(rooms: impl Rooms) {
    let (_, made) = fresh_street(&rooms).await;

    let rest = rooms.list(Some(&made[1].id), 2).await.unwrap();
    let beyond = rooms.list(Some(&made[3].id), 100).await.unwrap();

    assert_eq!(rest, made[2..]);
    assert!(!beyond.iter().any(|room| made.contains(room)));
}

/// Four rooms with nothing between them, and an address before them where no room is.
async fn fresh_street(rooms: &impl Rooms) -> (RoomId, Vec<RoomInfo>) {
    let before = unique_room();
    let mut made: Vec<RoomInfo> = ["0", "1", "a", "b"]
        .map(|house| room_at(RoomId::parse(&format!("{before}-{house}")).unwrap()))
        .to_vec();
    made.reverse();
    for room in &made {
        rooms.create(room, NOW).await.unwrap();
    }
    made.reverse();
    (before, made)
}
