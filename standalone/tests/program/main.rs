//! The program as somebody starts it.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod operators;
mod server;

use std::process::Command;

use futures::StreamExt as _;
use tokio_tungstenite::tungstenite::Message as Frame;

use bench::{
    crowd::Member,
    peer::{self, Peer},
};
use protocol::{
    ClientMessage, MessageText, Nonce, Refusal, RoomId, Sequence, ServerMessage, close::CloseCode,
};

use self::server::{get, hubbub, member, run, serve};

#[test]
fn a_seeded_room_is_served_and_a_signal_ends_the_server() {
    let data = tempfile::tempdir().unwrap();
    let seeded = run(data.path(), &["seed", "--messages", "120"]);
    assert!(seeded.status.success(), "{seeded:?}");

    let mut server = serve(data.path());

    assert!(get(&server, "/healthz").starts_with("HTTP/1.1 200"));
    let page = get(&server, "/r/general");
    assert!(page.contains("id=\"m120\""), "{page}");
    let killed = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert!(server.child.wait().unwrap().success());
}

#[tokio::test]
async fn a_signal_asks_open_sockets_to_come_back() {
    let data = tempfile::tempdir().unwrap();
    let mut server = serve(data.path());
    let Member { token, .. } = member(data.path()).await;
    let stream = tokio::net::TcpStream::connect(server.addr).await.unwrap();
    let handshake = peer::handshake(server.addr, &token);
    let (mut socket, _) = tokio_tungstenite::client_async(handshake, stream).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_text(), "the welcome");

    let killed = Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();

    assert!(killed.success());
    let code = loop {
        if let Frame::Close(close) = socket.next().await.unwrap().unwrap() {
            break close.map(|close| u16::from(close.code));
        }
    };
    assert_eq!(code, Some(CloseCode::RESTART.0));
    drop(socket);
    assert!(server.child.wait().unwrap().success());
}

#[tokio::test]
async fn while_another_process_holds_the_database_a_sender_hears_it_and_nothing_is_lost() {
    let data = tempfile::tempdir().unwrap();
    let server = serve(data.path());
    let mut peer = Peer::connect(server.addr, &member(data.path()).await).await.unwrap();
    let other = rusqlite::Connection::open(data.path().join("hubbub.db")).unwrap();

    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = send(&mut peer).await;
    let meanwhile = get(&server, "/healthz");
    other.execute_batch("ROLLBACK").unwrap();
    let taken = send(&mut peer).await;

    assert!(matches!(&refused, ServerMessage::NotSent { refusal: Refusal::Unavailable, .. }), "{refused:?}");
    assert!(meanwhile.starts_with("HTTP/1.1 200"), "{meanwhile}");
    assert!(matches!(&taken, ServerMessage::Sent { sequence: Sequence(1), .. }), "{taken:?}");
    let page = get(&server, "/r/general");
    assert!(page.contains("id=\"m1\"") && !page.contains("id=\"m2\""), "{page}");
}

/// Sends one and the same draft, and gives what became of it.
async fn send(peer: &mut Peer) -> ServerMessage {
    let draft = ClientMessage::Send {
        room: RoomId::parse("general").unwrap(),
        nonce: Nonce::parse("n1").unwrap(),
        since: Sequence::ZERO,
        text: MessageText::parse("Does it hold?").unwrap(),
    };
    peer.say(&draft).await.unwrap();
    loop {
        let heard = peer.hear().await.unwrap();
        if matches!(heard, ServerMessage::Sent { .. } | ServerMessage::NotSent { .. }) {
            return heard;
        }
    }
}

#[test]
fn a_bad_setting_stops_the_start() {
    let data = tempfile::tempdir().unwrap();

    let ended =
        hubbub(data.path(), &[]).env("HUBBUB_VISITORS", "maybe").env("HUBBUB_LOG_FORMAT", "xml").output();

    let ended = ended.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(!ended.status.success());
    assert!(said.contains("HUBBUB_VISITORS is `maybe`, expected `on` or `off`"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("HUBBUB_LOG_FORMAT is `xml`, expected `text` or `json`"), "{said}");
}

#[test]
fn nobody_gets_a_link_for_nobody() {
    let data = tempfile::tempdir().unwrap();

    let ended = run(data.path(), &["member", "reset", "Nobody"]);

    assert!(!ended.status.success());
    assert!(String::from_utf8(ended.stderr).unwrap().contains("nobody is called `Nobody`"));
}

#[test]
fn help_tells_the_settings() {
    let data = tempfile::tempdir().unwrap();

    let help = String::from_utf8(run(data.path(), &["--help"]).stdout).unwrap();

    for name in ["HUBBUB_ADDR", "HUBBUB_DATA", "HUBBUB_ORIGIN", "HUBBUB_SENDS", "HUBBUB_SIGN_INS"] {
        assert!(help.contains(name), "{name} is not in {help}");
    }
}

#[test]
fn the_readme_names_every_setting() {
    let data = tempfile::tempdir().unwrap();
    let readme = include_str!("../../../README.md");

    let help = String::from_utf8(run(data.path(), &["--help"]).stdout).unwrap();

    let words = help.split_whitespace().map(|word| word.trim_end_matches([',', '.']));
    let settings = words.filter(|word| word.starts_with("HUBBUB_"));
    let missing: Vec<_> = settings.filter(|name| !readme.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
