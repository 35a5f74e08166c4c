//! The rooms of a simulation, and who is in them.

use backend::Backend;
use chat::{
    accounts,
    ports::{Deed, Memberships as _, Role, Rooms as _, Start},
    session::SessionToken,
};
use protocol::{MemberName, Person, RoomId, RoomInfo, RoomName, Sequence, Timestamp, Topic, limits};

use crate::crowd::Member;

/// The rooms that everybody is in at first. The last is private.
const ROOMS: [&str; 4] = ["general", "help", "random", "plans"];

/// The rooms that everybody is in at first, of which the last is private.
pub fn rooms() -> [RoomId; ROOMS.len()] {
    ROOMS.map(|room| RoomId::parse(room).expect("a valid address"))
}

/// The one that is private.
pub fn private_room() -> RoomId {
    let [.., last] = rooms();
    last
}

/// Makes a member of all rooms, signed in. The first one, of number 0, makes the private room and looks after all of them.
///
/// # Errors
/// When the store refuses.
pub async fn member(backend: &Backend, n: u8, now: Timestamp) -> anyhow::Result<Member> {
    let name = MemberName::parse(&format!("Member {n}"))?;
    let person = Person { id: accounts::member_id([n; 16]), name, guest: true };
    let Backend { members, memberships, log, sessions, .. } = backend;
    accounts::admit(members, memberships, log, (&person, None), now).await?;
    let start = Start { at: now, head: Sequence::ZERO, rooms_max: limits::ROOMS_PER_MEMBER, added_by: None };
    if n == 0 {
        let (name, topic) = (RoomName::parse("Plans")?, Topic::parse("")?);
        let plans = RoomInfo { id: private_room(), name, topic, private: true };
        backend.rooms.create_by(&plans, &person.id, &start).await?;
    }
    for room in rooms() {
        memberships.join(&room, &person.id, &start).await?;
        if n == 0 {
            memberships.set_role(&room, &person.id, Role::Admin, &Deed::of(&person.id, now)).await?;
        }
    }
    let token = SessionToken::from_random([n; 32]);
    accounts::begin_session(sessions, &person.id, &token, "simulation", now).await?;
    Ok(Member { person, token })
}
