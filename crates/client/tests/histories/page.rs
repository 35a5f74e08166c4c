//! A page of the model: it drives one client as the browser does, and remembers what was promised to its member.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use client::{Client, Draft, DraftState, Effect, KeptDraft, Setup, Status};
use protocol::{MemberId, Nonce, Refusal, RoomId, Sequence, close::CloseCode};

use crate::{
    names::{index, member, person, room_id, rooms, text},
    server::Server,
};

/// A client has done all that a moment asks for after being woken so often.
const WAKES_MAX: usize = 20;

/// A page and the storage of its tab, which outlives it.
pub(crate) struct Page {
    pub(crate) client: Client,
    pub(crate) member: MemberId,
    /// The node that the next connection leads to.
    pub(crate) route: usize,
    line: Option<usize>,
    shown: Option<usize>,
    disk: VecDeque<Write>,
    kept: Vec<KeptDraft>,
    /// Every draft that is safe, in the order in which they were written: load by load, room by room.
    promised: Vec<Promise>,
    /// What the member gave up, or sent again after the server had said no.
    pub(crate) out_of_order: BTreeSet<Nonce>,
    pub(crate) discarded: BTreeSet<Nonce>,
    n_loads: u64,
    seed: u64,
}

/// A draft that is to be in the log once, behind those before it.
pub(crate) struct Promise {
    pub(crate) nonce: Nonce,
    pub(crate) room: usize,
    /// How often the page had been loaded.
    pub(crate) load: u64,
}

/// What is on its way to the storage.
enum Write {
    Save(Draft),
    Mark(Nonce, Option<Refusal>),
    Forget(Nonce),
}

impl Page {
    pub(crate) fn new(name: &str, seed: u64) -> Self {
        let member = member(name);
        let mut page = Self {
            client: client(&member, seed),
            member,
            route: 0,
            line: None,
            shown: None,
            disk: VecDeque::new(),
            kept: Vec::new(),
            promised: Vec::new(),
            out_of_order: BTreeSet::new(),
            discarded: BTreeSet::new(),
            n_loads: 1,
            seed,
        };
        page.client.show(&room_id(0), Duration::ZERO);
        page.client.viewing(&room_id(0), true, Duration::ZERO);
        page.shown = Some(0);
        page
    }

    pub(crate) fn line(&self) -> Option<usize> {
        self.line
    }

    pub(crate) fn promised(&self) -> &[Promise] {
        &self.promised
    }

    /// Does something with the client and carries out what it asks for.
    pub(crate) fn act<T>(
        &mut self,
        server: &mut Server,
        now: Duration,
        does: impl FnOnce(&mut Client, Duration) -> T,
    ) -> T {
        let res = does(&mut self.client, now);
        loop {
            let effects = self.client.take_effects();
            if effects.is_empty() {
                break;
            }
            for effect in effects {
                self.perform(server, now, effect);
            }
        }
        self.note_refused();
        res
    }

    fn perform(&mut self, server: &mut Server, now: Duration, effect: Effect) {
        match effect {
            Effect::Connect => {
                self.hang_up(server, 0);
                self.line = Some(server.connect(self.route, self.member.clone()));
            }
            Effect::Disconnect => {
                self.hang_up(server, 0);
                self.client.closed(CloseCode::GOING_AWAY, now);
            }
            Effect::Send(message) => {
                if let Some(line) = self.line {
                    server.say(line, message);
                }
            }
            Effect::Save(draft) => self.disk.push_back(Write::Save(draft)),
            Effect::Mark(nonce, refusal) => self.disk.push_back(Write::Mark(nonce, refusal)),
            Effect::Forget(nonce) => self.disk.push_back(Write::Forget(nonce)),
            Effect::Tell(_) => {}
        }
    }

    /// Time has passed: wakes the client as often as it wants, unless that has no end.
    pub(crate) fn pass(&mut self, server: &mut Server, now: Duration) {
        let mut n = 0;
        while self.client.next_wake().is_some_and(|at| at <= now) {
            assert!(n < WAKES_MAX, "a client that was woken wants to be woken at once, for ever");
            self.act(server, now, Client::wake);
            n += 1;
        }
    }

