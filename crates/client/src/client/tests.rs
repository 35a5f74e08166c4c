//! A connection, and what a client shows of it.

use protocol::{
    Heads, Here, MemberName, MessageText, Page, RequestId, RoomInfo, RoomName, ServerMessage, Timestamp,
    Topic,
};

use super::*;
use crate::changes::tests::message;

const NOW: Duration = Duration::ZERO;

#[test]
fn a_connection_without_a_network_is_given_up() {
    let mut client = fresh();
    welcome(&mut client);

    client.set_online(false, NOW);
    client.closed(CloseCode::GOING_AWAY, NOW);
    assert_eq!(client.take_effects(), [Effect::Disconnect]);
    assert_eq!(client.status(), Status::Offline);
}

#[test]
fn a_cursor_whose_news_were_lost_is_told_on_the_next_connection() {
    let mut client = fresh();
    welcome(&mut client);
    let told = Effect::Send(ClientMessage::Read { room: room(), upto: Sequence(5) });
    client.read(&room(), Sequence(5), NOW);
    client.wake(READ_EVERY);
    assert!(client.take_effects().contains(&told));

    client.closed(CloseCode::GOING_AWAY, READ_EVERY);
    welcome(&mut client);

    assert!(client.take_effects().contains(&told));
}

#[test]
fn what_is_read_is_told_at_once_and_before_the_page_goes() {
    let mut client = fresh();
    welcome(&mut client);
    client.take_effects();
    let told = |upto| [Effect::Send(ClientMessage::Read { room: room(), upto })];

    client.read(&room(), Sequence(1), NOW);
    assert_eq!(client.take_effects(), told(Sequence(1)));
    client.read(&room(), Sequence(2), NOW);
    assert_eq!(client.take_effects(), [], "not twice within a second");

    client.going(NOW);
    let hidden = Effect::Send(ClientMessage::Hidden);
    assert_eq!(client.take_effects(), [&told(Sequence(2))[..], &[hidden]].concat());

    client.going(NOW);
    assert_eq!(client.take_effects(), [], "nothing was read since");
}

#[test]
fn nothing_is_due_without_a_connection_but_the_connection() {
    let mut client = fresh();
    welcome(&mut client);
    client.read(&room(), Sequence(5), NOW);

    client.closed(CloseCode::TOO_MANY, NOW);

    assert_eq!(client.next_wake(), None);
}

#[test]
fn a_room_that_was_opened_although_another_is_shown_is_closed() {
    let mut client = fresh();
    welcome(&mut client);
    client.show(&RoomId::parse("help").unwrap(), NOW);
    client.take_effects();

    client.received(opened(), NOW);

    assert_eq!(client.take_effects(), [Effect::Send(ClientMessage::Close { room: room() })]);
}

#[test]
fn a_room_that_was_closed_before_it_was_opened_is_opened_again_where_it_is_shown() {
    let mut client = fresh();
    welcome(&mut client);
    client.show(&room(), NOW);
    client.hide();
    client.rooms.remove(&room());
    client.show(&room(), NOW);
    client.take_effects();

    client.received(opened(), NOW);

    let effects = client.take_effects();
    let opens = |effect: &Effect| matches!(effect, Effect::Send(ClientMessage::Open { .. }));
    assert!(effects.iter().any(opens), "{effects:?}");
    assert!(!client.views[&room()].open);
}

#[test]
fn who_has_left_a_room_is_not_among_those_here() {
    let mut client = alone_in_room();

    client.received(ServerMessage::Left { request: None, room: room(), why: Ending::Left }, NOW);

    assert_eq!(counts(&client), (0, 1, 0));
}

#[test]
fn of_a_private_room_nothing_stays_for_who_is_out() {
    let mut client = alone_in_room();
    client.received(ServerMessage::RoomChanged { info: RoomInfo { private: true, ..state().info } }, NOW);
    assert!(client.timeline(&room()).is_some());

    client.received(ServerMessage::Left { request: None, room: room(), why: Ending::Removed }, NOW);

    assert!(client.timeline(&room()).is_none() && client.rooms().is_empty());
    let told = Effect::Tell(Outcome::Left(room(), Ending::Removed));
    assert!(client.take_effects().contains(&told));
}

