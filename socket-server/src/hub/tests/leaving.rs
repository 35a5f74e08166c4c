//! Somebody leaves while they are answered.

use std::{future::ready, sync::Arc};

use tokio::{sync::Semaphore, time::Instant};

use backend::{
    Backend, Edge,
    simulation::{Passage, Shared},
};
use chat::ports::{Deed, Draft, Event, Memberships as _, NodeId, Role, RoomLog as _, Rooms as _};
use protocol::{Anchor, Ending, Nonce, Refusal, RequestId, RoomId, RoomInfo, Sequence, ServerMessage};

use super::{behind::between, draft, enter_heard, info, member_of, person, start, until};
use crate::{
    config::Config,
    effect::Effect,
    hub::{Command, Offer, Wanted, timestamp},
    perform::{RIGHTS_FOR, Shell},
    service::Service,
};

const REQUEST: RequestId = RequestId(1);
const READS_HEADS: &str = "log while reading heads";

#[tokio::test]
async fn who_is_told_that_they_are_outside_gets_nothing_of_the_room_from_then_on() {
    let (service, backend) = service_behind(|_| Box::pin(ready(true)));
    let room = plans_of_two(&backend, true).await;
    let bo = person("bo").id;
    let (entered, mut far) = enter_heard(&service.hub, "bo").await;
    let mut shell = Shell::new(Arc::clone(&service), Arc::clone(&entered.place));
    let opens = || Effect::Open { request: REQUEST, room: room.id.clone(), have: None };
    shell.perform(opens()).await;
    assert!(matches!(far.hear().await, ServerMessage::Opened { .. }));

    // Of which nobody tells, and then others go on.
    let deed = Deed::of(&person("ada").id, timestamp());
    backend.memberships.leave(&room.id, &bo, &deed).await.unwrap();
    let elsewhere = Event::RoleChanged { member: bo, room: info().id, admin: false };
    service.hub.concern(elsewhere); // As if a second had passed, rights are looked up again.
    let draft = Draft { author: person("ada").id, ..draft() };
    backend.log.append(&room.id, Sequence::ZERO, timestamp(), &[draft]).await.unwrap();
    shell.perform(opens()).await;

    let told = loop {
        match far.hear().await {
            ServerMessage::Presence { .. } => {}
            told => break told,
        }
    };
    assert_eq!(told, ServerMessage::Left { request: None, room: room.id.clone(), why: Ending::Removed });
    let refusal = Refusal::NoSuchRoom { room: room.id };
    assert_eq!(far.hear().await, ServerMessage::Refused { request: Some(REQUEST), refusal });
}

#[tokio::test]
async fn a_page_of_a_private_room_does_not_follow_the_news_that_its_reader_left() {
    let room = RoomInfo { id: RoomId::parse("plans").unwrap(), private: true, ..info() };
    let told = told_to_who_leaves_while_a_page_is_read(&room).await;

    let refusal = Refusal::NoSuchRoom { room: room.id };
    assert_eq!(told, ServerMessage::Refused { request: Some(REQUEST), refusal });
}

#[tokio::test]
async fn a_page_of_a_room_that_everybody_may_read_does() {
    let room = RoomInfo { id: RoomId::parse("open").unwrap(), ..info() };
    let told = told_to_who_leaves_while_a_page_is_read(&room).await;

    assert!(matches!(told, ServerMessage::Page { request: REQUEST, .. }), "{told:?}");
}

