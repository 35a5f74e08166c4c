//! What the hub keeps of a connection.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use chat::session::SessionKey;
use protocol::{Ending, Heads, Person, RoomId, Sequence, ServerMessage};

use super::{ConnectionId, Queue};
use crate::{frame, send_queue::View};

/// A connection: who it is, which rooms it has, and how it is told things.
pub(crate) struct Place {
    pub(crate) id: ConnectionId,
    pub(crate) person: Person,
    pub(crate) session: SessionKey,
    pub(crate) queue: Arc<Queue>,
    state: Mutex<State>,
}

struct State {
    /// Each room that the member is in.
    rooms: BTreeMap<RoomId, Inside>,
    /// For rooms that the member was in, the change by which that ended: what is older is not news.
    ended: BTreeMap<RoomId, Sequence>,
    is_welcomed: bool,
    /// It has said that it knows more of a room than there is.
    is_disbelieved: bool,
    /// Grows with every change of what the member may.
    rights: u64,
    /// The connection is over: it comes to no room any more.
    is_gone: bool,
    heard: Duration,
    told: Duration,
}

/// How a connection has a room.
struct Inside {
    /// The room's last change when the membership began.
    since: Sequence,
    is_shown: bool,
    /// What it shows of the room, if that has come there.
    view: Option<View>,
}

/// Its member is not in the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Outside;

/// What the end of a membership meant here that its member asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// They are out of the room by it.
    New,
    /// They are out of the room, and by a newer membership they are in it.
    Superseded,
    /// They were.
    Known,
}

impl Place {
    pub(super) fn new(
        id: ConnectionId,
        person: Person,
        session: SessionKey,
        queue: Arc<Queue>,
        now: Duration,
    ) -> Self {
        let state = State {
            rooms: BTreeMap::new(),
            ended: BTreeMap::new(),
            is_welcomed: false,
            is_disbelieved: false,
            rights: 0,
            is_gone: false,
            heard: now,
            told: now,
        };
        Self { id, person, session, queue, state: Mutex::new(state) }
    }

    /// Sends one message.
    pub(crate) fn tell(&self, message: &ServerMessage) {
        self.queue.push(&frame::text(message));
    }

