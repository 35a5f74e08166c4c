//! What a bus is. Behaviours take one.

use futures::StreamExt;
use protocol::{Ending, Heads, Message, Page, RoomId, RoomInfo, Sequence};

use super::{NOW, member, nonce, room_at, typed, unique, unique_account, unique_guest, unique_room};
use crate::{
    ports::{Bus, Channel, Event, Heard, Lost, NodeId, Subscription},
    session::SessionKey,
};

/// Stamps one test per behaviour; `$fresh` makes a bus.
#[macro_export]
macro_rules! bus_contract {
    ($fresh:expr) => {
        $crate::stamp_contract!(bus, $fresh;
            what_is_published_is_heard_by_all,
            events_come_in_the_order_they_were_published,
            channels_are_apart,
            what_was_published_before_is_not_heard,
            what_nobody_hears_may_be_published,
            every_kind_of_event_arrives_whole,
            nothing_is_lost_in_silence,
            who_stops_hearing_disturbs_nobody,
            a_channel_can_be_heard_again,
        );
    };
}

pub async fn what_is_published_is_heard_by_all(bus: impl Bus) {
    let channel = Channel::Room(unique_room());
    let mut first = bus.subscribe(&channel).await.unwrap();
    let mut second = bus.subscribe(&channel).await.unwrap();

    bus.publish(&channel, &numbered(1)).await.unwrap();

    assert_eq!(next(&mut first).await, Heard::Event(numbered(1)));
    assert_eq!(next(&mut second).await, Heard::Event(numbered(1)));
}

pub async fn events_come_in_the_order_they_were_published(bus: impl Bus) {
    let channel = Channel::Room(unique_room());
    let mut hearing = bus.subscribe(&channel).await.unwrap();

    for n in 1..=100 {
        bus.publish(&channel, &numbered(n)).await.unwrap();
    }

    for n in 1..=100 {
        assert_eq!(next(&mut hearing).await, Heard::Event(numbered(n)));
    }
}

pub async fn channels_are_apart(bus: impl Bus) {
    let (one, other) = (Channel::Room(unique_room()), Channel::Room(unique_room()));
    let mut hearing = bus.subscribe(&one).await.unwrap();
    let mut of_members = bus.subscribe(&Channel::Members).await.unwrap();
    let renamed = Event::Renamed { person: unique_guest() };

    bus.publish(&other, &numbered(1)).await.unwrap();
    bus.publish(&Channel::Members, &renamed).await.unwrap();
    bus.publish(&one, &numbered(2)).await.unwrap();

    assert_eq!(next(&mut hearing).await, Heard::Event(numbered(2)));
    // Others may be talking about members too, but nobody about our room.
    loop {
        match next(&mut of_members).await {
            Heard::Event(event) if event == renamed => break,
            Heard::Event(event) => assert!(!is_numbered(&event), "{event:?}"),
            Heard::Lost => panic!("events were lost"),
        }
    }
}

pub async fn what_was_published_before_is_not_heard(bus: impl Bus) {
    let channel = Channel::Room(unique_room());
    let _other = bus.subscribe(&channel).await.unwrap();
    bus.publish(&channel, &numbered(1)).await.unwrap();

    let mut hearing = bus.subscribe(&channel).await.unwrap();
    bus.publish(&channel, &numbered(2)).await.unwrap();

    assert_eq!(next(&mut hearing).await, Heard::Event(numbered(2)));
}

pub async fn what_nobody_hears_may_be_published(bus: impl Bus) {
    bus.publish(&Channel::Room(unique_room()), &numbered(1)).await.unwrap();
}

pub async fn every_kind_of_event_arrives_whole(bus: impl Bus) {
    let channel = Channel::Room(unique_room());
    let mut hearing = bus.subscribe(&channel).await.unwrap();

    for event in one_of_each() {
        bus.publish(&channel, &event).await.unwrap();
        assert_eq!(next(&mut hearing).await, Heard::Event(event));
    }
}