#[tokio::test]
async fn what_is_written_after_somebody_left_is_not_for_them_whenever_the_room_hears_of_it() {
    let (service, backend) = service_behind(|_| Box::pin(ready(true)));
    let (room, hub) = (plans_of_two(&backend, false).await, &service.hub);
    let (ada, _) = enter_heard(hub, "ada").await;
    let (bo, mut far) = enter_heard(hub, "bo").await;
    let mut shells = [&ada, &bo].map(|it| Shell::new(Arc::clone(&service), Arc::clone(&it.place)));
    let opens = Effect::Open { request: REQUEST, room: room.id.clone(), have: None };
    shells[1].perform(opens).await;
    assert!(matches!(far.hear().await, ServerMessage::Opened { .. }));

    let told = ServerMessage::Left { request: Some(REQUEST), room: room.id.clone(), why: Ending::Left };
    bo.place.leave(&room.id, Some(Sequence(1)), &told); // Of which the room has not heard.
    let draft = Draft { author: person("ada").id, ..draft() };
    shells[0].perform(Effect::Append { room: room.id.clone(), since: Sequence::ZERO, draft }).await;
    until(|| hub.heads(&room.id).is_some_and(|heads| heads.messages == Sequence(1))).await;
    hub.doubt(&ada.place, &room.id).await; // All that was handed over is written.
    shells[1].perform(Effect::TellHeads).await;

    let mut heard = vec![far.hear().await];
    while !matches!(heard.last(), Some(ServerMessage::Heads { .. })) {
        heard.push(far.hear().await);
    }
    heard.retain(|it| !matches!(it, ServerMessage::Presence { .. }));
    assert_eq!(heard, [told, ServerMessage::Heads { heads: Vec::new(), all: true }]);
}

#[tokio::test]
async fn who_was_brought_back_before_their_leaving_was_answered_hears_of_both() {
    let (service, backend) = service_behind(|_| Box::pin(ready(true)));
    let (room, hub) = (RoomInfo { id: RoomId::parse("plans").unwrap(), ..info() }, &service.hub);
    backend.rooms.create_by(&room, &person("bo").id, &start()).await.unwrap();
    let (bo, mut far) = enter_heard(hub, "bo").await;
    bo.place.joined(&room.id, Sequence(1));

    bo.place.joined(&room.id, Sequence(5));
    let told = ServerMessage::Left { request: Some(REQUEST), room: room.id.clone(), why: Ending::Left };
    hub.leave(&bo.place, &room.id, (Some(Sequence(5)), &told)).await;

    assert_eq!(far.hear().await, told);
    assert!(matches!(far.hear().await, ServerMessage::Joined { request: None, .. }));
}

#[tokio::test]
async fn who_was_removed_while_the_room_became_active_is_not_welcome_there() {
    let (service, backend, [begins, goes_on]) = service_that_waits_for(READS_HEADS);
    let room = plans_of_two(&backend, true).await;
    let bo = person("bo").id;
    let (entered, mut far) = enter_heard(&service.hub, "bo").await;
    let mut shell = Shell::new(Arc::clone(&service), Arc::clone(&entered.place));

    let removed = async {
        begins.acquire().await.unwrap().forget();
        let deed = Deed::of(&person("ada").id, timestamp());
        backend.memberships.leave(&room.id, &bo, &deed).await.unwrap();
        goes_on.add_permits(1);
    };
    let (welcomed, ()) = tokio::join!(shell.welcome(), removed);

    welcomed.unwrap();
    let welcome = far.hear().await;
    assert!(matches!(&welcome, ServerMessage::Welcome { rooms, .. } if rooms.is_empty()), "{welcome:?}");
    assert!(!entered.place.is_in(&room.id));
}

