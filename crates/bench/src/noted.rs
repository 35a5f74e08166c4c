//! What is written down of a client, to be judged later.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use client::{Client, Outcome, Timeline};
use protocol::{
    ClientMessage, MemberId, Message, Nonce, RequestId, RoomId, Sequence, ServerMessage, Timestamp,
};

use crate::checker::{Composed, Entry, Revised, Sightings, Witnessed};

/// What a client said and saw.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// What it was told is durable.
    pub acknowledged: Vec<(RoomId, Entry)>,
    /// What it was told is edited or deleted.
    pub revised: Vec<(RoomId, Revised)>,
    /// What it composed.
    pub composed: Vec<Composed>,
    /// What was refused and sent again.
    pub sent_again: HashSet<Nonce>,
    /// What was refused and given up.
    pub given_up: HashSet<Nonce>,
    /// Which versions of messages were on screen.
    pub sightings: Vec<Sightings>,
    /// What came of the rooms that its member is in no longer.
    pub left: BTreeMap<RoomId, Left>,
    /// When the newest message became durable that it was sent of each room.
    pub newest: BTreeMap<RoomId, Timestamp>,
}

/// What came of a room that the member is in no longer.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// The last message on screen when the client heard of it.
    pub heard_at: Sequence,
    /// What it was sent since, unasked or of a private room.
    pub received: Vec<Sequence>,
    is_private: bool,
}

/// What is written down of one client as it goes on.
pub struct Noted {
    me: MemberId,
    progress: Arc<AtomicU64>,
    said: Said,
    composed: BTreeMap<RoomId, Vec<Nonce>>,
    /// What was on screen, from the last time that it was shown from somewhere else.
    witnessed: BTreeMap<RoomId, Vec<Entry>>,
    sightings: BTreeMap<RoomId, Sightings>,
    /// Edits and deletions on their way.
    asked: BTreeMap<RequestId, (RoomId, Revised)>,
    /// The rooms of this member that are private.
    private: HashSet<RoomId>,
}

impl Noted {
    /// Nothing yet, of a client of `me`. Each acknowledgement is added to `progress`.
    pub fn new(me: MemberId, progress: Arc<AtomicU64>) -> Self {
        Self {
            me,
            progress,
            said: Said::default(),
            composed: BTreeMap::new(),
            witnessed: BTreeMap::new(),
            sightings: BTreeMap::new(),
            asked: BTreeMap::new(),
            private: HashSet::new(),
        }
    }

    /// All of it. The last call.
    pub fn into_said(self) -> Said {
        let author = self.me;
        let composed = self.composed.into_iter();
        let composed =
            composed.map(|(room, nonces)| Composed { room, author: author.clone(), nonces }).collect();
        let mut said = Said { composed, ..self.said };
        said.sightings.extend(self.sightings.into_values());
        said
    }

    /// It composed something.
    pub fn composed(&mut self, room: &RoomId, nonce: Nonce) {
        self.composed.entry(room.clone()).or_default().push(nonce);
    }

    /// A refused draft goes out again.
    pub fn sent_again(&mut self, nonce: &Nonce) {
        self.said.sent_again.insert(nonce.clone());
    }

    /// A refused draft is given up.
    pub fn given_up(&mut self, nonce: &Nonce) {
        self.said.given_up.insert(nonce.clone());
    }

