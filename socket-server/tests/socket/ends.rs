//! How connections end.

use tokio::io::AsyncReadExt as _;

use chat::ports::{Bus as _, Channel, Event, Sessions as _};

use crate::{
    client::{Client, soon},
    node::{Node, general},
    raw::{Raw, header},
};

#[tokio::test]
async fn who_stops_in_the_middle_of_a_frame_is_closed() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let mut raw = Raw::upgraded(node.addr, &member).await;
    raw.write(&header(0x81, 100)).await;

    tokio::time::pause();

    assert_eq!(raw.closed().await, 4001);
}

#[tokio::test]
async fn a_changed_password_closes_the_other_sessions() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let kept = node.session(&member.person).await;
    let mut here = Client::connect(node.addr, &kept).await;
    here.welcome().await;
    let mut there = member.connect().await;

    let ended = Event::SessionsEnded { member: member.person.id.clone(), kept: Some(kept.key()) };
    node.backend.bus.publish(&Channel::Members, &ended).await.unwrap();

    assert_eq!(there.closed().await, 4401);
    here.send(&general(), "still signed in").await;
}

#[tokio::test]
async fn an_ended_session_is_noticed_though_the_bus_lost_it() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let mut client = member.connect().await;
    node.backend.sessions.end(&member.token.key()).await.unwrap();

    tokio::time::pause();

    assert_eq!(client.closed().await, 4401);
}

#[tokio::test]
async fn a_node_that_stops_asks_everybody_to_come_back() {
    let node = Node::start().await;
    let addr = node.addr;
    let mut clients = [node.client("Ada").await, node.client("Bo").await];
    let waiting = Raw::connect(addr).await;

    let stopping = tokio::spawn(node.stop());

    for client in &mut clients {
        assert_eq!(client.closed().await, 1012);
    }
    drop(clients);
    soon(stopping).await.unwrap();
    let mut stream = waiting.stream;
    assert_eq!(soon(stream.read_to_end(&mut Vec::new())).await.unwrap_or(0), 0);
}