#[tokio::test]
async fn who_is_refused_by_the_room_itself_gets_nothing_of_it_from_then_on() {
    let (service, backend) = service_behind(|_| Box::pin(ready(true)));
    let room = plans_of_two(&backend, true).await;
    let bo = person("bo").id;
    let (ada, _) = enter_heard(&service.hub, "ada").await;
    service.hub.joined(&ada.place, &member_of(&room.id)).await;
    let (entered, mut far) = enter_heard(&service.hub, "bo").await;
    let mut shells = [&ada, &entered].map(|it| Shell::new(Arc::clone(&service), Arc::clone(&it.place)));
    shells[1].perform(Effect::Open { request: REQUEST, room: room.id.clone(), have: None }).await;
    assert!(matches!(far.hear().await, ServerMessage::Opened { .. }));

    // Of which nobody tells.
    let deed = Deed::of(&person("ada").id, timestamp());
    backend.memberships.leave(&room.id, &bo, &deed).await.unwrap();
    let allowed_at = Instant::now().checked_sub(RIGHTS_FOR).unwrap();
    let offer = Offer { draft: Draft { author: bo, ..draft() }, since: Sequence::ZERO, allowed_at };
    service.hub.command(&room.id, Command::Append(Arc::clone(&entered.place), offer)).await;
    let mut heard = Vec::new();
    while !matches!(heard.last(), Some(ServerMessage::NotSent { .. })) {
        heard.push(far.hear().await);
    }
    let draft = Draft { author: person("ada").id, ..draft() };
    shells[0].perform(Effect::Append { room: room.id.clone(), since: Sequence::ZERO, draft }).await;
    until(|| service.hub.heads(&room.id).is_some_and(|heads| heads.messages == Sequence(1))).await;
    service.hub.doubt(&ada.place, &room.id).await; // All that was handed over is written.
    shells[1].perform(Effect::TellHeads).await;
    while !matches!(heard.last(), Some(ServerMessage::Heads { .. })) {
        heard.push(far.hear().await);
    }

    assert!(!heard.iter().any(|it| matches!(it, ServerMessage::Messages { .. })), "{heard:?}");
    let left = ServerMessage::Left { request: None, room: room.id, why: Ending::Removed };
    assert!(heard.contains(&left), "{heard:?}");
}

#[tokio::test]
async fn who_becomes_an_admin_while_they_are_welcomed_is_one() {
    let (service, backend, [finds, goes_on]) = service_that_waits_for("rooms while finding one");
    let room = plans_of_two(&backend, false).await;
    let (ada, _) = enter_heard(&service.hub, "ada").await;
    service.hub.joined(&ada.place, &member_of(&room.id)).await;
    service.hub.heads_once_begun(&room.id).await; // Where the room begins, all is looked up again for that.
    let (entered, mut far) = enter_heard(&service.hub, "bo").await;
    let mut shell = Shell::new(Arc::clone(&service), Arc::clone(&entered.place));

    let appointed = async {
        finds.acquire().await.unwrap().forget();
        appoint(&service, &backend, &room.id).await;
        goes_on.add_permits(1);
    };
    let (welcomed, ()) = tokio::join!(shell.welcome(), appointed);

    welcomed.unwrap();
    let welcome = far.hear().await;
    assert!(matches!(&welcome, ServerMessage::Welcome { rooms, .. } if rooms[0].admin), "{welcome:?}");
}

#[tokio::test]
async fn an_admin_who_was_removed_and_came_back_without_news_deletes_nothing_of_others() {
    let (service, backend) = service_behind(|_| Box::pin(ready(true)));
    let (room, hub) = (plans_of_two(&backend, false).await, &service.hub);
    let (ada, bo) = (person("ada").id, person("bo").id);
    let drafts = ["n1", "n2"].map(|nonce| {
        let nonce = Nonce::parse(nonce).unwrap();
        Draft { author: ada.clone(), nonce, ..draft() }
    });
    backend.log.append(&room.id, Sequence::ZERO, timestamp(), &drafts).await.unwrap();
    let (entered, _) = enter_heard(hub, "ada").await;
    hub.joined(&entered.place, &member_of(&room.id)).await;
    let (admin, mut far) = enter_heard(hub, "bo").await;
    appoint(&service, &backend, &room.id).await;
    let mut shell = Shell::new(Arc::clone(&service), Arc::clone(&admin.place));
    shell.perform(Effect::Open { request: REQUEST, room: room.id.clone(), have: None }).await;
    let mut deletes = async |sequence| {
        let nonce = Nonce::parse(&format!("d{sequence}")).unwrap();
        let (room, sequence, wanted) = (room.id.clone(), Sequence(sequence), Wanted::Delete);
        shell.perform(Effect::Revise { request: REQUEST, room, sequence, nonce, wanted }).await;
        loop {
            match far.hear().await {
                ServerMessage::Revised { .. } => break None,
                ServerMessage::Refused { refusal, .. } => break Some(refusal),
                _ => {}
            }
        }
    };
    assert_eq!(deletes(1).await, None);

    let deed = Deed::of(&ada, timestamp());
    backend.memberships.leave(&room.id, &bo, &deed).await.unwrap();
    backend.memberships.join(&room.id, &bo, &start()).await.unwrap();
    hub.doubt(&entered.place, &room.id).await; // By which the room catches up.

    assert_eq!(hub.heads(&room.id).unwrap().changes, Sequence(2));
    assert_eq!(deletes(2).await, Some(Refusal::NotYours { room: room.id.clone(), sequence: Sequence(2) }));
}

