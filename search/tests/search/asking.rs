//! What is asked, and how it is answered.

use backend::Backend;
use chat::rate::Rate;
use http::StatusCode;
use protocol::{Refusal, Source};

use crate::world::{World, id, room};

#[tokio::test]
async fn a_hit_is_told_with_its_room_its_author_and_what_to_mark() {
    let world = World::begin().await;
    let message = world.say("ada", "lobby", "We are deploying at five: déployons!").await;

    let hits = world.hits("bo", &[("q", "deploy")]).await;

    assert_eq!((hits.source, hits.next), (Source::Index, None));
    let [hit] = &hits.hits[..] else { panic!("{:?}", hits.hits) };
    assert_eq!((&hit.room, hit.sequence, &hit.author), (&room("lobby"), message.sequence, &id("ada")));
    assert_eq!((hit.at, hit.text.as_str()), (message.at, "We are deploying at five: déployons!"));
    assert_eq!(hit.marked, [[7, 16], [26, 35]]);
    assert_eq!(hits.people.len(), 1);
    assert_eq!(hits.rooms.len(), 1);
}

#[tokio::test]
async fn of_a_long_text_a_part_is_told() {
    let world = World::begin().await;
    let long = format!("{}needle {}", "straw ".repeat(200), "straw ".repeat(200));
    world.say("ada", "lobby", &long).await;

    let hits = world.hits("bo", &[("q", "needle ")]).await;

    let hit = &hits.hits[0];
    assert!(hit.cut_before && hit.cut_after && hit.text.chars().count() <= protocol::limits::EXCERPT_MAX);
    let [[from, upto]] = hit.marked[..] else { panic!("{:?}", hit.marked) };
    let marked: String = hit.text.chars().skip(from).take(upto - from).collect();
    assert_eq!(marked, "needle");
}

#[tokio::test]
async fn pages_go_on_by_their_cursor_to_the_end() {
    let world = World::begin().await;
    for n in 0..25 {
        world.say("ada", "lobby", &format!("word {n}")).await;
    }

    for by in ["newest", "best"] {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let mut params = vec![("q", "word "), ("by", by), ("limit", "10")];
            if !after.is_empty() {
                params.push(("after", &after));
            }
            let hits = world.hits("bo", &params).await;
            all.extend(hits.hits.into_iter().map(|hit| hit.sequence.0));
            match hits.next {
                Some(next) => after = next,
                None => break,
            }
        }
        all.sort_unstable();
        assert_eq!(all, (1..=25).collect::<Vec<_>>(), "{by}");
    }
}

#[tokio::test]
async fn names_and_addresses_are_known_in_any_case() {
    let world = World::begin().await;
    world.say("ada", "lobby", "tea").await;
    world.say("bo", "lobby", "tea, too").await;
    world.say("bo", "cellar", "tea in here").await;

    assert_eq!(world.texts("ada", "tea from:BO").await, ["tea in here", "tea, too"]);
    assert_eq!(world.texts("ada", "tea -from:bo").await, ["tea"]);
    assert_eq!(world.texts("ada", "in:Cellar").await, ["tea in here"]);
    assert_eq!(world.texts("ada", "tea -in:cellar -from:nobody").await, ["tea, too", "tea"]);
    assert_eq!(world.texts("ada", "tea from:nobody").await, [""; 0]);
    assert_eq!(world.texts("cy", "in:cellar").await, [""; 0], "as if it was not there");
}

#[tokio::test]
async fn days_are_those_of_the_askers_clock() {
    let world = World::begin().await;
    world.say("ada", "lobby", "tea").await; // Some minutes into 1970.

    let at = async |query, offset| world.hits("bo", &[("q", query), ("offset", offset)]).await.hits.len();

    assert_eq!(at("tea on:1970-01-01", "0").await, 1);
    assert_eq!(at("tea on:1970-01-01", "-60").await, 0);
    assert_eq!(at("tea on:1969-12-31", "-60").await, 1);
}

#[tokio::test]
async fn who_is_not_signed_in_is_told_so() {
    let world = World::begin().await;

    let (status, body) = world.ask("nobody", &[("q", "tea")]).await;

    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert_eq!(serde_json::from_str::<Refusal>(&body).unwrap(), Refusal::NotSignedIn);
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let world = World::begin().await;
    for params in [("after", "nonsense"), ("by", "luck"), ("limit", "1000"), ("offset", "noon")] {
        let (status, body) = world.ask("ada", &[("q", "tea"), params]).await;

        assert_eq!(status, StatusCode::BAD_REQUEST, "{params:?}");
        assert!(matches!(serde_json::from_str(&body), Ok(Refusal::Invalid { .. })), "{body}");
    }
}

#[tokio::test]
async fn a_cursor_that_somebody_made_up_is_refused() {
    let world = World::begin().await;
    for n in 0..3 {
        world.say("ada", "lobby", &format!("word {n}")).await;
    }
    let next = world.hits("bo", &[("q", "word "), ("limit", "2")]).await.next.unwrap();
    let made_up = format!("{}.x", next.split('.').next().unwrap());

    let (status, _) = world.ask("bo", &[("q", "word "), ("limit", "2"), ("after", &made_up)]).await;

    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn any_query_is_answered() {
    let world = World::unlimited(Backend::in_memory()).await;
    world.say("ada", "lobby", "tea").await;
    let long = "tea ".repeat(2_560);
    let odd = [
        &long,
        "\"",
        "\"\"\"\"",
        "\"tea",
        "-",
        "--",
        "- - -",
        "from: in: has: before: after: on:",
        "from:\"",
        "tea\u{0}\u{1}\u{1b}[31m",
        ".*(a+)+$ [^a] \\",
        "tea* tea^2 tea~1 (tea OR NEAR(tea, 2)) AND NOT {tea}:x",
        "'; DROP TABLE messages; --",
        "\u{202e}\u{feff}\u{200b}",
        "before:9999-12-31 after:0001-01-01",
        "before:2026-02-30",
        &"\"a b\" ".repeat(100),
        &"-x ".repeat(200),
        &"京".repeat(500),
    ];
    for query in odd {
        for by in ["best", "newest"] {
            let (status, body) = world.ask("bo", &[("q", query), ("by", by)]).await;
            assert_eq!(status, StatusCode::OK, "{query:?}: {body}");
        }
    }
}

#[tokio::test]
async fn who_asks_too_often_is_told_to_wait() {
    // However long the test takes, no other comes back meanwhile.
    let world = World::with(Backend::in_memory(), Rate { burst: 3, per_second: 0.001 }).await;
    for _ in 0..3 {
        world.hits("ada", &[("q", "tea")]).await;
    }

    let (status, body) = world.ask("ada", &[("q", "tea")]).await;

    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(matches!(serde_json::from_str(&body), Ok(Refusal::TooFast { .. })), "{body}");
    world.hits("bo", &[("q", "tea")]).await;
}
