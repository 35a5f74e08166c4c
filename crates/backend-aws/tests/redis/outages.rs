//! Redis goes away, comes back, hangs, or refuses us.

use std::{error::Error, iter::successors, time::Duration};

use backend_aws::Redis;
use chat::ports::{Bus as _, Channel, Heard, NodeId, Presence as _, Roster, Unavailable};
use fred::interfaces::PubsubInterface as _;
use tokio::time::{Instant, timeout};

use crate::engine::{
    SOON, Server, ask, begin, check_heard, connect, free_port, next, numbered, room, until_connected,
    with_free_ports,
};

#[tokio::test]
async fn subscriptions_end_with_their_connection_and_can_be_begun_anew() {
    let server = Server::start();
    let redis = connect(&server.url(), "test:").await;
    let mut first = redis.bus().subscribe(&room("lobby")).await.unwrap();
    let mut second = redis.bus().subscribe(&Channel::Members).await.unwrap();

    let n_killed: u64 = ask(&server.client().await, "CLIENT KILL TYPE pubsub").await;
    let began = Instant::now();

    assert_eq!(n_killed, 1);
    assert_eq!(next(&mut first).await, None);
    assert_eq!(next(&mut second).await, None);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    check_works(&redis).await;
}

#[tokio::test]
async fn what_was_heard_before_the_end_is_told_first() {
    let server = Server::start();
    let redis = connect(&server.url(), "test:").await;
    let mut hearing = redis.bus().subscribe(&room("lobby")).await.unwrap();
    let mut other = redis.bus().subscribe(&room("garden")).await.unwrap();
    redis.bus().publish(&room("lobby"), &numbered(1)).await.unwrap();
    check_heard(&redis, &room("garden"), &mut other).await;

    ask::<u64>(&server.client().await, "CLIENT KILL TYPE pubsub").await;

    assert_eq!(next(&mut other).await, None);
    assert_eq!(next(&mut hearing).await, Some(Heard::Event(numbered(1))));
    assert_eq!(next(&mut hearing).await, None);
}

#[tokio::test]
async fn who_cannot_tell_cannot_hear_either() {
    let server = Server::start();
    let redis = connect(&server.url(), "test:").await;
    let mut hearing = redis.bus().subscribe(&room("lobby")).await.unwrap();

    ask::<u64>(&server.client().await, "CLIENT KILL TYPE normal").await;

    assert_eq!(next(&mut hearing).await, None);
    check_works(&redis).await;
}

#[tokio::test]
async fn however_many_hear_a_channel_redis_knows_of_one() {
    let server = Server::start();
    let redis = connect(&server.url(), "test:").await;
    let client = server.client().await;
    let first = redis.bus().subscribe(&room("lobby")).await.unwrap();
    let mut last = redis.bus().subscribe(&room("lobby")).await.unwrap();
    assert_eq!(n_subscribed(&client, "test:room:lobby").await, 1);

    drop(first);
    check_heard(&redis, &room("lobby"), &mut last).await;
    assert_eq!(n_subscribed(&client, "test:room:lobby").await, 1);
    drop(last);

    let until_left = async { while n_subscribed(&client, "test:room:lobby").await > 0 {} };
    timeout(SOON, until_left).await.expect("the channel is left with its last subscriber");
}

#[tokio::test]
async fn what_another_version_tells_is_lost_but_not_in_silence() {
    let server = Server::start();
    let redis = connect(&server.url(), "test:").await;
    let mut hearing = redis.bus().subscribe(&room("lobby")).await.unwrap();

    let told = server.client().await.publish("test:room:lobby", r#"{"danced":{"by":"ada"}}"#).await;

    assert_eq!(told, Ok(1));
    assert_eq!(next(&mut hearing).await, Some(Heard::Lost));
    check_heard(&redis, &room("lobby"), &mut hearing).await;
}

#[tokio::test]
async fn a_redis_that_is_away_is_no_reason_to_wait() {
    let port = free_port();
    let redis = begin(&format!("redis://127.0.0.1:{port}"), "test:");

    let began = Instant::now();
    redis.bus().publish(&room("lobby"), &numbered(1)).await.unwrap_err();
    redis.bus().subscribe(&room("lobby")).await.map(drop).unwrap_err();
    redis.presence().nodes().await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());

    let _server = Server::start_at(port, &[]);
    until_connected(&redis).await;
    check_works(&redis).await;
}

