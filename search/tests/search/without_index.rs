//! The index does not answer: what is newest does.

use http::StatusCode;
use protocol::Source;

use crate::world::World;

#[tokio::test]
async fn the_newest_messages_of_ones_own_rooms_are_looked_through() {
    let world = World::without_index().await;
    world.make_room("attic", false).await;
    world.write("ada", "lobby", "tea in the lobby").await;
    world.write("ada", "cellar", "tea in the cellar").await;
    world.write("ada", "attic", "tea in the attic").await;

    let hits = world.hits("bo", &[("q", "tea")]).await;

    assert_eq!((hits.source, hits.next), (Source::Newest, None));
    let texts: Vec<_> = hits.hits.iter().map(|hit| hit.text.as_str()).collect();
    assert_eq!(texts, ["tea in the cellar", "tea in the lobby"], "the newest first");
    assert_eq!(world.texts("cy", "tea").await, [""; 0]);
}

#[tokio::test]
async fn of_each_room_the_last_two_hundred_are() {
    let world = World::without_index().await;
    world.write("ada", "lobby", "too long ago").await;
    world.write("ada", "lobby", "just not too long ago").await;
    for _ in 0..199 {
        world.write("ada", "lobby", "word").await;
    }

    assert_eq!(world.texts("bo", "ago").await, ["just not too long ago"]);
}

#[tokio::test]
async fn of_many_rooms_those_are_where_something_was_written_last() {
    let world = World::without_index().await;
    for n in 0..21 {
        let name = format!("room-{n}");
        world.make_room(&name, false).await;
        world.enter("bo", &name).await;
        world.write("ada", &name, "tea").await;
    }

    let hits = world.hits("bo", &[("q", "tea"), ("limit", "50")]).await.hits;

    let rooms: Vec<&str> = hits.iter().map(|hit| hit.room.as_str()).collect();
    assert_eq!((rooms.len(), rooms[0], rooms[19]), (20, "room-20", "room-1"));
}

#[tokio::test]
async fn what_goes_on_from_an_index_that_is_gone_is_unavailable() {
    let world = World::begin().await;
    for n in 0..3 {
        world.say("ada", "lobby", &format!("word {n}")).await;
    }
    let next = world.hits("bo", &[("q", "word "), ("limit", "2")]).await.next.unwrap();
    let without = World::without_index().await;

    let (status, _) = without.ask("bo", &[("q", "word "), ("limit", "2"), ("after", &next)]).await;

    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}
