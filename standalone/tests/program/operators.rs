//! Commands beside a running server, and how soon those notice who are connected.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use backend::{Backend, Config};
use bench::{
    crowd::{self, Member},
    peer::Peer,
};
use chat::ports::{Bus as _, Channel, Draft, Erasures as _, Event, GROUP_MAX, Legacy, RoomLog as _};
use protocol::{
    ClientMessage, Ending, MemberId, MessageText, Nonce, RequestId, RoomId, Sequence, ServerMessage,
    close::CloseCode,
};

use crate::server::{get, member, run, serve};

/// An open connection feels a command within this time.
const FELT_WITHIN: Duration = Duration::from_secs(1);

#[tokio::test]
async fn who_is_banned_is_out_at_once_until_they_are_let_in_again() {
    let data = tempfile::tempdir().unwrap();
    let server = serve(data.path());
    let banned = member(data.path()).await;
    let mut peer = Peer::connect(server.addr, &banned).await.unwrap();
    welcome(&mut peer).await;
    let name = banned.person.name.as_str();

    let said = done(data.path(), &["member", "ban", name]);
    let began = Instant::now();

    assert!(said.contains(&format!("{name} is shut out.")), "{said}");
    assert_eq!(closed(&mut peer).await, CloseCode::SESSION_ENDED);
    assert!(began.elapsed() < FELT_WITHIN, "{:?}", began.elapsed());
    assert!(Peer::connect(server.addr, &banned).await.is_err());
    assert!(signs_in(data.path(), &banned).await.is_none());

    assert!(done(data.path(), &["member", "unban", name]).contains("can sign in again"));
    let again = signs_in(data.path(), &banned).await.unwrap();
    let mut peer = Peer::connect(server.addr, &again).await.unwrap();
    let rooms = welcome(&mut peer).await;
    assert!(rooms.contains(&general()), "they are in their rooms as before: {rooms:?}");
}

#[tokio::test]
async fn a_room_that_is_deleted_is_gone_at_once_and_its_texts_with_it() {
    let data = tempfile::tempdir().unwrap();
    let mut server = serve(data.path());
    let mut peer = Peer::connect(server.addr, &member(data.path()).await).await.unwrap();
    welcome(&mut peer).await;
    let text = "The-cellar-key-lies-under-the-stone";
    say(&mut peer, text).await;
    assert!(is_in_a_file(data.path(), text));

    done(data.path(), &["room", "delete", "general"]);
    let began = Instant::now();

    let left = peer.hear_until(|message| match message {
        ServerMessage::Left { room, why, .. } => Some((room, why)),
        _ => None,
    });
    assert_eq!(left.await.unwrap(), (general(), Ending::Deleted));
    assert!(began.elapsed() < FELT_WITHIN, "{:?}", began.elapsed());
    assert!(get(&server, "/r/general").starts_with("HTTP/1.1 404"));
    let again = run(data.path(), &["room", "delete", "general"]);
    assert!(String::from_utf8(again.stderr).unwrap().contains("room `general` does not exist"));

    // The server erases by and by; one that is stopped in between goes on at its next start.
    erased(data.path()).await;
    Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap();
    server.child.wait().unwrap();
    assert!(!is_in_a_file(data.path(), text));
}

#[tokio::test]
async fn what_a_killed_server_was_erasing_the_next_one_erases() {
    let data = tempfile::tempdir().unwrap();
    let mut server = serve(data.path());
    let gone = member(data.path()).await.person.id;
    let backend = Backend::connect_beside(&Config::in_folder(data.path())).await.unwrap();
    write_many(&backend, &gone).await;

    backend.erasures.delete_member(&gone, Legacy::Goes, crowd::now()).await.unwrap();
    backend.bus.publish(&Channel::Members, &Event::MemberDeleted { member: gone }).await.unwrap();
    while backend.log.heads(&general()).await.unwrap().changes < Sequence(100) {
        tokio::task::yield_now().await;
    }
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    assert!(n_texts(&backend).await > 0, "it was killed in the middle");

    let _next = serve(data.path());
    erased(data.path()).await;

    assert_eq!(n_texts(&backend).await, 0);
}

#[tokio::test]
async fn the_first_rooms_get_an_admin_by_command() {
    let data = tempfile::tempdir().unwrap();
    let server = serve(data.path());
    let ada = member(data.path()).await;
    let mut peer = Peer::connect(server.addr, &ada).await.unwrap();
    welcome(&mut peer).await;

    done(data.path(), &["room", "admin", "general", ada.person.name.as_str()]);

    let is_admin = peer.hear_until(|message| match message {
        ServerMessage::RoleChanged { admin, .. } => Some(admin),
        _ => None,
    });
    assert!(is_admin.await.unwrap());
    let ended = run(data.path(), &["room", "admin", "help", ada.person.name.as_str()]);
    assert!(String::from_utf8(ended.stderr).unwrap().contains("is not in room `help`"));
}