#[tokio::test]
async fn a_redis_that_starts_anew_is_found_again() {
    let server = Server::start();
    let (port, redis) = (server.port, connect(&server.url(), "test:").await);
    let mut hearing = redis.bus().subscribe(&room("lobby")).await.unwrap();

    drop(server);
    assert_eq!(next(&mut hearing).await, None);
    redis.bus().publish(&room("lobby"), &numbered(1)).await.unwrap_err();
    let _server = Server::start_at(port, &[]);

    until_connected(&redis).await;
    check_works(&redis).await;
}

#[tokio::test]
async fn a_redis_that_hangs_is_away() {
    let server = Server::start();
    let redis = connect(&server.url(), "test:").await;
    let mut hearing = redis.bus().subscribe(&room("lobby")).await.unwrap();

    server.signal("-STOP");
    let began = Instant::now();
    redis.bus().publish(&room("lobby"), &numbered(1)).await.unwrap_err();
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    // Nothing is heard before Redis says so.
    redis.bus().subscribe(&room("garden")).await.map(drop).unwrap_err();
    assert_eq!(next(&mut hearing).await, None);
    server.signal("-CONT");

    until_connected(&redis).await;
    check_works(&redis).await;
}

#[tokio::test]
async fn a_wrong_password_is_named_but_not_shown() {
    let server = with_free_ports(|| Server::try_at(free_port(), &["--requirepass", "the-right-one"]));
    let url = format!("redis://default:wrong-secret@127.0.0.1:{}", server.port);

    let error = begin(&url, "test:").bus().publish(&room("lobby"), &numbered(1)).await.unwrap_err();

    let told = told(&error);
    assert!(told.contains("redis refuses the user or the password"), "{told}");
    assert!(!told.contains("secret") && !format!("{error:?}").contains("secret"), "{told} {error:?}");
}

#[tokio::test]
async fn what_redis_forgets_must_be_announced_again() {
    let server = Server::start();
    let presence = connect(&server.url(), "test:").await.presence();
    let node = NodeId::from_random(1);
    presence.announce(&node, &Roster::default()).await.unwrap();
    assert!(presence.renew(&node).await.unwrap());

    ask::<()>(&server.client().await, "FLUSHALL").await;

    assert!(!presence.renew(&node).await.unwrap());
    assert!(presence.nodes().await.unwrap().is_empty());
    presence.announce(&node, &Roster::default()).await.unwrap();
    assert!(presence.renew(&node).await.unwrap());
    assert!(presence.nodes().await.unwrap().contains(&node));
}

#[tokio::test]
async fn connections_end_with_the_last_handle() {
    let server = Server::start();
    let client = server.client().await;
    let redis = connect(&server.url(), "test:").await;
    let mut hearing = redis.bus().subscribe(&room("lobby")).await.unwrap();
    assert_eq!(n_connections(&client).await, 3);

    drop(redis);

    assert_eq!(next(&mut hearing).await, None);
    let until_ended = async { while n_connections(&client).await > 1 {} };
    timeout(SOON, until_ended).await.expect("the connections end");
}

/// Presence answers, and what is told is heard.
async fn check_works(redis: &Redis) {
    let mut hearing = redis.bus().subscribe(&room("lobby")).await.unwrap();
    check_heard(redis, &room("lobby"), &mut hearing).await;
    redis.presence().nodes().await.unwrap();
}

async fn n_subscribed(client: &fred::clients::Client, channel: &str) -> u64 {
    let (_, n): (String, u64) = ask(client, &format!("PUBSUB NUMSUB {channel}")).await;
    n
}

async fn n_connections(client: &fred::clients::Client) -> usize {
    ask::<String>(client, "CLIENT LIST").await.lines().count()
}

/// An error with all its causes.
fn told(error: &Unavailable) -> String {
    let causes = successors(Some(error as &dyn Error), |error: &&dyn Error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