    /// The connection breaks after `arrived` more frames have come through.
    pub(crate) fn cut(&mut self, server: &mut Server, now: Duration, arrived: usize) {
        if self.line.is_some() {
            self.hang_up(server, arrived);
            self.act(server, now, |client, now| client.closed(CloseCode(1006), now));
        }
    }

    fn hang_up(&mut self, server: &mut Server, arrived: usize) {
        if let Some(line) = self.line.take() {
            server.cut(line, arrived);
        }
    }

    /// Up to `n` frames come.
    pub(crate) fn hear(&mut self, server: &mut Server, now: Duration, n: usize) {
        for _ in 0..n {
            let Some(message) = self.line.and_then(|line| server.take_down(line)) else { return };
            self.act(server, now, |client, now| client.received(message, now));
        }
    }

    pub(crate) fn compose(&mut self, server: &mut Server, now: Duration, room: usize) {
        let n = self.promised.len() + self.disk.len();
        let says = text(&format!("{} {} {n}", self.member, self.n_loads));
        self.act(server, now, |client, _| client.compose(&room_id(room), says));
    }

    /// The storage does the next of what it was given.
    pub(crate) fn write(&mut self, server: &mut Server, now: Duration) {
        match self.disk.pop_front() {
            Some(Write::Save(draft)) => {
                let (nonce, room) = (draft.nonce.clone(), index(&draft.room));
                self.kept.push(KeptDraft { draft, refusal: None });
                self.promised.push(Promise { nonce: nonce.clone(), room, load: self.n_loads });
                self.act(server, now, |client, now| client.saved(&nonce, now));
            }
            Some(Write::Mark(nonce, refusal)) => {
                if let Some(kept) = self.kept.iter_mut().find(|it| it.draft.nonce == nonce) {
                    kept.refusal = refusal;
                }
            }
            Some(Write::Forget(nonce)) => self.kept.retain(|it| it.draft.nonce != nonce),
            None => {}
        }
    }

    pub(crate) fn is_written(&self) -> bool {
        self.disk.is_empty()
    }

    /// The page is loaded anew. What the storage had not done yet never happens.
    pub(crate) fn reload(&mut self, server: &mut Server, now: Duration) {
        self.hang_up(server, 1);
        self.disk.clear();
        self.n_loads += 1;
        self.client = client(&self.member, self.seed.wrapping_mul(31).wrapping_add(self.n_loads));
        self.shown = None;
        self.show(server, now, 0);
        let kept = self.kept.clone();
        self.act(server, now, |client, now| client.adopt(kept, now));
    }

    /// Shows the end of a room.
    pub(crate) fn show(&mut self, server: &mut Server, now: Duration, room: usize) {
        self.shown = Some(room);
        self.act(server, now, |client, now| {
            client.show(&room_id(room), now);
            client.viewing(&room_id(room), true, now);
        });
    }

    /// The member leaves a room, or joins it.
    pub(crate) fn come_or_go(&mut self, server: &mut Server, now: Duration, room: &RoomId) {
        let is_in = self.client.room(room).is_some();
        self.act(server, now, |client, _| match is_in {
            true => client.leave(room),
            false => client.join(room),
        });
    }

    /// The member joins all rooms that they are not in.
    pub(crate) fn come_back(&mut self, server: &mut Server, now: Duration) {
        for room in rooms().filter(|room| self.client.room(room).is_none()).collect::<Vec<_>>() {
            self.act(server, now, |client, _| client.join(&room));
        }
    }

    pub(crate) fn hide(&mut self, server: &mut Server, now: Duration) {
        self.shown = None;
        self.act(server, now, |client, _| client.hide());
    }

    pub(crate) fn shown(&self) -> Option<usize> {
        self.shown
    }

    /// The drafts that the server has said no to.
    pub(crate) fn refused(&self) -> Vec<Nonce> {
        let all = rooms().flat_map(|room| self.client.drafts(&room).cloned().collect::<Vec<_>>());
        all.filter(|it| matches!(it.state, DraftState::Refused(_))).map(|it| it.draft.nonce).collect()
    }

    fn note_refused(&mut self) {
        self.out_of_order.extend(self.refused());
    }

    /// The member gives up the first draft that was refused, if any.
    pub(crate) fn discard(&mut self, server: &mut Server, now: Duration) {
        if let Some(nonce) = self.refused().into_iter().next() {
            self.act(server, now, |client, _| client.discard(&nonce));
            self.discarded.insert(nonce);
        }
    }

