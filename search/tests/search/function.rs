//! The search as a function: events as an API Gateway gives them, and what it is answered.

use backend::Edge;
use chat::session::COOKIE;
use http::StatusCode;
use lambda_http::{Context, LambdaEvent, Service as _};
use protocol::{Hits, Refusal};
use serde_json::{Value, json};

use crate::world::{World, token};

/// What an HTTP API gives in its format 2.0, as AWS's documentation shows it.
const EVENT: &str = include_str!("event.json");
const SECRET: &str = "the-secret-of-the-edge";

#[tokio::test]
async fn an_event_is_answered_as_a_request_is() {
    let world = World::begin().await;
    world.say("ada", "lobby", "Tea & <cake> at \"five\"").await;

    let answer = ask(&world, event("q=tea+%26%20%22at%20five%22&by=newest", Some("bo"))).await;

    assert_eq!(answer["statusCode"], 200);
    assert_eq!(answer["isBase64Encoded"], false);
    assert_eq!(answer["headers"]["content-type"], "application/json");
    assert_eq!(answer["headers"]["cache-control"], "no-store");
    let hits: Hits = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(hits.hits[0].text, "Tea & <cake> at \"five\"");
}

#[tokio::test]
async fn without_a_session_nothing_is_told() {
    let world = World::begin().await;

    let answer = ask(&world, event("q=tea", None)).await;

    assert_eq!(status(&answer), StatusCode::UNAUTHORIZED);
    let refusal: Refusal = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
    assert_eq!(refusal, Refusal::NotSignedIn);
}

#[tokio::test]
async fn who_comes_past_the_edge_is_turned_away() {
    let world = World::begin().await;
    let mut from_edge = event("q=tea", Some("bo"));
    from_edge["headers"]["x-hubbub-edge"] = json!(SECRET);

    let past = ask_behind(&world, SECRET, event("q=tea", Some("bo"))).await;
    let through = ask_behind(&world, SECRET, from_edge).await;

    assert_eq!((status(&past), status(&through)), (StatusCode::FORBIDDEN, StatusCode::OK));
}

#[tokio::test]
async fn no_query_however_absurd_fails() {
    let world = World::begin().await;
    world.say("ada", "lobby", "tea").await;
    let long = "x".repeat(10_000);
    let absurd = [
        "q=\"tea <b>|{}^`\\",
        "q=%00%ff%80",
        "q=té 茶 \u{202e}",
        "q=tea#fragment",
        "&&&===%",
        "q=.*+?()[]{}",
        "",
        &format!("q={long}"),
    ];

    for query in absurd {
        let answer = ask(&world, event(query, Some("bo"))).await;
        assert!(matches!(status(&answer).as_u16(), 200 | 400), "{query}: {answer}");
    }
    let answer = ask(&world, event("q=tea&after=nonsense", Some("bo"))).await;
    assert_eq!(status(&answer), StatusCode::BAD_REQUEST);
    let answer = ask(&world, event("q=\"tea\"", Some("bo"))).await;
    assert!(answer["body"].as_str().unwrap().contains(r#""text":"tea""#), "{answer}");
}

fn event(query: &str, member: Option<&str>) -> Value {
    let mut event: Value = serde_json::from_str(EVENT).unwrap();
    event["rawQueryString"] = json!(query);
    if let Some(member) = member {
        event["cookies"] = json!(["theme=dark", format!("{COOKIE}={}", token(member).reveal())]);
    }
    event
}

fn status(answer: &Value) -> StatusCode {
    u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap().try_into().unwrap()
}

async fn ask(world: &World, event: Value) -> Value {
    ask_behind(world, "", event).await
}

async fn ask_behind(world: &World, secret: &'static str, event: Value) -> Value {
    let edge = Edge::parse(|name| (name == "HUBBUB_EDGE_SECRETS").then(|| secret.to_owned())).unwrap();
    let mut function = search::function(process::behind(&edge, world.router()));
    let event = LambdaEvent::new(serde_json::from_value(event).unwrap(), Context::default());
    serde_json::to_value(function.call(event).await.unwrap()).unwrap()
}
