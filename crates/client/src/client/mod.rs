//! The client as a whole: its state, what drives it, and what it shows.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use protocol::{
    ClientMessage, Ending, Here, MemberId, Message, Nonce, Page, Person, Refusal, RoomId, RoomState,
    Sequence, close::CloseCode,
};

use crate::{
    draft::{Draft, Entry, KeptDraft},
    link::{Link, LinkAct, Status},
    outbox::{AfterRefusal, Outbox},
    people::{Directory, Note},
    random::Random,
    requests::{Asked, Requests},
    rooms::{Room, Rooms},
    shown::Shown,
    timeline::Timeline,
};

/// What a client begins with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who it acts for; none for a visitor, who reads pages and is never connected.
    pub me: Option<Person>,
    /// The rooms they are in, as the page was rendered.
    pub rooms: Vec<RoomState>,
    /// Which build of the page this is.
    pub build: String,
    /// Anything random, different for each client.
    pub seed: u64,
}

/// Something for the driver to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Make a connection; answered by [`Client::received`] or [`Client::closed`].
    Connect,
    /// End the connection at once and say so with [`Client::closed`].
    Disconnect,
    /// Send a frame. A visitor's are pages only, to be asked for over HTTP.
    Send(ClientMessage),
    /// Keep a draft over a reload; answered by [`Client::saved`], whether it worked or not.
    Save(Draft),
    /// Keep with it why the server did not take it, or that it goes out again.
    Mark(Nonce, Option<Refusal>),
    /// Keep it no longer.
    Forget(Nonce),
    /// Tell the member.
    Tell(Outcome),
}

/// What came of something the member asked for, or what they should hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They are in the room now, by what was asked here.
    Joined(RoomId),
    /// They are in the room no longer, by what was asked here or elsewhere.
    Left(RoomId, Ending),
    /// A message was edited or deleted, by what was asked here.
    Revised(RoomId, Sequence),
    /// It was not done.
    Refused {
        /// What was asked.
        asked: Asked,
        /// Why.
        refusal: Refusal,
    },
    /// Somebody else wrote this in the shown room.
    Spoken(Message),
}

/// Read cursors are told at most this often.
pub(crate) const READ_EVERY: Duration = Duration::from_secs(1);

/// The behaviour of a client. See the [crate's page](crate).
#[derive(Debug)]
pub struct Client {
    pub(crate) me: Option<Person>,
    pub(crate) build: String,
    pub(crate) newer_build: bool,
    pub(crate) link: Link,
    pub(crate) rooms: Rooms,
    pub(crate) directory: Directory,
    pub(crate) outbox: Outbox,
    pub(crate) views: HashMap<RoomId, Shown>,
    pub(crate) current: Option<RoomId>,
    pub(crate) requests: Requests,
    pub(crate) unread_told: BTreeMap<RoomId, Sequence>,
    pub(crate) reads_told_at: Option<Duration>,
    /// Whether something was told that the server may not have written down.
    pub(crate) reads_told: bool,
    pub(crate) typed_at: Option<(RoomId, Duration)>,
    pub(crate) random: Random,
    pub(crate) effects: Vec<Effect>,
}

impl Client {
    /// Begins. A member's client connects at the first [`Client::wake`].
    pub fn new(setup: Setup) -> Self {
        let mut rooms = Rooms::default();
        rooms.replace(setup.rooms);
        let mut directory = Directory::default();
        directory.learn(&setup.me);
        Self {
            me: setup.me,
            build: setup.build,
            newer_build: false,
            link: Link::new(),
            rooms,
            directory,
            outbox: Outbox::default(),
            views: HashMap::new(),
            current: None,
            requests: Requests::default(),
            unread_told: BTreeMap::new(),
            reads_told_at: None,
            reads_told: false,
            typed_at: None,
            random: Random::from_seed(setup.seed),
            effects: Vec::new(),
        }
    }

    /// Takes a room as the page was rendered with it.
    pub fn rendered(&mut self, page: Page, here: Here, now: Duration) {
        self.directory.learn(&page.people);
        self.directory.learn(here.here.iter().chain(&here.away));
        let shown = self.views.entry(page.room).or_default();
        shown.timeline.begin(page.messages, page.heads);
        shown.company.opened(here, Vec::new(), now);
        shown.loaded = true;
    }

