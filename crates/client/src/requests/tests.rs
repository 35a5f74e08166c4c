use protocol::{Person, ServerMessage, Timestamp, close::CloseCode};

use super::*;
use crate::{Effect, Setup};

const NOW: Duration = Duration::ZERO;
const AROUND: Anchor = Anchor::Around(Sequence(7));

#[test]
fn what_the_member_does_without_a_connection_is_refused_at_once() {
    let mut client = fresh();

    client.join(&room());

    let refused = Outcome::Refused { asked: Asked::Join(room()), refusal: Refusal::Unavailable };
    assert_eq!(client.take_effects(), [Effect::Tell(refused)]);
}

#[test]
fn what_the_member_did_is_refused_when_its_answer_is_lost() {
    let mut client = fresh();
    welcome(&mut client);
    client.join(&room());
    client.take_effects();

    client.received(ServerMessage::Resync, NOW);

    let refused = Outcome::Refused { asked: Asked::Join(room()), refusal: Refusal::Unavailable };
    assert_eq!(client.take_effects(), [Effect::Tell(refused)]);
}

#[test]
fn who_is_signed_out_is_told_so_whatever_they_do() {
    let mut client = fresh();
    welcome(&mut client);
    client.join(&room());
    client.take_effects();
    let refused =
        [Effect::Tell(Outcome::Refused { asked: Asked::Join(room()), refusal: Refusal::NotSignedIn })];

    client.closed(CloseCode::SESSION_ENDED, NOW);
    assert_eq!(client.take_effects(), refused, "its answer will not come");

    client.join(&room());
    assert_eq!(client.take_effects(), refused);
}

#[test]
fn a_jump_is_made_once_there_is_a_connection_and_again_on_the_next() {
    let mut client = fresh();
    client.show(&room(), NOW);
    client.jump_to(&room(), Sequence(7));
    assert!(!anchors(&mut client).contains(&AROUND));

    for _ in 0..2 {
        welcome(&mut client);
        assert!(anchors(&mut client).contains(&AROUND));
        client.closed(CloseCode(1006), NOW);
    }
}

#[test]
fn who_goes_to_the_end_wants_to_jump_no_longer() {
    let mut client = fresh();
    welcome(&mut client);
    client.show(&room(), NOW);
    client.jump_to(&room(), Sequence(7));

    client.jump_to_end(&room());
    client.closed(CloseCode(1006), NOW);
    client.take_effects();
    welcome(&mut client);

    assert!(!anchors(&mut client).contains(&AROUND));
}

#[test]
fn a_page_that_was_asked_for_too_fast_is_asked_for_again_in_time() {
    let mut client = fresh();
    welcome(&mut client);
    client.ask_page(Asked::End(room()), &room(), Anchor::End, 1);
    let request = Some(RequestId(client.requests.last));
    client.take_effects();

    client.refused(request, Refusal::Busy { retry_ms: 300 }, NOW);
    client.wake(Duration::from_millis(299));
    assert_eq!(anchors(&mut client), []);

    client.wake(Duration::from_millis(300));
    assert_eq!(anchors(&mut client), [Anchor::End]);
}

#[test]
fn after_a_resync_pages_are_asked_for_one_by_one() {
    let mut client = fresh();
    welcome(&mut client);
    let rooms = ["one", "two", "three"].map(|room| RoomId::parse(room).unwrap());
    for room in &rooms {
        client.ask_page(Asked::End(room.clone()), room, Anchor::End, 1);
    }
    client.take_effects();

    client.received(ServerMessage::Resync, NOW);

    for _ in &rooms {
        assert_eq!(anchors(&mut client), [Anchor::End]);
        let request = Some(RequestId(client.requests.last));
        client.received(ServerMessage::Refused { request, refusal: Refusal::NotSignedIn }, NOW);
    }
    assert_eq!(anchors(&mut client), []);
}

fn fresh() -> Client {
    let me = Some(ada());
    Client::new(Setup { me, rooms: Vec::new(), build: String::new(), seed: 1 })
}

fn welcome(client: &mut Client) {
    let (rooms, build) = (Vec::new(), String::new());
    client.received(ServerMessage::Welcome { me: ada(), rooms, now: Timestamp(0), build }, NOW);
}

/// Where the pages lie that the client asks for.
fn anchors(client: &mut Client) -> Vec<Anchor> {
    let effects = client.take_effects().into_iter();
    let anchors = effects.filter_map(|effect| match effect {
        Effect::Send(ClientMessage::Page { anchor, .. }) => Some(anchor),
        _ => None,
    });
    anchors.collect()
}

fn ada() -> Person {
    let (id, name) = (protocol::MemberId::parse("ada"), protocol::MemberName::parse("Ada"));
    Person { id: id.unwrap(), name: name.unwrap(), guest: false }
}

fn room() -> RoomId {
    RoomId::parse("general").unwrap()
}
