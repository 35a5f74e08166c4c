//! Every frame as one line of JSON, and the schema of all: what is here is what other programs build on, so changing
//! it is a decision.

use std::{fs, path::Path};

use crate::{
    Anchor, ClientMessage, Ending, Heads, Here, MemberId, MemberName, Message, MessageText, Nonce, Page,
    Person, Refusal, RequestId, RoomId, RoomInfo, RoomName, RoomState, Sequence, ServerMessage, Timestamp,
    Topic, wire,
};

#[test]
fn client_frames_are_as_they_were() {
    let room = room_id();
    check(
        &ClientMessage::Open { request: RequestId(1), room: room.clone(), have: Some(heads()) },
        r#"{"type":"open","request":1,"room":"general","have":{"messages":41,"changes":7}}"#,
    );
    check(&ClientMessage::Close { room: room.clone() }, r#"{"type":"close","room":"general"}"#);
    check(
        &ClientMessage::Page {
            request: RequestId(2),
            room: room.clone(),
            anchor: Anchor::Before(Sequence(41)),
            limit: 50,
        },
        r#"{"type":"page","request":2,"room":"general","anchor":{"before":41},"limit":50}"#,
    );
    check(
        &ClientMessage::Page { request: RequestId(2), room: room.clone(), anchor: Anchor::End, limit: 50 },
        r#"{"type":"page","request":2,"room":"general","anchor":"end","limit":50}"#,
    );
    check(
        &ClientMessage::Send { room: room.clone(), nonce: nonce(), since: Sequence(41), text: text() },
        r#"{"type":"send","room":"general","nonce":"n1","since":41,"text":"hi"}"#,
    );
    let (request, sequence, seen) = (RequestId(7), Sequence(41), Sequence(7));
    check(
        &ClientMessage::Edit { request, room: room.clone(), sequence, seen, nonce: nonce(), text: text() },
        r#"{"type":"edit","request":7,"room":"general","sequence":41,"seen":7,"nonce":"n1","text":"hi"}"#,
    );
    check(
        &ClientMessage::Delete { request, room: room.clone(), sequence, nonce: nonce() },
        r#"{"type":"delete","request":7,"room":"general","sequence":41,"nonce":"n1"}"#,
    );
    check(
        &ClientMessage::Read { room: room.clone(), upto: Sequence(41) },
        r#"{"type":"read","room":"general","upto":41}"#,
    );
    check(&ClientMessage::Typing { room: room.clone() }, r#"{"type":"typing","room":"general"}"#);
    check(
        &ClientMessage::Join { request: RequestId(3), room: room.clone() },
        r#"{"type":"join","request":3,"room":"general"}"#,
    );
    check(
        &ClientMessage::Leave { request: RequestId(4), room: room.clone() },
        r#"{"type":"leave","request":4,"room":"general"}"#,
    );
    check(
        &ClientMessage::CreateRoom {
            request: RequestId(5),
            name: info().name,
            topic: info().topic,
            private: false,
        },
        r#"{"type":"create_room","request":5,"name":"General","topic":"Anything"}"#,
    );
    check(
        &ClientMessage::CreateRoom {
            request: RequestId(5),
            name: info().name,
            topic: info().topic,
            private: true,
        },
        r#"{"type":"create_room","request":5,"name":"General","topic":"Anything","private":true}"#,
    );
    check(
        &ClientMessage::Browse { request: RequestId(6), after: Some(room) },
        r#"{"type":"browse","request":6,"after":"general"}"#,
    );
    check(&ClientMessage::Hidden, r#"{"type":"hidden"}"#);
    check(&ClientMessage::Heads, r#"{"type":"heads"}"#);
}

#[test]
fn server_frames_are_as_they_were() {
    let room = room_id();
    check(
        &ServerMessage::Welcome {
            me: ada(),
            rooms: vec![state()],
            now: Timestamp(5),
            build: "b1".to_owned(),
        },
        r#"{"type":"welcome","me":{"id":"m1","name":"Ada"},"rooms":[{"info":{"id":"general","name":"General","topic":"Anything"},"heads":{"messages":41,"changes":7},"read":40}],"now":5,"build":"b1"}"#,
    );
    check(
        &ServerMessage::Opened {
            request: RequestId(1),
            state: state(),
            page: page(),
            after: Sequence(7),
            changed: Vec::new(),
            here: Here { n_here: 1, n_members: 2, here: vec![ada()], away: vec![bo()] },
            typing: vec![bo()],
        },
        r#"{"type":"opened","request":1,"state":{"info":{"id":"general","name":"General","topic":"Anything"},"heads":{"messages":41,"changes":7},"read":40},"page":{"room":"general","messages":[{"sequence":41,"author":"m1","nonce":"n1","at":5,"text":"hi"}],"people":[{"id":"m1","name":"Ada"}],"heads":{"messages":41,"changes":7}},"after":7,"changed":[],"here":{"n_here":1,"n_members":2,"here":[{"id":"m1","name":"Ada"}],"away":[{"id":"m2","name":"Bo","guest":true}]},"typing":[{"id":"m2","name":"Bo","guest":true}]}"#,
    );
    check(
        &ServerMessage::Page { request: RequestId(2), page: Page { messages: vec![deleted()], ..page() } },
        r#"{"type":"page","request":2,"page":{"room":"general","messages":[{"sequence":41,"author":"m1","nonce":"n1","at":5,"revision":7,"revised":6}],"people":[{"id":"m1","name":"Ada"}],"heads":{"messages":41,"changes":7}}}"#,
    );
    check(
        &ServerMessage::Messages { page: page() },
        r#"{"type":"messages","page":{"room":"general","messages":[{"sequence":41,"author":"m1","nonce":"n1","at":5,"text":"hi"}],"people":[{"id":"m1","name":"Ada"}],"heads":{"messages":41,"changes":7}}}"#,
    );
    check(
        &ServerMessage::Opened {
            request: RequestId(1),
            state: state(),
            page: page(),
            after: Sequence(6),
            changed: vec![deleted()],
            here: Here::default(),
            typing: Vec::new(),
        },
        r#"{"type":"opened","request":1,"state":{"info":{"id":"general","name":"General","topic":"Anything"},"heads":{"messages":41,"changes":7},"read":40},"page":{"room":"general","messages":[{"sequence":41,"author":"m1","nonce":"n1","at":5,"text":"hi"}],"people":[{"id":"m1","name":"Ada"}],"heads":{"messages":41,"changes":7}},"after":6,"changed":[{"sequence":41,"author":"m1","nonce":"n1","at":5,"revision":7,"revised":6}],"here":{"n_here":0,"n_members":0,"here":[],"away":[]},"typing":[]}"#,
    );
    check(
        &ServerMessage::Changed {
            room: room.clone(),
            after: Sequence(6),
            changed: vec![deleted()],
            lost: Vec::new(),
            upto: Sequence(7),
        },
        r#"{"type":"changed","room":"general","after":6,"changed":[{"sequence":41,"author":"m1","nonce":"n1","at":5,"revision":7,"revised":6}],"upto":7}"#,
    );
    check(
        &ServerMessage::Changed {
            room: room.clone(),
            after: Sequence(7),
            changed: Vec::new(),
            lost: vec![bo().id],
            upto: Sequence(8),
        },
        r#"{"type":"changed","room":"general","after":7,"changed":[],"lost":["m2"],"upto":8}"#,
    );
    check(
        &ServerMessage::Revised { request: RequestId(7), room: room.clone(), sequence: Sequence(41) },
        r#"{"type":"revised","request":7,"room":"general","sequence":41}"#,
    );
    check(
        &ServerMessage::Sent { room: room.clone(), nonce: nonce(), sequence: Sequence(41), at: Timestamp(5) },
        r#"{"type":"sent","room":"general","nonce":"n1","sequence":41,"at":5}"#,
    );
    check(
        &ServerMessage::NotSent {
            room: room.clone(),
            nonce: nonce(),
            refusal: Refusal::Stale { limit: 10_000 },
        },
        r#"{"type":"not_sent","room":"general","nonce":"n1","refusal":{"code":"stale","limit":10000}}"#,
    );
    check(
        &ServerMessage::Refused { request: Some(RequestId(3)), refusal: Refusal::Unavailable },
        r#"{"type":"refused","request":3,"refusal":{"code":"unavailable"}}"#,
    );
    check(
        &ServerMessage::Heads { heads: vec![(room.clone(), heads())], all: false },
        r#"{"type":"heads","heads":[["general",{"messages":41,"changes":7}]]}"#,
    );
    check(
        &ServerMessage::Heads { heads: Vec::new(), all: true },
        r#"{"type":"heads","heads":[],"all":true}"#,
    );
    check(
        &ServerMessage::Presence { room: room.clone(), came: vec![bo()], went: vec![ada().id], n_here: 1 },
        r#"{"type":"presence","room":"general","came":[{"id":"m2","name":"Bo","guest":true}],"went":["m1"],"n_here":1}"#,
    );
    check(
        &ServerMessage::Typing { room: room.clone(), person: ada() },
        r#"{"type":"typing","room":"general","person":{"id":"m1","name":"Ada"}}"#,
    );
}

#[test]
fn server_frames_about_ones_rooms_are_as_they_were() {
    let room = room_id();
    check(
        &ServerMessage::Joined { request: None, state: state() },
        r#"{"type":"joined","state":{"info":{"id":"general","name":"General","topic":"Anything"},"heads":{"messages":41,"changes":7},"read":40}}"#,
    );
    check(
        &ServerMessage::Joined {
            request: None,
            state: RoomState { info: RoomInfo { private: true, ..info() }, admin: true, ..state() },
        },
        r#"{"type":"joined","state":{"info":{"id":"general","name":"General","topic":"Anything","private":true},"heads":{"messages":41,"changes":7},"read":40,"admin":true}}"#,
    );
    check(
        &ServerMessage::Left { request: Some(RequestId(4)), room: room.clone(), why: Ending::Left },
        r#"{"type":"left","request":4,"room":"general","why":"left"}"#,
    );
    check(
        &ServerMessage::Left { request: None, room: room.clone(), why: Ending::Removed },
        r#"{"type":"left","room":"general","why":"removed"}"#,
    );
    check(
        &ServerMessage::RoomChanged { info: info() },
        r#"{"type":"room_changed","info":{"id":"general","name":"General","topic":"Anything"}}"#,
    );
    check(
        &ServerMessage::RoleChanged { room: room.clone(), admin: true },
        r#"{"type":"role_changed","room":"general","admin":true}"#,
    );
    check(&ServerMessage::Read { room, upto: Sequence(41) }, r#"{"type":"read","room":"general","upto":41}"#);
    check(
        &ServerMessage::Rooms { request: RequestId(6), listed: vec![info()], more: false },
        r#"{"type":"rooms","request":6,"listed":[{"id":"general","name":"General","topic":"Anything"}],"more":false}"#,
    );
    check(&ServerMessage::Resync, r#"{"type":"resync"}"#);
}

/// `schema.json` beside this crate's manifest. Remake it with `UPDATE_SCHEMA=1 cargo test -p protocol`.
#[test]
fn the_schema_of_all_frames_is_current() {
    let frames = schemars::schema_for!(Frames);
    let current = serde_json::to_string_pretty(&frames).unwrap() + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema.json");

    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &current).unwrap();
    }

    assert!(fs::read_to_string(&path).unwrap_or_default() == current, "schema.json is not that of the types");
}

/// All frames of the subprotocol `hubbub.v1.json`.
#[derive(schemars::JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct Frames {
    client: ClientMessage,
    server: ServerMessage,
}

#[track_caller]
fn check<T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug>(
    message: &T,
    json: &str,
) {
    assert_eq!(wire::encode(message), json);
    assert_eq!(&serde_json::from_str::<T>(json).unwrap(), message);
}

fn room_id() -> RoomId {
    RoomId::parse("general").unwrap()
}

fn nonce() -> Nonce {
    Nonce::parse("n1").unwrap()
}

fn text() -> MessageText {
    MessageText::parse("hi").unwrap()
}

fn heads() -> Heads {
    Heads { messages: Sequence(41), changes: Sequence(7) }
}

fn info() -> RoomInfo {
    RoomInfo {
        id: room_id(),
        name: RoomName::parse("General").unwrap(),
        topic: Topic::parse("Anything").unwrap(),
        private: false,
    }
}

fn state() -> RoomState {
    RoomState { info: info(), heads: heads(), read: Sequence(40), admin: false }
}

fn ada() -> Person {
    Person { id: MemberId::parse("m1").unwrap(), name: MemberName::parse("Ada").unwrap(), guest: false }
}

fn bo() -> Person {
    Person { id: MemberId::parse("m2").unwrap(), name: MemberName::parse("Bo").unwrap(), guest: true }
}

fn message() -> Message {
    Message {
        sequence: Sequence(41),
        author: ada().id,
        nonce: nonce(),
        at: Timestamp(5),
        text: Some(text()),
        revision: Sequence::ZERO,
        revised: None,
    }
}

fn deleted() -> Message {
    Message { text: None, revision: Sequence(7), revised: Some(Timestamp(6)), ..message() }
}

fn page() -> Page {
    Page { room: room_id(), messages: vec![message()], people: vec![ada()], heads: heads() }
}