    /// Takes what is to be done since the last call.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    // What the driver tells.

    /// The connection ended, or could not be made.
    pub fn closed(&mut self, code: CloseCode, now: Duration) {
        self.link.closed(code, now, &mut self.random);
        self.outbox.disconnected();
        self.requests.disconnected();
        for shown in self.views.values_mut() {
            shown.open = false;
            shown.company.lost();
        }
        self.lose_answers();
    }

    /// A frame came that is none: the server is newer than this page.
    pub fn unreadable(&mut self) {
        self.link.outdated();
        self.effects.push(Effect::Disconnect);
    }

    /// Time has passed: does what is due. To be called at [`Client::next_wake`] at the latest.
    pub fn wake(&mut self, now: Duration) {
        if self.me.is_some() {
            match self.link.wake(now) {
                Some(LinkAct::Connect) => self.effects.push(Effect::Connect),
                Some(LinkAct::Disconnect) => self.effects.push(Effect::Disconnect),
                None => {}
            }
        }
        for shown in self.views.values_mut() {
            shown.company.lapse(now);
        }
        self.ask_again(now);
        self.tell_reads(now);
        self.send_drafts(now);
    }

    /// When [`Client::wake`] is due, if nothing happens before.
    pub fn next_wake(&self) -> Option<Duration> {
        let link = self.me.as_ref().and_then(|_| self.link.next_wake());
        let lapses = self.views.values().filter_map(|shown| shown.company.next_wake()).min();
        let reads = self.reads_told_at.filter(|_| !self.unread_told.is_empty()).map(|at| at + READ_EVERY);
        // These can be done with a connection only, and are when there is one.
        let live = [reads, self.requests.next_wake(), self.outbox.next_wake()];
        let live = live.into_iter().flatten().filter(|_| self.link.is_live());
        live.chain(link).chain(lapses).min()
    }

    /// The device says whether it has a network. Without one a connection is given up, since it would fall silent.
    pub fn set_online(&mut self, online: bool, now: Duration) {
        if !online && self.link.is_live() {
            self.effects.push(Effect::Disconnect);
        }
        self.link.set_online(online, now);
        self.wake(now);
    }

    /// The page may go at any moment: what would have been told soon is told now, to be written down at once.
    pub fn going(&mut self, now: Duration) {
        self.reads_told_at = None;
        self.tell_reads(now);
        if std::mem::take(&mut self.reads_told) && self.link.is_live() {
            self.send(ClientMessage::Hidden);
        }
    }

    /// The member asks not to wait for the next try.
    pub fn try_now(&mut self, now: Duration) {
        self.link.try_now(now);
        self.wake(now);
    }

    /// Drafts that a page before this one left behind: of this member only, in their order.
    pub fn adopt(&mut self, drafts: Vec<KeptDraft>, now: Duration) {
        let me = self.me.as_ref().map(|me| &me.id);
        self.outbox.adopt(drafts.into_iter().filter(|kept| me == Some(&kept.draft.author)));
        self.send_drafts(now);
    }

    /// A draft is kept, or cannot be: either way it may go out.
    pub fn saved(&mut self, nonce: &Nonce, now: Duration) {
        self.outbox.saved(nonce);
        self.send_drafts(now);
    }

    // What the page shows.

    /// Who this client acts for.
    pub fn me(&self) -> Option<&Person> {
        self.me.as_ref()
    }

    /// How the connection is.
    pub fn status(&self) -> Status {
        self.link.status()
    }

    /// Whether the server has a newer page than this one.
    pub fn has_newer_build(&self) -> bool {
        self.newer_build
    }

    /// The rooms that the member is in, by name.
    pub fn rooms(&self) -> &[Room] {
        self.rooms.all()
    }

    /// One of those.
    pub fn room(&self, room: &RoomId) -> Option<&Room> {
        self.rooms.get(room)
    }

    /// How many messages are unread in all rooms.
    pub fn unread(&self) -> u64 {
        self.rooms.all().iter().map(Room::unread).sum()
    }