    /// The member sends all that was refused again.
    pub(crate) fn retry(&mut self, server: &mut Server, now: Duration) {
        for nonce in self.refused() {
            self.act(server, now, |client, now| client.retry(&nonce, now));
        }
    }

    /// The member's own messages that are loaded, and the revision of each.
    pub(crate) fn own_loaded(&self, room: &RoomId) -> Vec<(Sequence, Sequence)> {
        let messages = self.client.timeline(room).into_iter().flat_map(client::Timeline::messages);
        let own = messages.filter(|message| message.author == self.member);
        own.map(|message| (message.sequence, message.revision)).collect()
    }

    /// What is loaded is a part of the log, without a hole, and nothing in it is older than the changes that are known.
    pub(crate) fn check_loaded(&self, server: &Server) -> Result<(), String> {
        for room in rooms() {
            let Some(timeline) = self.client.timeline(&room) else { continue };
            let (after, upto) = (timeline.first().minus(1), timeline.last());
            let log = server.store.between(&room, after, upto);
            if timeline.messages().iter().map(|it| it.sequence).ne(log.iter().map(|it| it.sequence)) {
                let loaded: Vec<u64> = timeline.messages().iter().map(|it| it.sequence.0).collect();
                let name = &self.member;
                return Err(format!(
                    "{name} has {loaded:?} loaded of {room}, not {after}..={upto} of its log"
                ));
            }
            for (message, now) in timeline.messages().iter().zip(&log) {
                if message == now {
                    continue;
                }
                let versions = server.store.versions(&room, message.sequence);
                let known = versions.iter().rfind(|it| it.revision <= timeline.changes());
                let is_old = known.is_none_or(|known| known.revision > message.revision);
                if is_old || !versions.contains(message) {
                    let (name, upto) = (&self.member, timeline.changes());
                    return Err(format!(
                        "{name} shows {message:?} and knows of {upto} changes: {versions:?}"
                    ));
                }
            }
            if timeline.head() > server.store.head(&room) {
                return Err(format!("{room} ends before {}", timeline.head()));
            }
        }
        Ok(())
    }

    /// The end of the shown room is loaded, and nothing else is to come.
    pub(crate) fn check_end(&self, server: &Server) -> Result<(), String> {
        let shows: Vec<RoomId> = self.line.map(|line| server.shows(line)).unwrap_or_default();
        if shows != Vec::from_iter(self.shown.map(room_id)) {
            return Err(format!("{} shows {:?}, and {shows:?} for the server", self.member, self.shown));
        }
        for room in rooms() {
            let (told, read) = (server.store.read(&self.member, &room), self.has_read(index(&room)));
            if told < read {
                return Err(format!("{} has read {read} in {room}, but told {told}", self.member));
            }
        }
        let Some(room) = self.shown.map(room_id) else { return Ok(()) };
        let (name, head) = (&self.member, server.store.head(&room));
        let Some(timeline) = self.client.timeline(&room) else {
            return Err(format!("{name} has nothing loaded of {room}"));
        };
        if timeline.is_following() && timeline.last() != head {
            return Err(format!("{name} has {room} up to {} of {head}", timeline.last()));
        }
        if timeline.changes() != server.store.changes_head(&room) {
            return Err(format!("{name} knows of {} changes in {room}", timeline.changes()));
        }
        let state = self.client.room(&room).ok_or("a room is missing")?;
        if state.heads.messages != head {
            return Err(format!("{name} thinks that {room} is at {}, not at {head}", state.heads.messages));
        }
        if let Some(entry) = self.client.drafts(&room).next() {
            return Err(format!("{name} still has {entry:?}"));
        }
        if self.client.status() != Status::Live {
            return Err(format!("{name} is {:?}", self.client.status()));
        }
        Ok(())
    }

    pub(crate) fn has_read(&self, room: usize) -> Sequence {
        self.client.room(&room_id(room)).map_or(Sequence::ZERO, |it| it.read)
    }
}

fn client(member: &MemberId, seed: u64) -> Client {
    Client::new(Setup { me: Some(person(member)), rooms: Vec::new(), build: "build".to_owned(), seed })
}
