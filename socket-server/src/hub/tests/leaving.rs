//! Somebody leaves while they are answered.

use std::{future::ready, sync::Arc};

use tokio::sync::{Semaphore, SemaphorePermit};

use backend::{Edge, simulation::Shared};
use chat::ports::{NodeId, Rooms as _};
use protocol::{Anchor, Refusal, RequestId, RoomId, RoomInfo, ServerMessage};

use super::{behind::between, enter_heard, info, person, start};
use crate::{config::Config, effect::Effect, perform::Shell, service::Service};

const REQUEST: RequestId = RequestId(1);

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

async fn told_to_who_leaves_while_a_page_is_read(room: &RoomInfo) -> ServerMessage {
    let [reads, goes_on] = [0, 0].map(|n| Arc::new(Semaphore::new(n)));
    let shared = Shared::new();
    let backend = shared.backend_behind(&between({
        let (reads, goes_on) = (Arc::clone(&reads), Arc::clone(&goes_on));
        move |what| match what {
            "log while reading heads" => {
                let goes_on = Arc::clone(&goes_on);
                reads.add_permits(1);
                Box::pin(async move { goes_on.acquire().await.map(SemaphorePermit::forget).is_ok() })
            }
            // None is kept here, and nobody is to hear that theirs has ended.
            _ => Box::pin(ready(!what.starts_with("sessions"))),
        }
    }));
    let (node, edge, build) = (NodeId::from_random(1), Edge::local(3_000), "build".to_owned());
    let service = Service::start(node, backend, edge, Config::default(), build);
    shared.backend().rooms.create_by(room, &person("ada").id, &start()).await.unwrap();
    let (entered, mut far) = enter_heard(&service.hub, "ada").await;
    let mut shell = Shell::new(Arc::clone(&service), Arc::clone(&entered.place));

    let asks = Effect::Page { request: REQUEST, room: room.id.clone(), anchor: Anchor::End, limit: 10 };
    let leaves = async {
        reads.acquire().await.unwrap().forget();
        service.hub.left(&entered.place, &room.id, None).await;
        goes_on.add_permits(1);
    };
    tokio::join!(shell.perform(asks), leaves);
    far.hear().await
}
