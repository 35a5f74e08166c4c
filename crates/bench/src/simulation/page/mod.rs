//! A member's page: it drives a real client, over whatever network there is.

mod deeds;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::bail;
use client::{Client, Effect, KeptDraft, Outcome, Setup, Status};
use protocol::{Heads, Message, Person, RoomId, Sequence, ServerMessage, close::CloseCode, wire};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::rooms::rooms;
use crate::{
    noted::{Noted, Said},
    random::Random,
};

/// What a page hears whose connection breaks, or never was one.
pub const BROKEN: CloseCode = CloseCode(1006);

/// The network, as one page has it.
pub trait Network {
    /// Begins to connect to any node. What becomes of it, `random` decides.
    fn connect(&self, random: Random) -> Line;
}

/// A connection as a page has it, or the try to make one. It is given up when dropped.
pub struct Line {
    /// What comes. Its end is the last of it.
    pub heard: mpsc::UnboundedReceiver<Heard>,
    /// What the page says, and when.
    pub says: mpsc::UnboundedSender<(Instant, String)>,
}

/// Something that comes to a page.
pub enum Heard {
    /// The server said something.
    Message(Box<ServerMessage>),
    /// The connection has ended.
    Closed(CloseCode),
}

/// A member's page.
pub struct Page<N> {
    person: Person,
    network: N,
    random: Random,
    began: Instant,
    client: Client,
    line: Option<Line>,
    kept: Vec<KeptDraft>,
    /// What is written down of the page as it is loaded now, and as it was before.
    noted: Noted,
    said: Vec<Said>,
    n_composed: u32,
    n_revised: u32,
    n_resyncs: u64,
}

impl<N: Network> Page<N> {
    /// Loads a page, which shows the first room.
    pub fn new(person: Person, network: N, mut random: Random) -> Self {
        let mut page = Self {
            client: client(&person, random.number()),
            noted: noted(&person),
            said: Vec::new(),
            person,
            network,
            random,
            began: Instant::now(),
            line: None,
            kept: Vec::new(),
            n_composed: 0,
            n_revised: 0,
            n_resyncs: 0,
        };
        page.show(&rooms()[0]);
        page
    }

    /// Lets happen what happens.
    pub async fn rest(&mut self, until: Instant) {
        loop {
            let wake = self.client.next_wake().map_or(until, |at| until.min(self.began + at));
            let heard = async {
                match &mut self.line {
                    Some(line) => line.heard.recv().await,
                    None => std::future::pending().await,
                }
            };
            let heard = tokio::select! {
                biased;
                heard = heard => Some(heard),
                () = sleep_until(wake) => None,
            };
            match heard {
                Some(Some(Heard::Message(message))) => self.hear(*message),
                Some(Some(Heard::Closed(code))) => self.hang_up(code),
                Some(None) => self.hang_up(BROKEN),
                None => self.act(Client::wake),
            }
            if Instant::now() >= until {
                return;
            }
        }
    }

    /// Does something with the client, and all that follows from it.
    pub fn act<T>(&mut self, does: impl FnOnce(&mut Client, Duration) -> T) -> T {
        let now = self.now();
        let res = does(&mut self.client, now);
        loop {
            let effects = self.client.take_effects();
            if effects.is_empty() {
                return res;
            }
            for effect in effects {
                self.perform(effect);
            }
        }
    }

    /// Loads the page anew: what it knew is gone, and what it kept is not.
    pub fn reload(&mut self) {
        self.line = None;
        let seed = self.random.number();
        self.said.push(std::mem::replace(&mut self.noted, noted(&self.person)).into_said());
        self.client = client(&self.person, seed);
        self.show(&rooms()[0]);
        let kept = self.kept.clone();
        self.act(|client, now| client.adopt(kept, now));
    }

    /// Waits for everything to settle, as far as this page can tell.
    ///
    /// # Errors
    /// When it does not, in time.
    pub async fn settle(&mut self, heads: &BTreeMap<RoomId, Heads>, until: Instant) -> anyhow::Result<()> {
        loop {
            self.rest(Instant::now() + Duration::from_millis(200)).await;
            let Some(problem) = self.problem(heads) else { return Ok(()) };
            if Instant::now() >= until {
                bail!("{}: {problem}", self.person.name);
            }
        }
    }

