//! What is written down of a client, to be judged later.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use client::{Client, LOADED_MAX, Outcome, Timeline};
use protocol::{
    ClientMessage, MemberId, Message, MessageText, Nonce, Refusal, RequestId, RoomId, Sequence,
    ServerMessage, Timestamp,
};

use crate::record::{Act, Event, Line, Pen, Record, Shown, What};

/// What a client said and saw.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// All of it, to be added to a history; nothing where it was written down elsewhere.
    pub lines: Vec<Line>,
    /// What came of the rooms that its member is in no longer.
    pub left: BTreeMap<RoomId, Left>,
    /// When the newest message became durable that it was sent of each room.
    pub newest: BTreeMap<RoomId, Timestamp>,
}

/// What came of a room that the member is in no longer.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// The last message on screen when the client heard of it, or that it asked for later and may read.
    pub heard_at: Sequence,
    /// What it was sent since, unasked or of a private room.
    pub received: Vec<Sequence>,
    is_private: bool,
}

/// What is written down of one client as it goes on.
pub struct Noted {
    progress: Arc<AtomicU64>,
    pen: Pen,
    /// Whether nobody else writes there.
    is_alone: bool,
    said: Said,
    /// The rooms that something was written for.
    rooms: BTreeSet<RoomId>,
    screens: BTreeMap<RoomId, OnScreen>,
    /// Drafts on their way.
    sending: BTreeMap<RoomId, Nonce>,
    /// All else that is on its way.
    asked: BTreeMap<RequestId, Act>,
    /// The messages of this member as far as they were acknowledged.
    written: BTreeMap<RoomId, Vec<Sequence>>,
    /// The rooms of this member that are private.
    private: HashSet<RoomId>,
}

/// What was on screen of a room.
#[derive(Default)]
struct OnScreen {
    /// The last message, from the last time that the room was shown from somewhere else.
    last: Sequence,
    /// In which version each of the later messages was seen last.
    versions: HashMap<Sequence, Sequence>,
}

impl Noted {
    /// Nothing yet, of a client of `me`. Each acknowledgement is added to `progress`.
    pub fn new(me: MemberId, progress: Arc<AtomicU64>) -> Self {
        let pen = Pen::new(Arc::new(Record::in_memory()), 0, me);
        Self { is_alone: true, ..Self::with(pen, progress) }
    }

    /// Nothing yet, likewise, to be written with `pen`.
    pub fn with(pen: Pen, progress: Arc<AtomicU64>) -> Self {
        Self {
            progress,
            pen,
            is_alone: false,
            said: Said::default(),
            rooms: BTreeSet::new(),
            screens: BTreeMap::new(),
            sending: BTreeMap::new(),
            asked: BTreeMap::new(),
            written: BTreeMap::new(),
            private: HashSet::new(),
        }
    }

    /// All of it. The last call.
    pub fn into_said(self) -> Said {
        let lines = if self.is_alone { self.pen.close().expect("memory takes all") } else { Vec::new() };
        Said { lines, ..self.said }
    }

    /// Writes down something else.
    pub(crate) fn write(&self, event: Event) {
        self.pen.write(event);
    }

    /// It composed something.
    pub fn composed(&mut self, room: &RoomId, nonce: Nonce, text: MessageText) {
        if !self.rooms.contains(room) {
            self.rooms.insert(room.clone());
        }
        self.write(Event::Composed { room: room.clone(), nonce, text });
    }

    /// A refused draft goes out again.
    pub fn sent_again(&mut self, nonce: &Nonce) {
        self.write(Event::SentAgain(nonce.clone()));
    }

    /// A refused draft is given up.
    pub fn given_up(&mut self, nonce: &Nonce) {
        self.write(Event::GivenUp(nonce.clone()));
    }

    /// Whether an edit or a deletion is on its way.
    pub fn awaits_answers(&self) -> bool {
        self.asked.values().any(|act| matches!(act.what, What::Revise { .. }))
    }

    /// Whether it is not answered yet that the membership of a room was to begin or to end.
    pub(crate) fn awaits_membership(&self, room: &RoomId) -> bool {
        let mut of_room = self.asked.values().filter(|act| act.room == *room);
        of_room.any(|act| matches!(act.what, What::Join | What::Leave))
    }

    /// Nothing that was asked will be answered.
    pub fn lost_answers(&mut self) {
        let sends = std::mem::take(&mut self.sending).into_iter();
        let sends = sends.map(|(room, nonce)| Act { room, what: What::Send { nonce, sequence: None } });
        for act in sends.chain(std::mem::take(&mut self.asked).into_values()) {
            self.pen.write(Event::Unknown(act));
        }
    }

    /// The rooms that something was written for.
    pub fn rooms(&self) -> impl Iterator<Item = &RoomId> {
        self.rooms.iter()
    }

    /// The messages of this member in a room, as far as they were acknowledged.
    pub fn written(&self, room: &RoomId) -> Vec<Sequence> {
        self.written.get(room).cloned().unwrap_or_default()
    }

