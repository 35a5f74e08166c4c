//! From the client to the signals.

use leptos::prelude::*;

use client::{
    Client, DraftState, Entry, Note, Timeline,
    rows::{GROUP_MS, rows},
};
use protocol::{RoomId, Sequence, Timestamp};

use super::{ChatState, DraftRow, Edges, Place, Shown, Spoken};
use crate::zone;

impl ChatState {
    /// Shows what the client knows now.
    pub(crate) fn refresh(self) {
        let client = self.client.read_value();
        put(self.me, client.me().cloned());
        if put(self.rooms, client.rooms().to_vec()) {
            self.learn(client.rooms().iter().map(|room| &room.info));
        }
        put(self.status, client.status());
        put(self.newer_build, client.has_newer_build());
        put(self.shown, self.shown_now(&client));
        let Some(room) = self.current.with_value(|it| it.room.clone()) else {
            put(self.rows, Vec::new());
            put(self.drafts, Vec::new());
            return;
        };
        put(self.here, client.here(&room).cloned().unwrap_or_default());
        put(self.typing, client.typing(&room).iter().map(|person| person.name.to_string()).collect());
        self.refresh_rows(&client, &room);
    }

    fn shown_now(self, client: &Client) -> Option<Shown> {
        let current = self.current.read_value();
        if current.room.is_none() && current.problem.is_none() {
            return None;
        }
        let room = current.room.clone();
        let mine = room.as_ref().and_then(|room| client.room(room));
        let known = room.as_ref().and_then(|room| self.infos.with_value(|infos| infos.get(room).cloned()));
        let place = match (client.me(), mine) {
            (None, _) => Place::Visitor,
            (Some(_), None) => Place::Outside,
            (Some(_), Some(_)) => Place::Inside,
        };
        let is_loaded = room.as_ref().is_some_and(|room| client.timeline(room).is_some());
        let problem = current.problem.clone().filter(|_| !is_loaded);
        let ended = current.ended.filter(|_| place != Place::Inside);
        Some(Shown { room, info: mine.map(|it| it.info.clone()).or(known), place, problem, ended, is_loaded })
    }

    fn refresh_rows(self, client: &Client, room: &RoomId) {
        let empty = Timeline::default();
        let timeline = client.timeline(room).unwrap_or(&empty);
        let n = timeline.messages().len();
        let mut is_moved = false;
        self.viewport.update_value(|it| {
            is_moved = it.load(timeline.first(), n, timeline.is_following());
            // Before any row is made, so that those around it are the first.
            if let Some(target) = client.target(room) {
                it.bring(target);
                is_moved = true;
            }
        });
        let viewport = self.viewport.read_value();
        let window = match self.current.with_value(|it| it.is_settled) {
            true => viewport.window(),
            false => (n > 0).then(|| timeline.first()..=timeline.last()),
        };
        let zone = self.zone.read_untracked();
        let day = |at: Timestamp| zone::civil(&zone, at).day();
        let rows = window.map_or_else(Vec::new, |window| rows(client, timeline, room, &window, day));
        self.forget_deleted(timeline, room);
        is_moved |= put(self.rows, rows) | put(self.drafts, draft_rows(client, timeline, room));
        put(self.edges, self.edges_now(timeline, client.notes(room)));
        if is_moved {
            self.lay_out_soon();
        }
    }

    /// What was said and deleted since is said no longer.
    fn forget_deleted(self, timeline: &Timeline, room: &RoomId) {
        let is_deleted = |spoken: &Spoken| {
            let message = timeline.get(spoken.sequence).filter(|_| spoken.room.as_ref() == Some(room));
            message.is_some_and(|message| message.text.is_none())
        };
        if self.spoken.with_untracked(|spoken| spoken.iter().any(is_deleted)) {
            self.spoken.update(|spoken| spoken.retain(|it| !is_deleted(it)));
        }
    }

    fn edges_now(self, timeline: &Timeline, notes: &[Note]) -> Edges {
        let viewport = self.viewport.read_value();
        let is_away = !viewport.is_at_end() || timeline.has_newer();
        let mut seen = Sequence::ZERO;
        self.current.update_value(|it| {
            if !is_away || it.seen == Sequence::ZERO {
                it.seen = timeline.head();
            }
            seen = it.seen;
        });
        let top = viewport.first_seen();
        let is_settled = self.current.with_value(|it| it.is_settled);
        Edges {
            has_older: timeline.has_older(),
            is_away: is_away && is_settled,
            n_new: timeline.head().since(seen),
            top: (is_settled && !timeline.messages().is_empty()).then_some(top),
            note: notes.iter().find(|note| note.after == Sequence::ZERO && !timeline.has_older()).cloned(),
        }
    }
}

/// The drafts that are to be seen: not those that the composer still holds, and only under the room's end.
fn draft_rows(client: &Client, timeline: &Timeline, room: &RoomId) -> Vec<DraftRow> {
    if timeline.has_newer() {
        return Vec::new();
    }
    let is_seen = |entry: &&Entry| entry.state != DraftState::Saving;
    let mut follows = timeline.messages().back().is_some_and(|last| {
        let is_recent = client.room(room).is_some() && last.at.0 + GROUP_MS > now_ms();
        is_recent && client.me().is_some_and(|me| me.id == last.author)
    });
    let drafts = client.drafts(room).filter(is_seen);
    let rows = drafts.map(|entry| {
        let starts_group = !std::mem::replace(&mut follows, true);
        DraftRow { entry: entry.clone(), starts_group }
    });
    rows.collect()
}

/// The clock, for drafts only, which no server ever renders.
fn now_ms() -> u64 {
    #[cfg(feature = "hydrate")]
    return crate::browser::date().0;
    #[cfg(not(feature = "hydrate"))]
    0
}

/// Sets a signal if that changes it; whether it did.
pub(crate) fn put<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) -> bool {
    let is_new = signal.with_untracked(|it| *it != value);
    if is_new {
        signal.set(value);
    }
    is_new
}