pub async fn nothing_is_lost_in_silence(bus: impl Bus) {
    const LAST: u64 = 2000;
    let channel = Channel::Room(unique_room());
    let mut slow = bus.subscribe(&channel).await.unwrap();

    for n in 1..=LAST {
        bus.publish(&channel, &numbered(n)).await.unwrap();
    }

    let (mut expected, mut lost) = (1, false);
    while expected <= LAST {
        match next(&mut slow).await {
            Heard::Lost => lost = true,
            Heard::Event(Event::Presence { number, .. }) => {
                assert!(number == expected || (lost && number > expected), "{number} after {expected}");
                (expected, lost) = (number + 1, false);
            }
            Heard::Event(other) => panic!("{other:?}"),
        }
    }
}

pub async fn who_stops_hearing_disturbs_nobody(bus: impl Bus) {
    let channel = Channel::Room(unique_room());
    let gone = bus.subscribe(&channel).await.unwrap();
    let mut stays = bus.subscribe(&channel).await.unwrap();

    drop(gone);
    bus.publish(&channel, &numbered(1)).await.unwrap();

    assert_eq!(next(&mut stays).await, Heard::Event(numbered(1)));
}

pub async fn a_channel_can_be_heard_again(bus: impl Bus) {
    let channel = Channel::Room(unique_room());
    for n in 1..=3 {
        let mut hearing = bus.subscribe(&channel).await.unwrap();
        bus.publish(&channel, &numbered(n)).await.unwrap();
        assert_eq!(next(&mut hearing).await, Heard::Event(numbered(n)));
    }
}

async fn next(hearing: &mut Subscription) -> Heard {
    hearing.next().await.expect("a subscription has no end while the bus is there")
}

/// The node of all numbered events.
fn numbering_node() -> NodeId {
    NodeId::from_random(7)
}

fn numbered(number: u64) -> Event {
    Event::Presence { node: numbering_node(), number, came: Vec::new(), went: Vec::new() }
}

fn is_numbered(event: &Event) -> bool {
    matches!(event, Event::Presence { node, .. } if *node == numbering_node())
}

fn one_of_each() -> Vec<Event> {
    let (account, guest, room) = (unique_account(), unique_guest(), room_at(unique_room()));
    let key = SessionKey::from_stored(format!("{:016x}", unique()));
    vec![
        Event::Committed(page(room.id.clone())),
        Event::Typing { node: numbering_node(), person: account.clone() },
        Event::Presence {
            node: NodeId::from_random(unique()),
            number: 41,
            came: vec![account.clone(), guest.clone()],
            went: vec![member("bo")],
        },
        Event::Joined {
            member: guest.id.clone(),
            room: room.clone(),
            read: Sequence(5),
            admin: true,
            since: Sequence(4),
        },
        Event::Left {
            member: guest.id.clone(),
            room: room.id.clone(),
            why: Ending::Removed,
            change: Some(Sequence(3)),
        },
        Event::RoleChanged { member: guest.id.clone(), room: room.id.clone(), admin: false },
        Event::RoomChanged { room: RoomInfo { private: true, ..room.clone() } },
        Event::RoomDeleted { room: room.id.clone() },
        Event::MemberDeleted { member: guest.id.clone() },
        Event::Read { member: guest.id.clone(), room: room.id, upto: Sequence(6) },
        Event::SessionsEnded { member: account.id.clone(), kept: Some(key) },
        Event::SessionsEnded { member: account.id.clone(), kept: None },
        Event::SessionEnded {
            member: account.id.clone(),
            session: SessionKey::from_stored("f00".to_owned()),
        },
        Event::Renamed { person: account },
        Event::Changed {
            after: Sequence(2),
            changed: page(unique_room()).messages,
            lost: vec![Lost { member: member("ada"), why: Ending::Left, change: Sequence(3) }],
            upto: Sequence(3),
        },
    ]
}

fn page(room: RoomId) -> Page {
    let author = unique_guest();
    let message = Message {
        sequence: Sequence(41),
        author: author.id.clone(),
        nonce: nonce("n"),
        at: NOW,
        text: Some(typed("  👋\n\0\"'<b> ")),
        revision: Sequence::ZERO,
        revised: None,
    };
    let deleted = Message {
        sequence: Sequence(42),
        text: None,
        revision: Sequence(3),
        revised: Some(NOW),
        ..message.clone()
    };
    let heads = Heads { messages: Sequence(42), changes: Sequence(3) };
    Page { room, messages: vec![message, deleted], people: vec![author], heads }
}
