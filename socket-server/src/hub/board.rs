//! What the hub knows of each active room without asking its keeper: how far it is, and who is there on this node.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use chat::ports::Roster;
use protocol::{Heads, Person, RoomId};

/// Rooms that are active no longer whose numbers are remembered. Beyond it all go on from the highest of them.
const RETIRED_MAX: usize = 10_000;

#[derive(Default)]
pub(super) struct Board {
    rooms: Mutex<Rooms>,
    /// The roster has changed.
    changed: Notify,
}

#[derive(Default)]
struct Rooms {
    active: BTreeMap<RoomId, Entry>,
    /// How often a room became active here.
    n_begun: u64,
    /// Counts the changes of what the roster says.
    version: u64,
    /// The numbers of rooms that are active no longer: other nodes know them, so they are not given out twice.
    retired: HashMap<RoomId, u64>,
    /// No number that is given out is lower, where that of a room is not remembered.
    floor: u64,
}

#[derive(Default)]
struct Entry {
    heads: Heads,
    has_moved: bool,
    /// How many rooms had become active here by then, with this one.
    began: u64,
    /// Counts the changes of `people`.
    number: u64,
    people: Vec<Person>,
}

impl Board {
    /// A room is active from now on: of its changes until then nobody has heard here.
    pub(super) fn began(&self, room: &RoomId, heads: Heads) {
        let mut rooms = self.rooms();
        rooms.n_begun += 1;
        let began = rooms.n_begun;
        rooms.moved(room, heads).began = began;
    }

    /// How often that was.
    pub(super) fn n_begun(&self) -> u64 {
        self.rooms().n_begun
    }

    /// Whether a room has become active since it was that often.
    pub(super) fn has_begun_since(&self, room: &RoomId, n_begun: u64) -> bool {
        self.rooms().active.get(room).is_some_and(|entry| entry.began > n_begun)
    }

    pub(super) fn moved(&self, room: &RoomId, heads: Heads) {
        self.rooms().moved(room, heads);
    }

    /// Who of this node is in a room now, after so many changes. Returns the number of the first of them.
    pub(super) fn present(&self, room: &RoomId, n_changes: u64, people: Vec<Person>) -> u64 {
        let mut rooms = self.rooms();
        rooms.version += 1;
        self.changed.notify_one();
        let entry = rooms.entry(room);
        let first = entry.number + 1;
        (entry.number, entry.people) = (entry.number + n_changes, people);
        first
    }

    pub(super) fn heads(&self, room: &RoomId) -> Option<Heads> {
        self.rooms().active.get(room).map(|entry| entry.heads)
    }

    /// The rooms that moved since the last call.
    pub(super) fn take_moved(&self) -> BTreeMap<RoomId, Heads> {
        let mut rooms = self.rooms();
        let moved = rooms.active.iter_mut().filter(|(_, entry)| entry.has_moved);
        moved
            .map(|(room, entry)| {
                entry.has_moved = false;
                (room.clone(), entry.heads)
            })
            .collect()
    }

    /// Grows with every change of the roster.
    pub(super) fn version(&self) -> u64 {
        self.rooms().version
    }

    /// The roster has changed since the last call. Only one may wait for it.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Who of this node is in which room, and the version of that.
    pub(super) fn roster(&self) -> (u64, Roster) {
        let rooms = self.rooms();
        let busy = rooms.active.iter().filter(|(_, entry)| !entry.people.is_empty());
        let busy = busy.map(|(room, entry)| (room.clone(), (entry.number, entry.people.clone())));
        (rooms.version, Roster { rooms: busy.collect() })
    }

    pub(super) fn forget(&self, room: &RoomId) {
        let mut rooms = self.rooms();
        let Some(Entry { number, people, .. }) = rooms.active.remove(room) else { return };
        if !people.is_empty() {
            rooms.version += 1;
            self.changed.notify_one();
        }
        if number > rooms.floor {
            rooms.retired.insert(room.clone(), number);
        }
        if rooms.retired.len() > RETIRED_MAX {
            let highest = rooms.retired.drain().map(|(_, number)| number).max();
            rooms.floor = rooms.floor.max(highest.unwrap_or_default());
        }
    }

    fn rooms(&self) -> MutexGuard<'_, Rooms> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rooms {
    fn moved(&mut self, room: &RoomId, heads: Heads) -> &mut Entry {
        let entry = self.entry(room);
        (entry.heads, entry.has_moved) = (heads, true);
        entry
    }

    fn entry(&mut self, room: &RoomId) -> &mut Entry {
        self.active.entry(room.clone()).or_insert_with(|| {
            let number = self.retired.remove(room).unwrap_or(self.floor);
            Entry { number, ..Entry::default() }
        })
    }
}

#[cfg(test)]
mod tests {
    use protocol::{MemberId, MemberName};

    use super::*;

    #[test]
    fn a_room_that_is_active_again_counts_on() {
        let board = Board::default();

        assert_eq!(board.present(&room("a"), 2, vec![ada()]), 1);
        board.present(&room("a"), 1, Vec::new());
        board.forget(&room("a"));
        assert_eq!(board.present(&room("a"), 1, vec![ada()]), 4);

        assert_eq!(board.roster().1.rooms[&room("a")], (4, vec![ada()]));
    }

    #[test]
    fn what_is_remembered_of_rooms_is_bounded_and_no_number_is_given_out_twice() {
        let board = Board::default();

        for n in 0..=RETIRED_MAX {
            board.present(&room(&format!("r{n}")), 3, Vec::new());
            board.forget(&room(&format!("r{n}")));
        }

        assert_eq!(board.rooms().retired.len(), 0);
        assert_eq!(board.present(&room("r7"), 1, Vec::new()), 4);
    }

    #[test]
    fn a_roster_has_those_rooms_only_that_have_somebody() {
        let board = Board::default();
        board.moved(&room("a"), Heads::default());
        board.present(&room("b"), 1, vec![ada()]);

        let (version, roster) = board.roster();

        assert_eq!(version, board.version());
        assert_eq!(roster.rooms.into_keys().collect::<Vec<_>>(), [room("b")]);
    }

    fn room(id: &str) -> RoomId {
        RoomId::parse(id).unwrap()
    }

    fn ada() -> Person {
        Person { id: MemberId::parse("ada").unwrap(), name: MemberName::parse("Ada").unwrap(), guest: false }
    }
}
