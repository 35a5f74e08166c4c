//! The ports' specification: one suite per port, which every adapter passes against its real engine.
//!
//! An adapter's crate calls each suite's macro with an expression that makes what the suite needs. The engine need not
//! be empty, but for [`erasures`]: every behaviour names its rooms, members and nodes anew.

#![expect(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::unwrap_used,
    reason = "these are tests, stamped out in other crates: a behaviour's name is what it says"
)]

pub mod room_log;
pub mod room_log_changes;
pub mod room_log_rights;

pub mod room_ends;

pub mod members;
pub mod sessions;

pub mod rooms;

pub mod memberships;
pub mod roles;

pub mod endings;

pub mod invites;
pub mod records;

pub mod erasures;
pub mod former_members;

pub mod erasing;

pub mod reopened;

pub mod message_index;

pub mod bus;
pub mod presence;
pub mod rates;

use std::{
    collections::{BTreeSet, hash_map::RandomState},
    hash::{BuildHasher, Hasher},
};

use protocol::{
    MemberId, MemberName, MessageText, Nonce, Person, RoomId, RoomInfo, RoomName, Sequence, Timestamp, Topic,
};

use crate::{
    invite::InviteToken,
    ports::{
        Deed, Draft, Erasures, Invite, Invites, Members, Memberships, Records, RoomLog, Rooms, Sessions,
        Start,
    },
};

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

/// Every store of an adapter, over one engine.
pub trait Stores {
    type Log: RoomLog;
    type Rooms: Rooms;
    type Members: Members;
    type Sessions: Sessions;
    type Memberships: Memberships;
    type Invites: Invites;
    type Records: Records;
    type Erasures: Erasures;

    fn log(&self) -> &Self::Log;
    fn rooms(&self) -> &Self::Rooms;
    fn members(&self) -> &Self::Members;
    fn sessions(&self) -> &Self::Sessions;
    fn memberships(&self) -> &Self::Memberships;
    fn invites(&self) -> &Self::Invites;
    fn records(&self) -> &Self::Records;
    fn erasures(&self) -> &Self::Erasures;
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
    RoomInfo { id, name: room_name("Lobby"), topic: topic("Talk"), private: false }
}

fn room_name(text: &str) -> RoomName {
    RoomName::parse(text).unwrap()
}

fn topic(text: &str) -> Topic {
    Topic::parse(text).unwrap()
}

/// A room with nobody in it.
async fn fresh_room(stores: &impl Stores) -> RoomId {
    let room = room_at(unique_room());
    stores.rooms().create(&room, NOW).await.unwrap();
    room.id
}

/// A room and its founder, who is the only one in it.
async fn founded_room(stores: &impl Stores) -> (RoomId, MemberId) {
    let (room, founder) = (room_at(unique_room()), unique_member());
    stores.rooms().create_by(&room, &founder, &start_at(0)).await.unwrap();
    (room.id, founder)
}

/// Somebody who comes into a room by themselves, with nothing unread.
async fn newcomer(stores: &impl Stores, room: &RoomId) -> MemberId {
    let member = unique_member();
    enter(stores, room, &member).await;
    member
}

async fn enter(stores: &impl Stores, room: &RoomId, member: &MemberId) {
    let head = stores.log().heads(room).await.unwrap().messages;
    stores.memberships().join(room, member, &start_at(head.0)).await.unwrap();
}

/// Who is in a room.
async fn names(stores: &impl Stores, room: &RoomId) -> BTreeSet<MemberId> {
    let (_, memberships) = stores.memberships().of_room(room, 1000).await.unwrap();
    memberships.into_iter().map(|membership| membership.member).collect()
}

/// They come by themselves, and may be in as many rooms as they like.
fn start_at(head: u64) -> Start {
    Start { at: NOW, head: Sequence(head), rooms_max: 200, added_by: None }
}

/// An invitation that nobody has kept yet.
fn invite_to(room: &RoomId, by: &MemberId) -> Invite {
    let random = u128::from(unique()) << 64 | u128::from(unique());
    Invite {
        key: InviteToken::from_random(random.to_be_bytes()).key(),
        room: room.clone(),
        by: by.clone(),
        created: NOW,
        expires: Timestamp(NOW.0 + 60_000),
        uses: 0,
        uses_max: 100,
    }
}

async fn fresh_invite(stores: &impl Stores, room: &RoomId, by: &MemberId) -> Invite {
    let invite = invite_to(room, by);
    stores.invites().create(&invite, 50).await.unwrap();
    invite
}

fn deed(by: &MemberId) -> Deed {
    Deed::of(by, NOW)
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
