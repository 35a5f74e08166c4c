//! The rooms that the member is in, and how much of each is unread.

use protocol::{Heads, RoomId, RoomInfo, RoomState, Sequence};

/// A room in the member's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// The room.
    pub info: RoomInfo,
    /// How far it is, as far as is known.
    pub heads: Heads,
    /// How far the member has read.
    pub read: Sequence,
    /// Whether the member looks after it.
    pub admin: bool,
}

impl Room {
    /// How many messages the member has not read.
    pub fn unread(&self) -> u64 {
        self.heads.messages.since(self.read)
    }
}

/// By name, so that the order never jumps about.
#[derive(Debug, Default)]
pub(crate) struct Rooms(Vec<Room>);

impl Rooms {
    pub(crate) fn all(&self) -> &[Room] {
        &self.0
    }

    pub(crate) fn get(&self, room: &RoomId) -> Option<&Room> {
        self.0.iter().find(|it| it.info.id == *room)
    }

    /// Takes the list as the server has it. Returns where the member has read further than the server knows: a cursor
    /// that was moved counts, even if the connection was lost before it was told.
    pub(crate) fn replace(&mut self, states: Vec<RoomState>) -> Vec<(RoomId, Sequence)> {
        let before = std::mem::take(&mut self.0);
        for state in states {
            self.put(state);
        }
        let read = before.into_iter().map(|room| (room.info.id, room.read));
        read.filter(|(room, upto)| self.read(room, *upto)).collect()
    }

    pub(crate) fn put(&mut self, state: RoomState) {
        let RoomState { info, heads, read, admin } = state;
        match self.0.iter_mut().find(|it| it.info.id == info.id) {
            Some(room) => {
                room.info = info;
                room.admin = admin;
                room.heads.messages = room.heads.messages.max(heads.messages);
                room.heads.changes = room.heads.changes.max(heads.changes);
                room.read = room.read.max(read);
            }
            None => self.0.push(Room { info, heads, read, admin }),
        }
        self.sort();
    }

    /// A room is called otherwise.
    pub(crate) fn describe(&mut self, info: RoomInfo) {
        if let Some(room) = self.get_mut(&info.id) {
            room.info = info;
            self.sort();
        }
    }

    /// The member looks after a room, or no longer.
    pub(crate) fn set_admin(&mut self, room: &RoomId, admin: bool) {
        if let Some(room) = self.get_mut(room) {
            room.admin = admin;
        }
    }

    pub(crate) fn remove(&mut self, room: &RoomId) {
        self.0.retain(|it| it.info.id != *room);
    }

    pub(crate) fn moved(&mut self, room: &RoomId, head: Sequence) {
        if let Some(room) = self.get_mut(room) {
            room.heads.messages = room.heads.messages.max(head);
        }
    }

    /// Moves a read cursor forward; whether it moved.
    pub(crate) fn read(&mut self, room: &RoomId, upto: Sequence) -> bool {
        match self.get_mut(room) {
            Some(room) if upto > room.read => {
                room.read = upto;
                room.heads.messages = room.heads.messages.max(upto);
                true
            }
            _ => false,
        }
    }

    fn sort(&mut self) {
        self.0.sort_by_cached_key(|room| (room.info.name.key(), room.info.id.clone()));
    }

    fn get_mut(&mut self, room: &RoomId) -> Option<&mut Room> {
        self.0.iter_mut().find(|it| it.info.id == *room)
    }
}

#[cfg(test)]
mod tests {
    use protocol::{RoomName, Topic};

    use super::*;

    #[test]
    fn unread_is_head_less_cursor_and_a_cursor_never_goes_back() {
        let mut rooms = Rooms::default();
        rooms.put(state("general", 41, 40));
        let general = state("general", 0, 0).info.id;

        assert_eq!(rooms.get(&general).unwrap().unread(), 1);
        rooms.moved(&general, Sequence(45));
        assert!(rooms.read(&general, Sequence(43)));
        assert!(!rooms.read(&general, Sequence(42)));
        assert_eq!(rooms.get(&general).unwrap().unread(), 2);
    }

    #[test]
    fn the_order_is_that_of_names() {
        let mut rooms = Rooms::default();
        for id in ["zebra", "apple", "mango"] {
            rooms.put(state(id, 0, 0));
        }
        rooms.moved(&state("zebra", 0, 0).info.id, Sequence(9));

        let ids: Vec<&str> = rooms.all().iter().map(|room| room.info.id.as_str()).collect();
        assert_eq!(ids, ["apple", "mango", "zebra"]);
    }

    fn state(id: &str, head: u64, read: u64) -> RoomState {
        RoomState {
            info: RoomInfo {
                id: RoomId::parse(id).unwrap(),
                name: RoomName::parse(id).unwrap(),
                topic: Topic::parse("").unwrap(),
                private: false,
            },
            heads: Heads { messages: Sequence(head), changes: Sequence::ZERO },
            read: Sequence(read),
            admin: false,
        }
    }
}
