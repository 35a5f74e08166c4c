//! The user of an installation in AWS may do what the adapter asks for, and no more than is its own.

use std::{fs, time::Duration};

use backend_aws::Redis;
use chat::{
    ports::{Bus as _, Channel, NodeId, Presence as _, Rates as _, Roster, Typist},
    rate::Rate,
};
use fred::clients::Client;
use futures::future::join_all;
use protocol::{MemberId, MemberName, Person, RoomId, Sequence};
use tokio::time::timeout;

use crate::{
    cluster::Cluster,
    engine::{SOON, Server, ask, check_heard, connect, numbered, room},
};

#[tokio::test]
async fn in_a_cluster_it_may_do_what_is_asked() {
    let cluster = Cluster::start().await;
    join_all(cluster.clients.iter().map(admit)).await;

    let redis = connect(&url(&cluster.nodes[0]), "hubbub:").await;

    check_all(&redis).await;
    for client in &cluster.clients {
        until_none(client, "PUBSUB SHARDCHANNELS").await;
    }
}

#[tokio::test]
async fn alone_it_may_do_what_is_asked() {
    let server = Server::start();
    let client = server.client().await;
    admit(&client).await;

    let redis = connect(&url(&server), "hubbub:").await;

    check_all(&redis).await;
    until_none(&client, "PUBSUB CHANNELS").await;
}

#[tokio::test]
async fn of_another_installation_it_may_do_nothing() {
    let server = Server::start();
    admit(&server.client().await).await;

    let redis = connect(&url(&server), "hubbub-beta:").await;

    redis.bus().publish(&Channel::Members, &numbered(1)).await.unwrap_err();
    redis.presence().nodes().await.unwrap_err();
    redis.rates().take("ada", rate()).await.unwrap_err();
}

/// All that programs ask for.
async fn check_all(redis: &Redis) {
    let (presence, node, lobby) = (redis.presence(), NodeId::from_random(1), RoomId::parse("lobby").unwrap());
    let ada =
        Person { id: MemberId::parse("ada").unwrap(), name: MemberName::parse("Ada").unwrap(), guest: false };
    for channel in [Channel::Members, room("lobby"), room("garden"), room("attic")] {
        let mut hearing = redis.bus().subscribe(&channel).await.unwrap();
        check_heard(redis, &channel, &mut hearing).await;
    }
    presence.announce(&node, &Roster::default()).await.unwrap();
    assert!(presence.renew(&node).await.unwrap());
    assert!(presence.rosters().await.unwrap().contains_key(&node));
    let typist = Typist { person: ada, head: Sequence(7) };
    presence.typed(&lobby, &typist).await.unwrap();
    assert_eq!(presence.typing(&lobby).await.unwrap()[0].0, typist);
    presence.withdraw(&node).await.unwrap();
    assert!(presence.nodes().await.unwrap().is_empty());
    assert_eq!(redis.rates().take("ada", rate()).await.unwrap(), Ok(()));
    assert!(redis.rates().take("ada", rate()).await.unwrap().unwrap_err() > Duration::ZERO);
}

fn rate() -> Rate {
    Rate { burst: 1, per_second: 0.01 }
}

/// Makes the template's user, as the template has it.
async fn admit(client: &Client) {
    ask::<()>(client, &format!("ACL SETUSER hubbub >password {}", access_string())).await;
}

fn url(server: &Server) -> String {
    format!("redis://hubbub:password@127.0.0.1:{}", server.port)
}

/// What the template says that its user may do, where the prefix is `hubbub`.
fn access_string() -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/engines.yaml");
    let template = fs::read_to_string(file).unwrap();
    let (_, user) = template.split_once("\n  BusUser:\n").expect("there is a user");
    let (_, told) = user.split_once("AccessString: !Sub >-\n").expect("it may do something");
    let (told, _) = told.split_once("\n      AuthenticationMode:").expect("it has a password");
    let words: Vec<_> = told.split_whitespace().collect();
    assert!(words.starts_with(&["on"]), "{told}");
    words.join(" ").replace("${Prefix}", "hubbub")
}

/// Waits until nothing is listed.
async fn until_none(client: &Client, list: &str) {
    let until = async { while !ask::<Vec<String>>(client, list).await.is_empty() {} };
    timeout(SOON, until).await.expect("what is heard no longer is left");
}
