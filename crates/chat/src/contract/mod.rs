//! The ports' specification: one suite per port, which every adapter passes against its real engine.
//!
//! An adapter's crate calls each suite's macro with an expression that makes what the suite needs. The engine need not
//! be empty: every behaviour names its rooms, members and nodes anew.

#![expect(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "these are tests, stamped out in other crates: a behaviour's name is what it says"
)]

pub mod room_log;
pub mod room_log_changes;

pub mod members;
pub mod memberships;
pub mod rooms;
pub mod sessions;

pub mod reopened;

pub mod bus;
pub mod presence;

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

use protocol::{
    MemberId, MemberName, MessageText, Nonce, Person, RoomId, RoomInfo, RoomName, Timestamp, Topic,
};

use crate::ports::{Draft, Rooms};

/// Stamps one test per behaviour of a suite. What `$fresh` borrows lives as long as the behaviour; one that hangs has
/// failed.
#[macro_export]
macro_rules! stamp_contract {
    ($suite:ident, $fresh:expr; $($behaviour:ident),+ $(,)?) => {
        mod $suite {
            use super::*;

            $(
                #[tokio::test]
                async fn $behaviour() {
                    let limit = std::time::Duration::from_secs(60);
                    tokio::time::timeout(limit, $crate::contract::$suite::$behaviour($fresh))
                        .await
                        .expect("the behaviour ends");
                }
            )+
        }
    };
}

/// When it is in the suites: long after any clock that sweeps.
const NOW: Timestamp = Timestamp(4_000_000_000_000);

/// A number that no other behaviour has had: the standard library's keys are random and change with every call.
fn unique() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn unique_room() -> RoomId {
    RoomId::parse(&format!("r{:016x}", unique())).unwrap()
}

fn unique_member() -> MemberId {
    MemberId::parse(&format!("m{:016x}", unique())).unwrap()
}

fn unique_name() -> MemberName {
    MemberName::parse(&format!("Name {:016x}", unique())).unwrap()
}

fn unique_guest() -> Person {
    Person { id: unique_member(), name: unique_name(), guest: true }
}

fn unique_account() -> Person {
    Person { guest: false, ..unique_guest() }
}

fn room_at(id: RoomId) -> RoomInfo {
    RoomInfo { id, name: RoomName::parse("Lobby").unwrap(), topic: Topic::parse("Talk").unwrap() }
}

async fn fresh_room(rooms: &impl Rooms) -> RoomId {
    let room = room_at(unique_room());
    rooms.create(&room, NOW).await.unwrap();
    room.id
}

fn nonce(name: &str) -> Nonce {
    Nonce::parse(name).unwrap()
}

fn typed(text: &str) -> MessageText {
    MessageText::parse(text).unwrap()
}

/// A draft by `ada`, named and worded alike.
fn draft(name: &str) -> Draft {
    draft_by("ada", name)
}

fn draft_by(author: &str, name: &str) -> Draft {
    Draft { author: member(author), nonce: nonce(name), text: typed(name) }
}

fn member(id: &str) -> MemberId {
    MemberId::parse(id).unwrap()
}
