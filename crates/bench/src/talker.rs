//! A member's client as it runs in a browser, over real sockets: the same state machine, another driver.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use client::{Client, Effect, Setup};
use protocol::{
    ClientMessage, MemberId, Message, MessageText, Nonce, RoomId, Sequence, ServerMessage, close::CloseCode,
};
use tokio::time::timeout;

use crate::{
    checker::{Entry, View},
    crowd::Member,
    peer::Peer,
};

/// A connection that is not made within this time is tried again.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// A step takes no longer than this, so that what happens elsewhere is seen.
const LOOKS_UP_EVERY: Duration = Duration::from_millis(50);

/// A client and its connection.
pub struct Talker {
    client: Client,
    member: Member,
    addr: SocketAddr,
    began: Instant,
    peer: Option<Peer>,
    witnessed: BTreeMap<RoomId, Vec<Entry>>,
    progress: Arc<AtomicU64>,
    said: Said,
}

/// What a client said.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// What it was told is durable.
    pub acknowledged: Vec<(RoomId, Entry)>,
    /// What it composed for each room, in order.
    pub composed: BTreeMap<(RoomId, MemberId), Vec<Nonce>>,
}

impl Talker {
    /// A client that connects when it is first [`stepped`](Self::step), and adds each acknowledgement to `progress`.
    pub fn new(addr: SocketAddr, member: Member, seed: u64, progress: Arc<AtomicU64>) -> Self {
        let me = Some(member.person.clone());
        let setup = Setup { me, rooms: Vec::new(), build: String::new(), seed };
        Self {
            client: Client::new(setup),
            member,
            addr,
            began: Instant::now(),
            peer: None,
            witnessed: BTreeMap::new(),
            progress,
            said: Said::default(),
        }
    }

    /// The client, to be read.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Who talks.
    pub fn member(&self) -> &MemberId {
        &self.member.person.id
    }

    /// Shows a room in place of the one before, at its end.
    pub fn show(&mut self, room: &RoomId) {
        let now = self.now();
        self.client.show(room, now);
        self.client.viewing(room, true, now);
    }

    /// Asks to join a room.
    pub fn join(&mut self, room: &RoomId) {
        self.client.join(room);
    }

    /// Writes a message.
    pub fn compose(&mut self, room: &RoomId, text: MessageText) {
        let nonce = self.client.compose(room, text).expect("a talker is a member");
        let key = (room.clone(), self.member().clone());
        self.said.composed.entry(key).or_default().push(nonce);
    }

    /// What it said until now. The last call.
    pub fn into_said(self) -> Said {
        self.said
    }

    /// A view of this client's.
    pub fn view(&self, room: &RoomId, entries: Vec<Entry>) -> View {
        View { member: self.member().clone(), room: room.clone(), entries }
    }

    /// All that was ever on screen of a room, from the last time that it was shown from somewhere else.
    pub fn witnessed(&self, room: &RoomId) -> &[Entry] {
        self.witnessed.get(room).map_or(&[], Vec::as_slice)
    }

    /// Steps until something is so.
    ///
    /// # Errors
    /// When it is not within `limit`.
    pub async fn until(
        &mut self,
        limit: Duration,
        what: &str,
        is_so: impl Fn(&Client) -> bool,
    ) -> anyhow::Result<()> {
        let steps = async {
            while !is_so(&self.client) {
                self.step().await;
            }
        };
        timeout(limit, steps).await.with_context(|| format!("{what} took more than {limit:?}"))
    }

    /// Does what the client wants, then lets one thing happen to it: a frame, an end, or the passing of time.
    pub async fn step(&mut self) {
        self.carry_out().await;
        let wait = self.client.next_wake().map_or(LOOKS_UP_EVERY, |at| at.saturating_sub(self.now()));
        let due = tokio::time::sleep(wait.min(LOOKS_UP_EVERY));
        let heard = async {
            match &mut self.peer {
                Some(peer) => peer.hear().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            heard = heard => self.hear(heard),
            () = due => {
                let now = self.now();
                self.client.wake(now);
            }
        }
        self.witness();
        self.carry_out().await;
    }

    fn hear(&mut self, heard: Result<ServerMessage, CloseCode>) {
        match heard {
            Ok(message) => {
                self.note(&message);
                let now = self.now();
                self.client.received(message, now);
            }
            Err(code) => self.end(code),
        }
    }

    fn note(&mut self, message: &ServerMessage) {
        if let ServerMessage::Sent { room, nonce, sequence, .. } = message {
            let entry = Entry { sequence: *sequence, author: self.member().clone(), nonce: nonce.clone() };
            self.said.acknowledged.push((room.clone(), entry));
            self.progress.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes down what is new on screen.
    fn witness(&mut self) {
        let rooms = self.client.rooms().iter().map(|room| room.info.id.clone());
        for room in rooms.collect::<Vec<_>>() {
            let Some(timeline) = self.client.timeline(&room) else { continue };
            let witnessed = self.witnessed.entry(room).or_default();
            let last = witnessed.last().map_or(Sequence::ZERO, |it| it.sequence);
            if timeline.first() > last.next() {
                witnessed.clear();
            }
            let is_new = |message: &&Message| message.sequence > last || witnessed.is_empty();
            let new: Vec<_> = timeline.messages().iter().rev().take_while(is_new).map(entry_of).collect();
            witnessed.extend(new.into_iter().rev());
        }
    }

    async fn carry_out(&mut self) {
        loop {
            let effects = self.client.take_effects();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Connect => self.connect().await,
                    Effect::Disconnect => self.end(CloseCode::GOING_AWAY),
                    Effect::Send(message) => self.say(&message).await,
                    Effect::Save(draft) => {
                        let now = self.now();
                        self.client.saved(&draft.nonce, now);
                    }
                    Effect::Mark(..) | Effect::Forget(_) | Effect::Tell(_) => {}
                }
            }
        }
    }

    async fn connect(&mut self) {
        match timeout(CONNECT_WITHIN, Peer::connect(self.addr, &self.member)).await {
            Ok(Ok(peer)) => self.peer = Some(peer),
            Ok(Err(_)) | Err(_) => self.end(CloseCode::GOING_AWAY),
        }
    }

    async fn say(&mut self, message: &ClientMessage) {
        let Some(peer) = &mut self.peer else { return };
        if peer.say(message).await.is_err() {
            self.end(CloseCode::GOING_AWAY);
        }
    }

    fn end(&mut self, code: CloseCode) {
        self.peer = None;
        let now = self.now();
        self.client.closed(code, now);
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }
}

/// What the checker wants to know of a message.
pub fn entry_of(message: &Message) -> Entry {
    Entry { sequence: message.sequence, author: message.author.clone(), nonce: message.nonce.clone() }
}