/// A room that Ada has made, and Bo is in.
async fn plans_of_two(backend: &Backend, private: bool) -> RoomInfo {
    let room = RoomInfo { id: RoomId::parse("plans").unwrap(), private, ..info() };
    backend.rooms.create_by(&room, &person("ada").id, &start()).await.unwrap();
    backend.memberships.join(&room.id, &person("bo").id, &start()).await.unwrap();
    room
}

/// Bo becomes an admin, and this node hears of it.
async fn appoint(service: &Service, backend: &Backend, room: &RoomId) {
    let (member, admin) = (person("bo").id, true);
    let deed = Deed::of(&person("ada").id, timestamp());
    backend.memberships.set_role(room, &member, Role::Admin, &deed).await.unwrap();
    service.hub.concern(Event::RoleChanged { member, room: room.clone(), admin });
}

async fn told_to_who_leaves_while_a_page_is_read(room: &RoomInfo) -> ServerMessage {
    let (service, backend, [reads, goes_on]) = service_that_waits_for(READS_HEADS);
    backend.rooms.create_by(room, &person("ada").id, &start()).await.unwrap();
    let (entered, mut far) = enter_heard(&service.hub, "ada").await;
    let mut shell = Shell::new(Arc::clone(&service), Arc::clone(&entered.place));

    let asks = Effect::Page { request: REQUEST, room: room.id.clone(), anchor: Anchor::End, limit: 10 };
    let leaves = async {
        reads.acquire().await.unwrap().forget();
        service.hub.left(&entered.place, &room.id, None);
        goes_on.add_permits(1);
    };
    tokio::join!(shell.perform(asks), leaves);
    far.hear().await
}

/// A node of which a call waits before the second of these has a permit, and its store. Each time the first gets one.
fn service_that_waits_for(call: &'static str) -> (Arc<Service>, Backend, [Arc<Semaphore>; 2]) {
    let [reads, goes_on] = [0, 0].map(|n| Arc::new(Semaphore::new(n)));
    let gates = [Arc::clone(&reads), Arc::clone(&goes_on)];
    let (service, backend) = service_behind(move |what| {
        if what != call {
            return Box::pin(ready(true));
        }
        reads.add_permits(1);
        let goes_on = Arc::clone(&goes_on);
        Box::pin(async move { goes_on.acquire().await.is_ok() })
    });
    (service, backend, gates)
}

/// A node behind that, and its store with nothing between. No session is kept, and nobody is to hear that theirs has ended.
fn service_behind(
    decides: impl Fn(&'static str) -> Passage + Send + Sync + 'static,
) -> (Arc<Service>, Backend) {
    let between = between(move |what| match what.starts_with("sessions") {
        true => Box::pin(ready(false)),
        false => decides(what),
    });
    let shared = Shared::new();
    let (node, edge, build) = (NodeId::from_random(1), Edge::local(3_000), "build".to_owned());
    let service = Service::start(node, shared.backend_behind(&between), edge, Config::default(), build);
    (service, shared.backend())
}
