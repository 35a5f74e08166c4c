//! Drafts that are not acknowledged yet, and when each may be sent.

use std::time::Duration;

use protocol::{ClientMessage, Message, Nonce, Refusal, RoomId, Sequence};

use crate::{
    draft::{Draft, DraftState, Entry, KeptDraft},
    requests::wait_after,
};

/// All drafts of one member on one device, in the order in which they were composed.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    entries: Vec<Entry>,
    held: Vec<Hold>,
}

/// A room that takes nothing for now.
#[derive(Clone, Debug)]
struct Hold {
    room: RoomId,
    until: Until,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Until {
    /// The server said when to try again.
    Time(Duration),
    /// The client is too far behind and reads on first.
    CaughtUp,
}

/// What a refused send asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AfterRefusal {
    /// Nothing, or waiting.
    Wait,
    /// That the draft is kept with its reason.
    Keep(Refusal),
    /// Read the room from here on, looking for the nonce.
    CatchUp { after: Sequence },
}

impl Outbox {
    pub(crate) fn entries(&self, room: &RoomId) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| entry.draft.room == *room)
    }

    pub(crate) fn n_unsent(&self) -> usize {
        self.entries.iter().filter(|entry| !matches!(entry.state, DraftState::Sent { .. })).count()
    }

    /// A draft is being put into the outbox.
    pub(crate) fn add(&mut self, draft: Draft) {
        self.entries.push(Entry { draft, state: DraftState::Saving });
    }

    /// Takes drafts over that were written before the page was there: they go before what did not go out yet.
    pub(crate) fn adopt(&mut self, drafts: impl Iterator<Item = KeptDraft>) {
        let is_ahead = |entry: &Entry| !matches!(entry.state, DraftState::Saving | DraftState::Waiting);
        let mut at = self.entries.iter().position(|entry| !is_ahead(entry)).unwrap_or(self.entries.len());
        for KeptDraft { draft, refusal } in drafts {
            if self.find(&draft.nonce).is_none() {
                let state = refusal.map_or(DraftState::Waiting, DraftState::Refused);
                self.entries.insert(at, Entry { draft, state });
                at += 1;
            }
        }
    }

    /// The outbox's keeper has it, or could not take it; either way it is ours to send.
    pub(crate) fn saved(&mut self, nonce: &Nonce) {
        if let Some(entry) = self.find(nonce)
            && entry.state == DraftState::Saving
        {
            entry.state = DraftState::Waiting;
        }
    }

    /// What may be sent now: in each room the first draft that waits, if none is on its way.
    pub(crate) fn take_sendable(&mut self, now: Duration) -> Vec<ClientMessage> {
        self.held.retain(|hold| !matches!(hold.until, Until::Time(at) if at <= now));
        let mut rooms: Vec<RoomId> = self.held.iter().map(|hold| hold.room.clone()).collect();
        let mut sends = Vec::new();
        for entry in &mut self.entries {
            let room = &entry.draft.room;
            if rooms.contains(room) {
                continue;
            }
            match entry.state {
                DraftState::Refused(_) | DraftState::Sent { .. } => continue,
                DraftState::Saving | DraftState::Sending { .. } => {}
                DraftState::Waiting => {
                    sends.push(ClientMessage::Send {
                        room: room.clone(),
                        nonce: entry.draft.nonce.clone(),
                        since: entry.draft.since,
                        text: entry.draft.text.clone(),
                    });
                    entry.state = DraftState::Sending { at: now };
                }
            }
            rooms.push(room.clone());
        }
        sends
    }

    /// When a held room opens again by itself.
    pub(crate) fn next_wake(&self) -> Option<Duration> {
        let times = self.held.iter().filter_map(|hold| match hold.until {
            Until::Time(at) => Some(at),
            Until::CaughtUp => None,
        });
        times.min()
    }

    /// The connection is gone: what was on its way may or may not have arrived, and is sent again. Who was told to wait
    /// still waits.
    pub(crate) fn disconnected(&mut self) {
        for entry in &mut self.entries {
            if matches!(entry.state, DraftState::Sending { .. }) {
                entry.state = DraftState::Waiting;
            }
        }
        self.held.retain(|hold| hold.until != Until::CaughtUp);
    }

    /// The server has it. It stays until the room shows it.
    pub(crate) fn acknowledged(&mut self, nonce: &Nonce, sequence: Sequence) {
        if let Some(entry) = self.find(nonce) {
            entry.state = DraftState::Sent { sequence };
        }
    }

    /// The server did not take it.
    pub(crate) fn refused(&mut self, nonce: &Nonce, refusal: Refusal, now: Duration) -> AfterRefusal {
        let Some(entry) = self.find(nonce) else { return AfterRefusal::Wait };
        if !matches!(entry.state, DraftState::Sending { .. }) {
            return AfterRefusal::Wait; // An answer to an earlier try.
        }
        let until = match (&refusal, wait_after(&refusal)) {
            (Refusal::Stale { .. }, _) => Until::CaughtUp,
            (_, Some(wait)) => Until::Time(now + wait),
            (_, None) => {
                entry.state = DraftState::Refused(refusal.clone());
                return AfterRefusal::Keep(refusal);
            }
        };
        entry.state = DraftState::Waiting;
        let (room, after) = (entry.draft.room.clone(), entry.draft.since);
        self.release(&room);
        self.held.push(Hold { room, until });
        match until {
            Until::Time(_) => AfterRefusal::Wait,
            Until::CaughtUp => AfterRefusal::CatchUp { after },
        }
    }

    /// Messages of a room came: drafts found in them are done, and those that were looked for without a hole are known
    /// to stand later, if anywhere. Returns the drafts that are done.
    pub(crate) fn looked_through(&mut self, room: &RoomId, messages: &[Message]) -> Vec<Nonce> {
        let (Some(first), Some(last)) = (messages.first(), messages.last()) else { return Vec::new() };
        let mut done = Vec::new();
        self.entries.retain_mut(|Entry { draft, .. }| {
            if draft.room != *room {
                return true;
            }
            let found =
                messages.iter().any(|message| message.author == draft.author && message.nonce == draft.nonce);
            if found {
                done.push(draft.nonce.clone());
                return false;
            }
            if first.sequence <= draft.since.next() {
                draft.since = draft.since.max(last.sequence);
            }
            true
        });
        done
    }

    /// Sent drafts of a room are let go up to `end`, the last message loaded, or all of them where the end is not.
    pub(crate) fn settle(&mut self, room: &RoomId, end: Option<Sequence>) {
        self.entries.retain(|entry| match entry.state {
            DraftState::Sent { sequence } if entry.draft.room == *room => {
                end.is_some_and(|end| sequence > end)
            }
            _ => true,
        });
    }

    /// Where reading on must continue for a room that is held until then; none once it is caught up to `head`.
    pub(crate) fn catch_up_after(&mut self, room: &RoomId, head: Sequence) -> Option<Sequence> {
        self.held.iter().find(|hold| hold.room == *room && hold.until == Until::CaughtUp)?;
        let first = self.entries(room).find(|entry| entry.state == DraftState::Waiting);
        match first.map(|entry| entry.draft.since) {
            Some(since) if since < head => Some(since),
            _ => {
                self.release(room);
                None
            }
        }
    }

    /// A room is held no longer.
    pub(crate) fn release(&mut self, room: &RoomId) {
        self.held.retain(|hold| hold.room != *room);
    }

    /// A refused draft goes out once more, as it is. False when there is none.
    pub(crate) fn retry(&mut self, nonce: &Nonce) -> bool {
        let refused = self.find(nonce).filter(|entry| matches!(entry.state, DraftState::Refused(_)));
        let is_there = refused.is_some();
        if let Some(entry) = refused {
            entry.state = DraftState::Waiting;
        }
        is_there
    }

    /// A refused draft is given up. One that may be in the log cannot be.
    pub(crate) fn discard(&mut self, nonce: &Nonce) -> bool {
        let before = self.entries.len();
        self.entries
            .retain(|entry| entry.draft.nonce != *nonce || !matches!(entry.state, DraftState::Refused(_)));
        self.entries.len() < before
    }

    fn find(&mut self, nonce: &Nonce) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.draft.nonce == *nonce)
    }
}

#[cfg(test)]
mod tests;