#[test]
fn an_account_is_made_by_command_where_nobody_may_sign_up() {
    let data = tempfile::tempdir().unwrap();

    let link = done(data.path(), &["member", "add", "Zoë"]);
    let again = run(data.path(), &["member", "add", "zoë"]);

    assert!(link.starts_with("http://127.0.0.1:"), "{link}");
    assert!(link.contains("/reset?name=Zo%C3%AB&code="), "{link}");
    assert!(String::from_utf8(again.stderr).unwrap().contains("somebody is called `zoë` already"));
}

#[test]
fn nobody_is_banned_by_a_name_that_nobody_has() {
    let data = tempfile::tempdir().unwrap();

    for command in [["member", "ban", "Nobody"], ["member", "unban", "Nobody"]] {
        let ended = run(data.path(), &command);

        assert!(!ended.status.success());
        assert!(String::from_utf8(ended.stderr).unwrap().contains("nobody is called `Nobody`"));
    }
}

/// Does a command, and gives what it said.
fn done(data: &Path, command: &[&str]) -> String {
    let ended = run(data, command);
    assert!(ended.status.success(), "{ended:?}");
    String::from_utf8(ended.stdout).unwrap()
}

async fn signs_in(data: &Path, who: &Member) -> Option<Member> {
    let backend = crowd::open(data).await.unwrap();
    let token = chat::session::SessionToken::from_random([9; 32]);
    let sessions = &backend.sessions;
    let begun = chat::accounts::begin_session(sessions, &who.person.id, &token, "a test", crowd::now()).await;
    begun.ok().map(|()| Member { token, ..who.clone() })
}

async fn welcome(peer: &mut Peer) -> Vec<RoomId> {
    let welcome = peer.hear_until(|message| match message {
        ServerMessage::Welcome { rooms, .. } => Some(rooms.into_iter().map(|room| room.info.id).collect()),
        _ => None,
    });
    welcome.await.unwrap()
}

async fn closed(peer: &mut Peer) -> CloseCode {
    loop {
        if let Err(code) = peer.hear().await {
            return code;
        }
    }
}

async fn say(peer: &mut Peer, text: &str) {
    let request = RequestId(1);
    peer.say(&ClientMessage::Open { request, room: general(), have: None }).await.unwrap();
    let (nonce, text) = (Nonce::parse("n1").unwrap(), MessageText::parse(text).unwrap());
    let draft = ClientMessage::Send { room: general(), nonce, since: Sequence::ZERO, text };
    peer.say(&draft).await.unwrap();
    let sent = peer.hear_until(|message| matches!(message, ServerMessage::Sent { .. }).then_some(()));
    sent.await.unwrap();
}

/// Somebody writes some thousand messages.
async fn write_many(backend: &Backend, author: &MemberId) {
    let mut head = Sequence::ZERO;
    while head < Sequence(3_000) {
        let drafts: Vec<Draft> = (0..GROUP_MAX).map(|n| draft(author, head.0 + n as u64)).collect();
        let written = backend.log.append(&general(), head, crowd::now(), &drafts).await.unwrap();
        head = written.last().unwrap().sequence;
    }
}

fn draft(author: &MemberId, n: u64) -> Draft {
    let (nonce, text) = (Nonce::parse(&format!("n{n}")).unwrap(), MessageText::parse("words").unwrap());
    Draft { author: author.clone(), nonce, text }
}

/// How many messages of the room still say something.
async fn n_texts(backend: &Backend) -> usize {
    let messages = backend.log.read(&general(), Sequence(1), 10_000).await.unwrap();
    messages.iter().filter(|message| message.text.is_some()).count()
}

/// Waits until nothing is left to be erased.
async fn erased(data: &Path) {
    let backend = crowd::open(data).await.unwrap();
    let began = Instant::now();
    while backend.erasures.pending().await.unwrap().is_some() {
        assert!(began.elapsed() < Duration::from_secs(30), "it takes too long");
        tokio::task::yield_now().await;
    }
}

/// Whether any file of a server's data has a text.
fn is_in_a_file(data: &Path, text: &str) -> bool {
    let mut files = fs::read_dir(data).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    files.any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

fn general() -> RoomId {
    RoomId::parse("general").unwrap()
}