#[test]
fn a_public_room_can_still_be_read_by_who_was_removed_but_not_once_it_is_deleted() {
    let mut client = alone_in_room();

    client.received(ServerMessage::Left { request: None, room: room(), why: Ending::Removed }, NOW);
    assert!(client.timeline(&room()).is_some());

    welcome(&mut client);
    client.received(ServerMessage::Left { request: None, room: room(), why: Ending::Deleted }, NOW);
    assert!(client.timeline(&room()).is_none());
}

#[test]
fn who_is_told_of_a_room_that_they_do_not_know_asks_for_it() {
    let mut client = fresh();
    let (now, build) = (Timestamp(0), String::new());
    client.received(ServerMessage::Welcome { me: ada(), rooms: Vec::new(), now, build }, NOW);
    client.take_effects();

    for _ in 0..2 {
        client.received(ServerMessage::Heads { heads: vec![(room(), state().heads)], all: true }, NOW);
    }

    let effects = client.take_effects();
    let opens = |effect: &&Effect| matches!(effect, Effect::Send(ClientMessage::Open { .. }));
    assert_eq!(effects.iter().filter(opens).count(), 1, "{effects:?}");
    client.received(opened(), NOW);
    assert_eq!(client.rooms().len(), 1);
}

#[test]
fn who_left_a_room_without_hearing_of_it_asks_for_it() {
    let mut client = fresh();
    welcome(&mut client);
    client.take_effects();

    client.received(ServerMessage::Heads { heads: Vec::new(), all: false }, NOW);
    assert_eq!(client.take_effects(), [], "others may not have moved");
    client.received(ServerMessage::Heads { heads: Vec::new(), all: true }, NOW);

    let asks = ClientMessage::Open { request: RequestId(1), room: room(), have: None };
    assert_eq!(client.take_effects(), [Effect::Send(asks)]);
    let refusal = Refusal::NotInRoom { room: room() };
    client.received(ServerMessage::Refused { request: Some(RequestId(1)), refusal }, NOW);
    assert!(client.room(&room()).is_none());
}

#[test]
fn whose_room_is_refused_is_in_it_no_longer() {
    let mut client = fresh();
    welcome(&mut client);
    client.show(&room(), NOW);

    let refusal = Refusal::NotInRoom { room: room() };
    client.received(ServerMessage::Refused { request: Some(RequestId(1)), refusal }, NOW);

    assert!(client.rooms().is_empty());
    assert!(client.take_effects().contains(&Effect::Tell(Outcome::Left(room(), Ending::Left))));
}

#[test]
fn whose_draft_is_refused_as_from_outside_asks_whether_that_is_so() {
    let mut client = fresh();
    welcome(&mut client);
    let nonce = client.compose(&room(), MessageText::parse("hi").unwrap()).unwrap();
    client.saved(&nonce, NOW);
    client.take_effects();

    let refusal = Refusal::NotInRoom { room: room() };
    client.received(ServerMessage::NotSent { room: room(), nonce, refusal: refusal.clone() }, NOW);

    let open = ClientMessage::Open { request: RequestId(1), room: room(), have: None };
    assert!(client.take_effects().contains(&Effect::Send(open)));
    client.received(ServerMessage::Refused { request: Some(RequestId(1)), refusal }, NOW);
    assert!(client.rooms().is_empty());
}

#[test]
fn who_is_brought_back_opens_the_room_again() {
    let mut client = alone_in_room();
    client.received(ServerMessage::Left { request: None, room: room(), why: Ending::Deleted }, NOW);
    client.take_effects();

    client.received(ServerMessage::Joined { request: None, state: state() }, NOW);

    let effects = client.take_effects();
    let opens = |effect: &Effect| matches!(effect, Effect::Send(ClientMessage::Open { have: None, .. }));
    assert!(effects.iter().any(opens), "{effects:?}");
}