    /// Welcomes it with what names these rooms, if they are the ones that it has and its member's rights have changed only
    /// so often: from then on it hears of them.
    pub(crate) fn welcome(
        &self,
        welcome: &ServerMessage,
        (listed, rights): (&BTreeSet<RoomId>, u64),
    ) -> bool {
        let mut state = self.state();
        let is_so = state.is_gone || (state.rooms.keys().eq(listed) && state.rights == rights);
        if is_so {
            self.tell(welcome);
            state.is_welcomed = true;
        }
        is_so
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

    /// Whether the store is asked where it says that it knows more of a room than this node.
    pub(super) fn is_believed(&self) -> bool {
        !self.state().is_disbelieved
    }

    /// There was no more of the room.
    pub(super) fn believe_no_more(&self) {
        self.state().is_disbelieved = true;
    }

    /// What its member may has changed, which is told while they are in the room. What was looked up before is not told
    /// after that.
    pub(super) fn role_changed(&self, room: &RoomId, frame: &Bytes) {
        let mut state = self.state();
        state.rights += 1;
        if state.rooms.contains_key(room) {
            self.queue.push(frame);
        }
    }

    /// Likewise of what a room is called, if its member is there.
    pub(super) fn room_changed(&self, room: &RoomId, frame: &Bytes) {
        let mut state = self.state();
        if state.rooms.contains_key(room) {
            state.rights += 1;
            self.queue.push(frame);
        }
    }

    /// A membership of its member's has ended, whether or not another began since: what was looked up before is old.
    pub(super) fn rights_ended(&self) {
        self.state().rights += 1;
    }

    /// How often what its member may has changed.
    pub(crate) fn rights(&self) -> u64 {
        self.state().rights
    }

    /// The rooms that its member is in.
    pub(crate) fn rooms(&self) -> Vec<RoomId> {
        self.state().rooms.keys().cloned().collect()
    }

    /// Whether it shows a room.
    pub(crate) fn is_shown(&self, room: &RoomId) -> bool {
        self.state().rooms.get(room).is_some_and(|it| it.is_shown)
    }

    /// It shows a room no longer.
    pub(super) fn hides(&self, room: &RoomId) {
        if let Some(it) = self.state().rooms.get_mut(room) {
            it.is_shown = false;
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
        rooms.filter(|room| state.rooms.get(*room).is_some_and(|it| !it.is_shown)).collect()
    }

    /// Its member is in a room, by a membership that began after a change of it. Whether that is new; not where that
    /// membership is known to have ended.
    pub(super) fn joined(&self, room: &RoomId, since: Sequence) -> bool {
        let mut state = self.state();
        if let Some(it) = state.rooms.get_mut(room) {
            if it.since < since {
                it.since = since; // What ended the one before comes late, if it comes.
                state.rights += 1;
            }
            return false;
        }
        let has_ended = state.ended.get(room).is_some_and(|ended| *ended > since);
        let is_new = !state.is_gone && !has_ended;
        if is_new {
            state.ended.remove(room);
            state.rooms.insert(room.clone(), Inside { since, is_shown: false, view: None });
        }
        is_new
    }

    /// Its member is in a room no longer, by a change of it if that is known. Whether that is new: news of the end of a
    /// membership before this one is not.
    pub(super) fn left(&self, room: &RoomId, change: Option<Sequence>) -> bool {
        self.state().leave(room, change)
    }

    /// The same, by no change that is known, unless what the member may has changed since that was counted.
    pub(super) fn left_since(&self, room: &RoomId, rights: u64) -> bool {
        let mut state = self.state();
        state.rights == rights && state.leave(room, None)
    }

    /// Likewise where the member asked for that, and tells so at once: whoever brings them back after that is heard later.
    /// Where somebody has brought them back already, they are out all the same, until that is found out.
    pub(super) fn leave(&self, room: &RoomId, change: Option<Sequence>, told: &ServerMessage) -> Leaving {
        let mut state = self.state();
        let leaving = match (state.leave(room, change), state.take_out(room)) {
            (true, _) => Leaving::New,
            (false, true) => Leaving::Superseded,
            (false, false) => Leaving::Known,
        };
        self.tell(told);
        leaving
    }

    /// Shows a room from a frame on. No view where the connection does not keep up.
    ///
    /// # Errors
    /// [`Outside`].
    pub(super) fn open(&self, room: &RoomId, opened: &Bytes) -> Result<Option<View>, Outside> {
        let mut state = self.state();
        let inside = state.rooms.get_mut(room).ok_or(Outside)?;
        inside.is_shown = true;
        inside.view = self.queue.open(opened);
        Ok(inside.view.clone())
    }

    /// Tells what is so while its member is in a room, none where they are not: it never follows the news that they left.
    pub(crate) fn while_inside<T>(&self, room: &RoomId, tell: impl FnOnce(&Self) -> T) -> Option<T> {
        let state = self.state();
        state.rooms.contains_key(room).then(|| tell(self))
    }

    /// Tells what was so when its member's rights had changed so often, none where they left since: nor does that follow the
    /// news that they did.
    pub(crate) fn unless_left<T>(
        &self,
        (room, rights): (&RoomId, u64),
        tell: impl FnOnce(&Self) -> T,
    ) -> Option<T> {
        let state = self.state();
        (state.rights == rights || state.rooms.contains_key(room)).then(|| tell(self))
    }

    /// Tells how far some rooms are, as far as its member is in them.
    pub(super) fn tell_heads(&self, mut heads: Vec<(RoomId, Heads)>) {
        let state = self.state();
        heads.retain(|(room, _)| state.rooms.contains_key(room));
        let all = heads.len() == state.rooms.len();
        self.tell(&ServerMessage::Heads { heads, all });
    }

    /// Tells that its member is in a room no longer, unless they are again: they have heard that.
    pub(super) fn tell_left(&self, room: &RoomId, why: Ending) {
        let state = self.state();
        if !state.rooms.contains_key(room) {
            self.tell(&ServerMessage::Left { request: None, room: room.clone(), why });
        }
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

impl State {
    /// As [`Place::left`].
    fn leave(&mut self, room: &RoomId, change: Option<Sequence>) -> bool {
        if let Some(change) = change {
            let ended = self.ended.get(room).copied().unwrap_or_default();
            // As the echo of their own leaving is.
            let is_known = self.rooms.get(room).map_or(ended, |it| it.since) >= change;
            if is_known {
                return false;
            }
            self.ended.insert(room.clone(), change.max(ended));
        }
        let was_there = self.take_out(room);
        self.rights += u64::from(!was_there); // What was looked up before is old by it all the same.
        was_there
    }

    /// Nothing of the room comes any more. Whether it was there.
    fn take_out(&mut self, room: &RoomId) -> bool {
        let Some(inside) = self.rooms.remove(room) else { return false };
        self.rights += 1;
        if let Some(view) = inside.view {
            view.end();
        }
        true
    }
}
