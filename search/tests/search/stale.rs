//! What the index does not know yet counts at once.

use crate::world::World;

#[tokio::test]
async fn a_deleted_message_is_found_no_more() {
    let world = World::begin().await;
    let message = world.say("ada", "lobby", "a secret").await;

    world.revise("lobby", &message, None).await;

    assert_eq!(world.texts("bo", "secret").await, [""; 0]);
}

#[tokio::test]
async fn an_edited_message_is_shown_as_it_is_and_found_by_what_it_says_now() {
    let world = World::begin().await;
    let [tea, cake] =
        [world.say("ada", "lobby", "tea and cake").await, world.say("ada", "lobby", "tea, no cake").await];

    world.revise("lobby", &tea, Some("coffee")).await;
    world.revise("lobby", &cake, Some("tea with milk")).await;

    assert_eq!(world.texts("bo", "tea").await, ["tea with milk"]);
    assert_eq!(world.texts("bo", "cake").await, [""; 0]);
}

#[tokio::test]
async fn who_was_removed_from_a_private_room_finds_nothing_of_it() {
    let world = World::begin().await;
    world.say("ada", "cellar", "a secret").await;
    assert_eq!(world.texts("bo", "secret").await, ["a secret"]);

    world.remove("bo", "cellar").await;

    assert_eq!(world.texts("bo", "secret").await, [""; 0]);
    assert_eq!(world.texts("cy", "secret").await, [""; 0]);
    assert_eq!(world.texts("ada", "secret").await, ["a secret"]);
}

#[tokio::test]
async fn an_index_that_takes_a_private_room_for_a_public_one_shows_nobody_anything() {
    let world = World::begin().await;
    let message = world.write("ada", "cellar", "a secret").await;
    let entry = chat::ports::Entry::of(&crate::world::room("cellar"), false, message);
    chat::ports::MessageIndex::put(&world.backend.index, &[entry]).await.unwrap();

    assert_eq!(world.texts("cy", "secret").await, [""; 0]);
    assert_eq!(world.texts("ada", "secret").await, ["a secret"]);
}

#[tokio::test]
async fn a_page_is_filled_up_where_hits_are_hits_no_more() {
    let world = World::begin().await;
    let mut messages = Vec::new();
    for n in 0..30 {
        messages.push(world.say("ada", "lobby", &format!("word {n}")).await);
    }
    for message in &messages[10..] {
        world.revise("lobby", message, None).await;
    }

    for by in ["newest", "best"] {
        let hits = world.hits("bo", &[("q", "word "), ("by", by), ("limit", "10")]).await;
        assert_eq!(hits.hits.len(), 10, "{by}");
    }
}