    /// The client says something.
    pub fn says(&mut self, message: &ClientMessage) {
        let (request, room, what) = match message {
            ClientMessage::Send { room, nonce, .. } => {
                self.sending.insert(room.clone(), nonce.clone());
                (None, room, What::Send { nonce: nonce.clone(), sequence: None })
            }
            ClientMessage::Edit { request, room, sequence, nonce, text, .. } => {
                let text = Some(text.clone());
                (Some(request), room, What::Revise { nonce: nonce.clone(), sequence: *sequence, text })
            }
            ClientMessage::Delete { request, room, sequence, nonce } => {
                (Some(request), room, What::Revise { nonce: nonce.clone(), sequence: *sequence, text: None })
            }
            ClientMessage::Join { request, room } => (Some(request), room, What::Join),
            ClientMessage::Leave { request, room } => (Some(request), room, What::Leave),
            _ => return,
        };
        let act = Act { room: room.clone(), what };
        if let Some(request) = request {
            self.asked.insert(*request, act.clone());
        }
        self.write(Event::Invoke(act));
    }

    /// The server said something that the client does not know yet.
    pub fn heard(&mut self, message: &ServerMessage, client: &Client) {
        match message {
            ServerMessage::Sent { room, nonce, sequence, .. } => {
                self.written.entry(room.clone()).or_default().push(*sequence);
                self.write(Event::Ok(send(room, nonce, Some(*sequence))));
                self.sending.retain(|_, it| it != nonce);
                self.progress.fetch_add(1, Ordering::Relaxed);
            }
            ServerMessage::NotSent { room, nonce, refusal } => {
                let act = send(room, nonce, None);
                self.write(Event::Fail { act, refusal: refusal.clone() });
                self.sending.retain(|_, it| it != nonce);
            }
            ServerMessage::Revised { request, .. }
            | ServerMessage::Joined { request: Some(request), .. }
            | ServerMessage::Left { request: Some(request), .. } => {
                if let Some(act) = self.asked.remove(request) {
                    self.write(Event::Ok(act));
                }
            }
            ServerMessage::Refused { request: Some(request), refusal } => self.refused(*request, refusal),
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

    fn refused(&mut self, request: RequestId, refusal: &Refusal) {
        if let Some(act) = self.asked.remove(&request) {
            self.write(Event::Fail { act, refusal: refusal.clone() });
        }
    }

    fn got(&mut self, client: &Client, room: &RoomId, messages: &[Message], why: Why) {
        let newest = self.said.newest.entry(room.clone()).or_default();
        *newest = messages.iter().map(|message| message.at).fold(*newest, Timestamp::max);
        if client.room(room).is_none()
            && let Some(left) = self.said.left.get_mut(room)
        {
            let sequences = messages.iter().map(|message| message.sequence);
            match left.is_private || why == Why::Unasked {
                true => left.received.extend(sequences),
                // A public room may be read by whoever asks.
                false => left.heard_at = sequences.fold(left.heard_at, Sequence::max),
            }
        }
    }

    /// The client tells its member something.
    pub fn told(&mut self, outcome: &Outcome, client: &Client) {
        if let Outcome::Left(room, _) = outcome {
            let heard_at = client.timeline(room).map_or(Sequence::ZERO, Timeline::last);
            self.write(Event::Left { room: room.clone(), at: heard_at });
            if client.timeline(room).is_none() {
                self.screens.remove(room);
                self.write(Event::Forgot { room: room.clone() });
            }
            let is_private = self.private.contains(room);
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
            ServerMessage::Messages { page } => self.saw_new(client, &page.room, page.messages.iter()),
            ServerMessage::Changed { room, changed, .. } => self.saw_new(client, room, changed.iter()),
            // Any of what is on screen may be another version now.
            ServerMessage::Opened { page, .. } | ServerMessage::Page { page, .. } => {
                let Some(timeline) = client.timeline(&page.room) else { return };
                self.saw_new(client, &page.room, timeline.messages().iter());
            }
            _ => {}
        }
    }

    fn saw_new<'a>(&mut self, client: &Client, room: &RoomId, candidates: impl Iterator<Item = &'a Message>) {
        let Some(timeline) = client.timeline(room) else { return };
        let screen = self.screens.entry(room.clone()).or_default();
        let (anew, last) = (timeline.first() > screen.last.next(), screen.last);
        let new = timeline.messages().iter().rev().take_while(|it| anew || it.sequence > last);
        let new: Vec<&Message> = new.collect();
        screen.last = new.first().map_or(last, |message| message.sequence);
        let mut shown: Vec<Shown> = new.into_iter().rev().map(Shown::of).collect();
        screen.versions.extend(shown.iter().map(|it| (it.entry.sequence, it.revision)));
        let others = candidates.filter_map(|candidate| timeline.get(candidate.sequence));
        shown.extend(others.map(Shown::of).filter(|Shown { entry, revision }| {
            screen.versions.insert(entry.sequence, *revision) != Some(*revision)
        }));
        if screen.versions.len() > 2 * LOADED_MAX {
            screen.versions.retain(|sequence, _| *sequence >= timeline.first());
        }
        if !shown.is_empty() {
            self.pen.write(Event::Saw { room: room.clone(), anew, shown });
        }
    }
}

fn send(room: &RoomId, nonce: &Nonce, sequence: Option<Sequence>) -> Act {
    Act { room: room.clone(), what: What::Send { nonce: nonce.clone(), sequence } }
}

/// Why something came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Why {
    Asked,
    Unasked,
}