    /// Goes to the end of a room, which is at `heads`, and reads up to its beginning. All of it, as the client has it.
    ///
    /// # Errors
    /// When that does not come, in time.
    pub async fn read_all(
        &mut self,
        room: &RoomId,
        heads: Heads,
        until: Instant,
    ) -> anyhow::Result<Vec<Message>> {
        self.show(room);
        self.act(|client, _| client.jump_to_end(room));
        let mut all: Vec<Message> = Vec::new();
        while Instant::now() < until {
            self.rest(Instant::now() + Duration::from_millis(100)).await;
            let Some(timeline) = self.client.timeline(room) else { continue };
            let is_behind = timeline.last() < heads.messages || timeline.changes() < heads.changes;
            if all.is_empty() && is_behind {
                continue;
            }
            let first = all.first().map_or(Sequence(u64::MAX), |message| message.sequence);
            let older = timeline.messages().iter().filter(|message| message.sequence < first);
            all.splice(0..0, older.cloned().collect::<Vec<_>>());
            if !timeline.has_older() {
                return Ok(all);
            }
            self.act(|client, _| client.need_older(room));
        }
        let n = all.len();
        bail!("{} has got {n} messages of {room}, which is at {heads:?}", self.person.name)
    }

    /// Whether all that was written has gone out.
    pub fn has_sent_all(&self) -> bool {
        self.client.n_unsent() == 0 && !self.noted.awaits_answers()
    }

    /// What it is stuck at, if anything.
    pub fn stuck(&self) -> Option<String> {
        (!self.has_sent_all()).then(|| {
            let (n, name, status) = (self.client.n_unsent(), &self.person.name, self.client.status());
            let rooms = rooms();
            let first = rooms.iter().find_map(|room| self.client.drafts(room).next());
            let first = first.map(|entry| (&entry.draft.room, &entry.draft.nonce, &entry.state));
            format!("{name} is stuck: {status:?}, {n} drafts are unsent, first {first:?}")
        })
    }

    /// What was written down of this page, load by load. The last call.
    pub fn into_said(mut self) -> Vec<Said> {
        self.said.push(self.noted.into_said());
        self.said
    }

    /// Whose page it is.
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// The client that it drives.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What decides what its member does.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// How much its member has composed.
    pub fn n_composed(&self) -> u32 {
        self.n_composed
    }

    /// How many of their edits and deletions were acknowledged.
    pub fn n_revised(&self) -> u32 {
        self.n_revised
    }

    /// How often it was told to begin anew from where it was.
    pub fn n_resyncs(&self) -> u64 {
        self.n_resyncs
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Why this page is not where the log is; none if it is.
    fn problem(&self, heads: &BTreeMap<RoomId, Heads>) -> Option<String> {
        if self.client.status() != Status::Live {
            return Some(format!("{:?}", self.client.status()));
        }
        if self.client.n_unsent() > 0 {
            return Some(format!("{} drafts are unsent", self.client.n_unsent()));
        }
        heads.iter().find_map(|(room, head)| {
            let known = self.client.room(room)?.heads.messages;
            let head = head.messages;
            (known != head).then(|| format!("{room} is thought to be at {known} of {head}"))
        })
    }

    fn hear(&mut self, message: ServerMessage) {
        self.n_resyncs += u64::from(message == ServerMessage::Resync);
        self.noted.heard(&message, &self.client);
        self.act(|client, now| client.received(message.clone(), now));
        self.noted.saw(&message, &self.client);
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Connect => self.line = Some(self.network.connect(self.random.fork())),
            Effect::Disconnect => {
                self.line = None;
                self.noted.lost_answers();
                let now = self.now();
                self.client.closed(CloseCode::GOING_AWAY, now);
            }
            Effect::Send(message) => {
                if let Some(line) = &self.line {
                    self.noted.says(&message);
                    let _ = line.says.send((Instant::now(), wire::encode(&message))); // Its end is heard.
                }
            }
            Effect::Save(draft) => {
                let nonce = draft.nonce.clone();
                self.n_composed += 1;
                self.noted.composed(&draft.room, nonce.clone(), draft.text.clone());
                self.kept.push(KeptDraft { draft, refusal: None });
                let now = self.now();
                self.client.saved(&nonce, now);
            }
            Effect::Mark(nonce, refusal) => {
                if let Some(kept) = self.kept.iter_mut().find(|kept| kept.draft.nonce == nonce) {
                    kept.refusal = refusal;
                }
            }
            Effect::Forget(nonce) => self.kept.retain(|kept| kept.draft.nonce != nonce),
            Effect::Tell(outcome) => {
                self.n_revised += u32::from(matches!(outcome, Outcome::Revised(..)));
                self.noted.told(&outcome, &self.client);
            }
        }
    }

    fn hang_up(&mut self, code: CloseCode) {
        self.line = None;
        self.noted.lost_answers();
        self.act(|client, now| client.closed(code, now));
    }
}

fn noted(person: &Person) -> Noted {
    Noted::new(person.id.clone(), Arc::default())
}

fn client(person: &Person, seed: u64) -> Client {
    Client::new(Setup { me: Some(person.clone()), rooms: Vec::new(), build: "build".to_owned(), seed })
}