#[test]
fn who_left_a_room_elsewhere_while_disconnected_is_not_among_those_here() {
    let mut client = alone_in_room();
    client.closed(CloseCode::GOING_AWAY, NOW);

    let (now, build) = (Timestamp(0), String::new());
    client.received(ServerMessage::Welcome { me: ada(), rooms: Vec::new(), now, build }, NOW);

    assert_eq!(counts(&client), (0, 1, 0));
}

#[test]
fn an_answer_from_behind_what_is_shown_takes_nothing_back() {
    let mut client = fresh();
    welcome(&mut client);
    client.show(&room(), NOW);
    client.jump_to(&room(), Sequence(2));
    let page = |changes, revisions: [u64; 2]| {
        let messages = (1..).zip(revisions).map(|(sequence, revision)| message(sequence, revision)).collect();
        let heads = Heads { messages: Sequence(9), changes: Sequence(changes) };
        Page { room: room(), messages, people: Vec::new(), heads }
    };
    client.received(ServerMessage::Page { request: RequestId(2), page: page(5, [0, 5]) }, NOW);
    client.take_effects();

    let ServerMessage::Opened { request, state, changed, here, typing, .. } = opened() else {
        unreachable!()
    };
    let (page, after) = (page(3, [0, 0]), Sequence(3));
    client.received(ServerMessage::Opened { request, state, page, after, changed, here, typing }, NOW);

    let shown = client.timeline(&room()).unwrap().get(Sequence(2)).unwrap();
    assert_eq!(shown.revision, Sequence(5));
    let asks = client.take_effects().into_iter().find_map(|effect| match effect {
        Effect::Send(ClientMessage::Open { have, .. }) => have,
        _ => None,
    });
    assert_eq!(asks.map(|have| have.changes), Some(Sequence(5)), "the node is not told how far it is behind");
}

/// Ada looks at a room in which she alone of two members is here.
fn alone_in_room() -> Client {
    let mut client = fresh();
    welcome(&mut client);
    client.show(&room(), NOW);
    let ServerMessage::Opened { request, state, page, typing, .. } = opened() else { unreachable!() };
    let here = Here { n_here: 1, n_members: 2, here: vec![ada()], away: Vec::new() };
    let (after, changed) = (Sequence::ZERO, Vec::new());
    client.received(ServerMessage::Opened { request, state, page, after, changed, here, typing }, NOW);
    client
}

/// How many are here, how many members there are, and how many of those here are named.
fn counts(client: &Client) -> (usize, usize, usize) {
    let here = client.here(&room()).unwrap();
    (here.n_here, here.n_members, here.here.len())
}

fn fresh() -> Client {
    Client::new(Setup { me: Some(ada()), rooms: Vec::new(), build: String::new(), seed: 1 })
}

/// Connects to a server that knows of nothing read.
fn welcome(client: &mut Client) {
    let rooms = vec![state()];
    let (now, build) = (Timestamp(0), String::new());
    client.received(ServerMessage::Welcome { me: ada(), rooms, now, build }, NOW);
}

/// The answer to an open of the room.
fn opened() -> ServerMessage {
    let page = Page { room: room(), messages: Vec::new(), people: Vec::new(), heads: state().heads };
    let (here, typing) = (Here::default(), Vec::new());
    let (request, after, changed) = (RequestId(1), Sequence::ZERO, Vec::new());
    ServerMessage::Opened { request, state: state(), page, after, changed, here, typing }
}

fn state() -> RoomState {
    let info = RoomInfo {
        id: room(),
        name: RoomName::parse("General").unwrap(),
        topic: Topic::parse("").unwrap(),
        private: false,
    };
    let heads = Heads { messages: Sequence(9), changes: Sequence::ZERO };
    RoomState { info, heads, read: Sequence::ZERO, admin: false }
}

fn ada() -> Person {
    Person { id: MemberId::parse("ada").unwrap(), name: MemberName::parse("Ada").unwrap(), guest: false }
}

fn room() -> RoomId {
    RoomId::parse("general").unwrap()
}
