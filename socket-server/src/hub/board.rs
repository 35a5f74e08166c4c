//! What the hub knows of each active room without asking its keeper: how far it is, and who is there.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

use chat::ports::Roster;
use protocol::{Heads, Person, RoomId};

#[derive(Default)]
pub(super) struct Board(Mutex<BTreeMap<RoomId, Entry>>);

#[derive(Default)]
struct Entry {
    heads: Heads,
    has_moved: bool,
    /// Counts the changes of `people`.
    number: u64,
    people: Vec<Person>,
}

impl Board {
    pub(super) fn moved(&self, room: &RoomId, heads: Heads) {
        let mut rooms = self.rooms();
        let entry = rooms.entry(room.clone()).or_default();
        (entry.heads, entry.has_moved) = (heads, true);
    }

    pub(super) fn present(&self, room: &RoomId, people: Vec<Person>) {
        let mut rooms = self.rooms();
        let entry = rooms.entry(room.clone()).or_default();
        entry.number += 1;
        entry.people = people;
    }

    pub(super) fn heads(&self, room: &RoomId) -> Option<Heads> {
        self.rooms().get(room).map(|entry| entry.heads)
    }

    /// The rooms that moved since the last call.
    pub(super) fn take_moved(&self) -> HashMap<RoomId, Heads> {
        let mut rooms = self.rooms();
        let moved = rooms.iter_mut().filter(|(_, entry)| entry.has_moved);
        moved
            .map(|(room, entry)| {
                entry.has_moved = false;
                (room.clone(), entry.heads)
            })
            .collect()
    }

    pub(super) fn roster(&self) -> Roster {
        let rooms = self.rooms();
        let busy = rooms.iter().filter(|(_, entry)| !entry.people.is_empty());
        Roster {
            rooms: busy.map(|(room, entry)| (room.clone(), (entry.number, entry.people.clone()))).collect(),
        }
    }

    pub(super) fn forget(&self, room: &RoomId) {
        self.rooms().remove(room);
    }

    fn rooms(&self) -> MutexGuard<'_, BTreeMap<RoomId, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