    /// Whether an edit or a deletion is on its way.
    pub fn awaits_answers(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Nothing that was asked will be answered.
    pub fn lost_answers(&mut self) {
        self.asked.clear();
    }

    /// The rooms that something was written for.
    pub fn rooms(&self) -> impl Iterator<Item = &RoomId> {
        self.composed.keys()
    }

    /// The messages of this member in a room, as far as they were acknowledged.
    pub fn written(&self, room: &RoomId) -> Vec<Sequence> {
        let of_room = self.said.acknowledged.iter().filter(|(it, _)| it == room);
        of_room.map(|(_, entry)| entry.sequence).collect()
    }

    /// What was on screen of a room, from the last time that it was shown from somewhere else.
    pub fn witnessed(&self, room: &RoomId) -> Witnessed {
        let entries = self.witnessed.get(room).cloned().unwrap_or_default();
        Witnessed { member: self.me.clone(), room: room.clone(), entries }
    }

    /// The client says something.
    pub fn says(&mut self, message: &ClientMessage) {
        let (request, room, sequence, nonce, text) = match message {
            ClientMessage::Edit { request, room, sequence, nonce, text, .. } => {
                (request, room, sequence, nonce, Some(text.clone()))
            }
            ClientMessage::Delete { request, room, sequence, nonce } => {
                (request, room, sequence, nonce, None)
            }
            _ => return,
        };
        let revised = Revised { by: self.me.clone(), nonce: nonce.clone(), sequence: *sequence, text };
        self.asked.insert(*request, (room.clone(), revised));
    }

    /// The server said something that the client does not know yet.
    pub fn heard(&mut self, message: &ServerMessage, client: &Client) {
        match message {
            ServerMessage::Sent { room, nonce, sequence, .. } => {
                let entry = Entry { sequence: *sequence, author: self.me.clone(), nonce: nonce.clone() };
                self.said.acknowledged.push((room.clone(), entry));
                self.progress.fetch_add(1, Ordering::Relaxed);
            }
            ServerMessage::Revised { request, .. } => self.said.revised.extend(self.asked.remove(request)),
            ServerMessage::Refused { request: Some(request), .. } => drop(self.asked.remove(request)),
            ServerMessage::Resync => self.lost_answers(),
            ServerMessage::Messages { page } => self.got(client, &page.room, &page.messages, Why::Unasked),
            ServerMessage::Changed { room, changed, .. } => self.got(client, room, changed, Why::Unasked),
            ServerMessage::Opened { page, changed, .. } => {
                self.got(client, &page.room, &page.messages, Why::Unasked);
                self.got(client, &page.room, changed, Why::Unasked);
            }
            ServerMessage::Page { page, .. } => self.got(client, &page.room, &page.messages, Why::Asked),
            _ => {}
        }
    }

    fn got(&mut self, client: &Client, room: &RoomId, messages: &[Message], why: Why) {
        let newest = self.said.newest.entry(room.clone()).or_default();
        *newest = messages.iter().map(|message| message.at).fold(*newest, Timestamp::max);
        if client.room(room).is_none()
            && let Some(left) = self.said.left.get_mut(room)
            && (left.is_private || why == Why::Unasked)
        {
            left.received.extend(messages.iter().map(|message| message.sequence));
        }
    }

    /// The client tells its member something.
    pub fn told(&mut self, outcome: &Outcome, client: &Client) {
        if let Outcome::Left(room, _) = outcome {
            let heard_at = client.timeline(room).map_or(Sequence::ZERO, Timeline::last);
            let is_private = self.private.contains(room);
            if client.timeline(room).is_none() {
                self.said.sightings.extend(self.sightings.remove(room)); // Nothing is on screen to go back from.
            }
            self.said.left.insert(room.clone(), Left { heard_at, received: Vec::new(), is_private });
        }
    }

    /// The client has taken what the server said: writes down what is new on screen.
    pub fn saw(&mut self, message: &ServerMessage, client: &Client) {
        let private = client.rooms().iter().filter(|room| room.info.private).map(|room| &room.info.id);
        for room in private {
            if !self.private.contains(room) {
                self.private.insert(room.clone());
            }
        }
        match message {
            ServerMessage::Messages { page } => self.saw_new(client, &page.room, &page.messages),
            ServerMessage::Changed { room, changed, .. } => self.saw_new(client, room, changed),
            // Any of what is on screen may be another version now.
            ServerMessage::Opened { page, .. } | ServerMessage::Page { page, .. } => {
                let Some(timeline) = client.timeline(&page.room) else { return };
                let all: Vec<Message> = timeline.messages().iter().cloned().collect();
                self.saw_new(client, &page.room, &all);
            }
            _ => {}
        }
    }

    fn saw_new(&mut self, client: &Client, room: &RoomId, candidates: &[Message]) {
        let Some(timeline) = client.timeline(room) else { return };
        let witnessed = self.witnessed.entry(room.clone()).or_default();
        let last = witnessed.last().map_or(Sequence::ZERO, |it| it.sequence);
        if timeline.first() > last.next() {
            witnessed.clear();
        }
        let is_new = |message: &&Message| message.sequence > last || witnessed.is_empty();
        let new: Vec<Entry> = timeline.messages().iter().rev().take_while(is_new).map(Entry::of).collect();
        witnessed.extend(new.into_iter().rev());

        let fresh = || Sightings::new(self.me.clone(), room.clone());
        let sightings = self.sightings.entry(room.clone()).or_insert_with(fresh);
        let shown = candidates.iter().filter_map(|candidate| timeline.get(candidate.sequence));
        shown.for_each(|message| sightings.see(message));
    }
}

/// Why something came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Asked,
    Unasked,
}
