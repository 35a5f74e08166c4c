//! Who gets in.

use http::{Request, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Error;

use chat::session::SessionToken;

use crate::{
    client::{Client, handshake, soon},
    node::{Node, general},
    raw::Raw,
};

#[tokio::test]
async fn only_our_own_pages_get_in() {
    let node = Node::start().await;
    let member = node.member("Ada").await;

    for origin in [Some("https://evil.example"), Some("null"), None] {
        let mut request = handshake(node.addr, &member.token);
        request.headers_mut().remove("Origin");
        if let Some(origin) = origin {
            request.headers_mut().insert("Origin", origin.parse().unwrap());
        }
        assert_eq!(refused(&node, request).await, StatusCode::FORBIDDEN, "{origin:?}");
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_session() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let mut nobody = handshake(node.addr, &member.token);
    nobody.headers_mut().remove("Cookie");

    assert_eq!(refused(&node, nobody).await, StatusCode::UNAUTHORIZED);
    let unknown = handshake(node.addr, &SessionToken::from_random([99; 32]));
    assert_eq!(refused(&node, unknown).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_client_of_another_version_hears_that_it_is_one() {
    let node = Node::start().await;
    let member = node.member("Ada").await;
    let speaking = |protocol: &'static str| {
        let mut request = handshake(node.addr, &member.token);
        request.headers_mut().insert("Sec-WebSocket-Protocol", protocol.parse().unwrap());
        request
    };

    let mut old = Client::connect_with(node.addr, speaking("hubbub.v0.json")).await.unwrap();
    assert_eq!(old.closed().await, 4400);
    assert_eq!(refused(&node, speaking("soap")).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_address_has_so_many_connections_whatever_it_claims_to_be() {
    let node = Node::start_with(&[("HUBBUB_CONNECTIONS_PER_ADDRESS", "2")]).await;
    let member = node.member("Ada").await;
    let forged = |address: &str| {
        let mut request = handshake(node.addr, &member.token);
        request.headers_mut().insert("X-Forwarded-For", address.parse().unwrap());
        request
    };

    let mut first = Client::connect_with(node.addr, forged("192.0.2.1")).await.unwrap();
    let _second = Client::connect_with(node.addr, forged("192.0.2.2")).await.unwrap();

    assert_eq!(refused(&node, forged("192.0.2.3")).await, StatusCode::TOO_MANY_REQUESTS);
    first.welcome().await;
    first.send(&general(), "unharmed").await;
}

#[tokio::test]
async fn a_proxy_of_ours_is_believed() {
    let settings = [("HUBBUB_CONNECTIONS_PER_ADDRESS", "1"), ("HUBBUB_TRUSTED_HOPS", "1")];
    let node = Node::start_with(&settings).await;
    let member = node.member("Ada").await;
    let forwarded = |header: &str| {
        let mut request = handshake(node.addr, &member.token);
        request.headers_mut().insert("X-Forwarded-For", header.parse().unwrap());
        request
    };

    let _one = Client::connect_with(node.addr, forwarded("192.0.2.1")).await.unwrap();
    let _other = Client::connect_with(node.addr, forwarded("192.0.2.2")).await.unwrap();

    let same = forwarded("203.0.113.9, 192.0.2.1");
    assert_eq!(refused(&node, same).await, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_member_has_so_many_connections() {
    let node = Node::start_with(&[("HUBBUB_CONNECTIONS_PER_MEMBER", "1")]).await;
    let member = node.member("Ada").await;
    let first = member.connect().await;

    let mut second = Client::connect(node.addr, &member.token).await;
    assert_eq!(second.closed().await, 4429);

    drop(first);
    let mut other = node.client("Bo").await;
    other.send(&general(), "unharmed").await;
}

#[tokio::test]
async fn a_handshake_that_does_not_come_ends() {
    let node = Node::start().await;
    let mut raw = Raw::connect(node.addr).await;
    raw.write(b"GET /ws HTTP/1.1\r\nHost: x\r\n").await;

    tokio::time::pause();

    // It may be told why, then it is over.
    soon(raw.stream.read_to_end(&mut Vec::new())).await.unwrap();
}

#[tokio::test]
async fn who_does_not_ask_for_our_websocket_hears_what_to_ask_for() {
    let node = Node::start().await;
    let member = node.member("Ada").await;

    for (name, value) in [
        ("Upgrade", "h2c"),
        ("Connection", "keep-alive"),
        ("Sec-WebSocket-Version", "8"),
        ("Sec-WebSocket-Version", ""),
    ] {
        let mut request = handshake(node.addr, &member.token);
        request.headers_mut().insert(name, value.parse().unwrap());

        let answer = Raw::connect(node.addr).await.ask(&request).await.to_lowercase();

        assert!(answer.starts_with("http/1.1 426"), "{name}: {value} is answered {answer}");
        for told in ["connection: upgrade", "upgrade: websocket", "sec-websocket-version: 13"] {
            assert!(answer.contains(&format!("\r\n{told}\r\n")), "{name}: {value} is answered {answer}");
        }
    }
}

async fn refused(node: &Node, request: Request<()>) -> StatusCode {
    match Client::connect_with(node.addr, request).await.err() {
        Some(Error::Http(answer)) => answer.status(),
        other => panic!("expected an answer of HTTP, came {other:?}"),
    }
}

#[tokio::test]
async fn a_peer_has_so_many_plain_connections() {
    let node = Node::start_with(&[("HUBBUB_CONNECTIONS_PER_ADDRESS", "1")]).await;
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut raw = Raw::connect(node.addr).await;
        raw.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(raw.head().await.starts_with("HTTP/1.1 200"));
        open.push(raw);
    }

    let mut more = Raw::connect(node.addr).await;

    // Closed unread, or reset: it gets nothing either way, and may not even be able to ask.
    let _ = more.stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(soon(more.stream.read_to_end(&mut Vec::new())).await.unwrap_or(0), 0);
    let mut first = open.remove(0);
    first.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(soon(first.stream.read(&mut [0; 100])).await.unwrap() > 0);
}
