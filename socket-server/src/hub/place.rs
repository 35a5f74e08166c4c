//! What the hub keeps of a connection.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chat::session::SessionKey;
use protocol::{Person, RoomId, ServerMessage};

use super::{ConnectionId, Queue};
use crate::frame;

/// A connection: who it is, which rooms it has, and how it is told things.
pub(crate) struct Place {
    pub(crate) id: ConnectionId,
    pub(crate) person: Person,
    pub(crate) session: SessionKey,
    pub(crate) queue: Arc<Queue>,
    state: Mutex<State>,
}

struct State {
    /// Each room that the member is in, and whether the connection shows it.
    rooms: BTreeMap<RoomId, bool>,
    is_welcomed: bool,
    /// The connection is over: it comes to no room any more.
    is_gone: bool,
    heard: Duration,
    told: Duration,
}

impl Place {
    pub(super) fn new(
        id: ConnectionId,
        person: Person,
        session: SessionKey,
        queue: Arc<Queue>,
        now: Duration,
    ) -> Self {
        let state =
            State { rooms: BTreeMap::new(), is_welcomed: false, is_gone: false, heard: now, told: now };
        Self { id, person, session, queue, state: Mutex::new(state) }
    }

    /// Sends one message.
    pub(crate) fn tell(&self, message: &ServerMessage) {
        self.queue.push(&frame::text(message));
    }

    /// It is welcomed: from now on it hears of its rooms.
    pub(crate) fn welcomed(&self) {
        self.state().is_welcomed = true;
    }

    /// Something came from it.
    pub(crate) fn heard(&self, now: Duration) {
        self.state().heard = now;
    }

    /// How long nothing came from it.
    pub(super) fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(self.state().heard)
    }

    /// Whether its member is in a room.
    pub(crate) fn is_in(&self, room: &RoomId) -> bool {
        self.state().rooms.contains_key(room)
    }

    /// The rooms that its member is in.
    pub(crate) fn rooms(&self) -> Vec<RoomId> {
        self.state().rooms.keys().cloned().collect()
    }

    /// Whether it shows a room.
    pub(crate) fn is_shown(&self, room: &RoomId) -> bool {
        self.state().rooms.get(room) == Some(&true)
    }

    /// It shows a room, or no longer does.
    pub(crate) fn shows(&self, room: &RoomId, shows: bool) {
        if let Some(it) = self.state().rooms.get_mut(room) {
            *it = shows;
        }
    }

    /// Whether it has a sign of life to get, which is then taken as given.
    pub(super) fn take_heartbeat(&self, now: Duration, every: Duration) -> bool {
        let mut state = self.state();
        let due = state.is_welcomed && now.saturating_sub(state.told) >= every;
        if due {
            state.told = now;
        }
        due
    }

    /// Those of some rooms that it has but does not show.
    pub(super) fn unshown_among<'a>(&self, rooms: impl Iterator<Item = &'a RoomId>) -> Vec<&'a RoomId> {
        let state = self.state();
        if !state.is_welcomed {
            return Vec::new();
        }
        rooms.filter(|room| state.rooms.get(*room) == Some(&false)).collect()
    }

    pub(super) fn joined(&self, room: &RoomId) -> bool {
        let mut state = self.state();
        let is_new = !state.is_gone && !state.rooms.contains_key(room);
        if is_new {
            state.rooms.insert(room.clone(), false);
        }
        is_new
    }

    pub(super) fn left(&self, room: &RoomId) -> bool {
        self.state().rooms.remove(room).is_some()
    }

    pub(super) fn leave_all(&self) -> Vec<RoomId> {
        let mut state = self.state();
        state.is_gone = true;
        std::mem::take(&mut state.rooms).into_keys().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