    /// What is loaded of a room; none until something is.
    pub fn timeline(&self, room: &RoomId) -> Option<&Timeline> {
        self.views.get(room).filter(|shown| shown.loaded).map(|shown| &shown.timeline)
    }

    /// The drafts for a room, as they stand under its messages.
    pub fn drafts(&self, room: &RoomId) -> impl Iterator<Item = &Entry> {
        self.outbox.entries(room)
    }

    /// How many drafts are not durable yet, in all rooms.
    pub fn n_unsent(&self) -> usize {
        self.outbox.n_unsent()
    }

    /// Who a member is.
    pub fn person(&self, id: &MemberId) -> Option<&Person> {
        self.directory.get(id)
    }

    /// Everybody whom the client has heard of, in no order.
    pub fn people(&self) -> impl Iterator<Item = &Person> {
        self.directory.all()
    }

    /// Who is here in a shown room.
    pub fn here(&self, room: &RoomId) -> Option<&Here> {
        self.views.get(room).map(|shown| &shown.company.here)
    }

    /// Who came and went in a shown room, and where.
    pub fn notes(&self, room: &RoomId) -> &[Note] {
        self.views.get(room).map_or(&[], |shown| &shown.company.notes)
    }

    /// Who else types in a shown room.
    pub fn typing(&self, room: &RoomId) -> Vec<&Person> {
        let mine = |person: &&Person| self.me.as_ref().is_some_and(|me| me.id == person.id);
        let typing = self.views.get(room).into_iter().flat_map(|shown| shown.company.typing());
        typing.filter(|person| !mine(person)).collect()
    }

    /// The message that the line *new* stands above.
    pub fn new_line(&self, room: &RoomId) -> Option<Sequence> {
        self.views.get(room)?.new_line
    }

    /// A message to bring into view and mark, if it is loaded.
    pub fn target(&self, room: &RoomId) -> Option<Sequence> {
        let shown = self.views.get(room)?;
        shown.target.filter(|target| shown.timeline.get(*target).is_some())
    }

    /// Whether a message is still to be brought into view. Until then nobody knows what the member sees.
    pub fn is_seeking(&self, room: &RoomId) -> bool {
        self.views.get(room).is_some_and(|shown| shown.target.is_some())
    }

    // Shared by what is done and what is heard.

    pub(crate) fn tell(&mut self, outcome: Outcome) {
        self.effects.push(Effect::Tell(outcome));
    }

    pub(crate) fn send(&mut self, message: ClientMessage) {
        self.effects.push(Effect::Send(message));
    }

    pub(crate) fn send_drafts(&mut self, now: Duration) {
        if self.link.is_live() {
            for send in self.outbox.take_sendable(now) {
                self.send(send);
            }
        }
    }

    pub(crate) fn refuse_draft(&mut self, room: &RoomId, nonce: &Nonce, refusal: Refusal, now: Duration) {
        if self.is_news_of_an_end(room, &refusal) {
            self.look_up(room);
        }
        match self.outbox.refused(nonce, refusal, now) {
            AfterRefusal::Wait => self.send_drafts(now),
            AfterRefusal::Keep(refusal) => {
                self.effects.push(Effect::Mark(nonce.clone(), Some(refusal)));
                self.send_drafts(now);
            }
            AfterRefusal::CatchUp { after } => self.catch_up(room, after),
        }
    }

    /// Reads on in a room where the next draft was refused as stale; sends it once that is done.
    pub(crate) fn catch_up_on(&mut self, room: &RoomId, now: Duration) {
        let head = self.rooms.get(room).map_or(Sequence::ZERO, |room| room.heads.messages);
        match self.outbox.catch_up_after(room, head) {
            Some(after) => self.catch_up(room, after),
            None => self.send_drafts(now),
        }
    }

    /// Tells the server how far the member has read, not too often.
    pub(crate) fn tell_reads(&mut self, now: Duration) {
        let due = self.reads_told_at.is_none_or(|at| now >= at + READ_EVERY);
        if due && self.link.is_live() && !self.unread_told.is_empty() {
            for (room, upto) in std::mem::take(&mut self.unread_told) {
                self.send(ClientMessage::Read { room, upto });
            }
            (self.reads_told_at, self.reads_told) = (Some(now), true);
        }
    }
}

#[cfg(test)]
mod tests;
