//! Who and what there is in the model.

use protocol::{MemberId, MemberName, MessageText, Nonce, Person, RoomId, RoomInfo, RoomName, Topic};

/// The rooms, which everybody is in.
const ROOMS: [&str; N_ROOMS] = ["general", "help"];
/// How many there are.
pub(crate) const N_ROOMS: usize = 2;

pub(crate) fn rooms() -> impl Iterator<Item = RoomId> {
    (0..N_ROOMS).map(room_id)
}

pub(crate) fn room_id(room: usize) -> RoomId {
    RoomId::parse(ROOMS[room]).unwrap()
}

pub(crate) fn index(room: &RoomId) -> usize {
    ROOMS.iter().position(|it| *it == room.as_str()).unwrap()
}

pub(crate) fn room_info(room: usize) -> RoomInfo {
    let (name, topic) = (RoomName::parse(ROOMS[room]).unwrap(), Topic::parse("").unwrap());
    RoomInfo { id: room_id(room), name, topic, private: false }
}

pub(crate) fn member(id: &str) -> MemberId {
    MemberId::parse(id).unwrap()
}

pub(crate) fn person(id: &MemberId) -> Person {
    Person { id: id.clone(), name: MemberName::parse(id.as_str()).unwrap(), guest: false }
}

pub(crate) fn nonce(text: &str) -> Nonce {
    Nonce::parse(text).unwrap()
}

pub(crate) fn text(text: &str) -> MessageText {
    MessageText::parse(text).unwrap()
}
