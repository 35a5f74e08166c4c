//! Whether a private room is there cannot be told by how long the answer takes.

use std::time::{Duration, Instant};

use bench::peer::Peer;
use protocol::{Anchor, ClientMessage, RequestId, RoomId, ServerMessage};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use crate::world::{World, path};

/// How often each is asked.
const TRIES: usize = 1_000;
/// The medians lie closer together than this part of them. Between two series of one and the same question they do so
/// as well: that is what can be seen here, on a machine that has other work.
const APART_MAX: f64 = 0.15;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_room_is_refused_as_quickly_as_one_that_is_not_there() {
    let world = World::start().await;
    let mut random = StdRng::seed_from_u64(crate::SEED);
    let (ada, bo) = (world.member(&mut random).await, world.member(&mut random).await);
    let room = world.room(&ada, true, &mut random).await.id;
    // The room is in use: what a node remembers of it must not answer sooner.
    let mut inside = Peer::connect(world.addr, &ada).await.unwrap();
    let request = RequestId(1);
    inside.say(&ClientMessage::Open { request, room: room.clone(), have: None }).await.unwrap();
    let mut outside = Peer::connect(world.addr, &bo).await.unwrap();
    while !matches!(outside.hear().await.unwrap(), ServerMessage::Welcome { .. }) {}

    // The same one each time, so that the store has met it as often.
    let none = nowhere(&mut random);
    let mut apart = Vec::new();
    for question in ["open", "page", "read"] {
        let (mut of_private, mut of_none) = (Vec::new(), Vec::new());
        for n in 0..2 * TRIES {
            let is_private = n % 2 == 0;
            let asked = if is_private { room.clone() } else { none.clone() };
            let took = ask(&mut outside, question, asked).await;
            if is_private { &mut of_private } else { &mut of_none }.push(took);
        }
        apart.push((question, median(of_private), median(of_none)));
    }
    let (mut of_private, mut of_none) = (Vec::new(), Vec::new());
    for n in 0..2 * TRIES {
        let is_private = n % 2 == 0;
        let asked = if is_private { room.clone() } else { none.clone() };
        let began = Instant::now();
        let (status, _) = world.get(Some(&bo.token), &path("/api/history?room=", &asked, "")).await;
        assert_eq!(status.as_u16(), 404);
        if is_private { &mut of_private } else { &mut of_none }.push(began.elapsed());
    }
    apart.push(("/api/history", median(of_private), median(of_none)));

    for (question, of_private, of_none) in apart {
        println!("result: {question}: median of {TRIES} refusals, private {of_private:?}, none {of_none:?}");
        let ratio = of_private.as_secs_f64() / of_none.as_secs_f64();
        assert!((ratio - 1.0).abs() < APART_MAX, "{question}: {ratio}");
    }
}

async fn ask(peer: &mut Peer, question: &str, room: RoomId) -> Duration {
    let request = RequestId(7);
    let message = match question {
        "open" => ClientMessage::Open { request, room, have: None },
        "page" => ClientMessage::Page { request, room, anchor: Anchor::End, limit: 50 },
        _ => ClientMessage::Read { room, upto: protocol::Sequence(1) },
    };
    let began = Instant::now();
    peer.say(&message).await.unwrap();
    while !matches!(peer.hear().await.unwrap(), ServerMessage::Refused { .. }) {}
    began.elapsed()
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort_unstable();
    took[took.len() / 2]
}

/// An address of a private room's form, where none is.
fn nowhere(random: &mut StdRng) -> RoomId {
    let name = protocol::RoomName::parse("Nowhere").unwrap();
    chat::rooms::address(&name, true, random.random(), bench::crowd::now())
}
