//! A member's page: it drives a real client, and does what members do, as chance has it.

mod deeds;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bench::noted::{Noted, Said};
use chat::session::SessionToken;
use client::{Client, Effect, KeptDraft, Outcome, Setup, Status};
use protocol::{Heads, Message, Person, RoomId, Sequence, ServerMessage, close::CloseCode, wire};
use tokio::time::{Instant, sleep_until};

use super::{
    line::{Heard, Line},
    node::BROKEN,
    random::Random,
    world::{Counts, World, rooms},
};

/// Members rest for so long between two things that they do, at most.
const REST_MS: u64 = 800;
/// What each client sends, and what it edits and deletes, before things calm down.
const N_SENDS: u32 = 300;
const N_REVISIONS: u32 = 30;
/// Things calm down after this time in any case.
const TROUBLE_MAX: Duration = Duration::from_mins(15);
/// Members write nothing more while so much has not gone out, so that what they write goes out before the calm.
const UNSENT_MAX: usize = 12;

/// A member's page.
pub(super) struct Page {
    n: u64,
    person: Person,
    token: SessionToken,
    world: Arc<World>,
    random: Random,
    began: Instant,
    client: Client,
    line: Option<Line>,
    kept: Vec<KeptDraft>,
    /// What is written down of the page as it is loaded now, and as it was before.
    noted: Noted,
    said: Vec<Said>,
    n_sent: u32,
    n_revised: u32,
}

impl Page {
    pub(super) fn new(n: u8, (person, token): (Person, SessionToken), world: &Arc<World>) -> Self {
        let mut random = world.chance();
        let mut page = Self {
            n: n.into(),
            client: client(&person, random.next()),
            noted: noted(&person),
            said: Vec::new(),
            person,
            token,
            world: Arc::clone(world),
            random,
            began: Instant::now(),
            line: None,
            kept: Vec::new(),
            n_sent: 0,
            n_revised: 0,
        };
        page.show(&rooms()[0]);
        page
    }

    /// Does what members do, until it has done its share.
    pub(super) async fn live(&mut self) {
        let until = self.began + TROUBLE_MAX;
        while Instant::now() < until && (self.n_sent < N_SENDS || self.n_revised < N_REVISIONS) {
            let rest = self.random.ms(0, REST_MS);
            self.rest(Instant::now() + rest).await;
            self.do_something();
        }
    }

    /// Waits for everything to settle, as far as this page can tell.
    pub(super) async fn settle(
        &mut self,
        heads: &BTreeMap<RoomId, Heads>,
        until: Instant,
    ) -> Result<(), String> {
        loop {
            self.rest(Instant::now() + Duration::from_millis(200)).await;
            let Some(problem) = self.problem(heads) else { return Ok(()) };
            if Instant::now() >= until {
                return Err(format!("{}: {problem}", self.person.name));
            }
        }
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

    /// Whether all that was written has gone out.
    pub(super) fn has_sent_all(&self) -> bool {
        self.client.n_unsent() == 0 && !self.noted.awaits_answers()
    }

    /// What it is stuck at, if anything.
    pub(super) fn stuck(&self) -> Option<String> {
        (!self.has_sent_all()).then(|| {
            let (n, name, status) = (self.client.n_unsent(), &self.person.name, self.client.status());
            let rooms = rooms();
            let first = rooms.iter().find_map(|room| self.client.drafts(room).next());
            let first = first.map(|entry| (&entry.draft.room, &entry.draft.nonce, &entry.state));
            format!("{name} is stuck: {status:?}, {n} drafts are unsent, first {first:?}")
        })
    }

    /// Goes to the end of a room, which is at `heads`, and reads up to its beginning. All of it, as the client has it.
    pub(super) async fn read_all(
        &mut self,
        room: &RoomId,
        heads: Heads,
        until: Instant,
    ) -> Result<Vec<Message>, String> {
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
        Err(format!("{} has got {n} messages of {room}, which is at {heads:?}", self.person.name))
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Lets happen what happens.
    pub(super) async fn rest(&mut self, until: Instant) {
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

    fn hear(&mut self, message: ServerMessage) {
        if message == ServerMessage::Resync {
            Counts::one(&self.world.counts.resyncs);
        }
        self.noted.heard(&message, &self.client);
        self.act(|client, now| client.received(message.clone(), now));
        self.noted.saw(&message, &self.client);
    }

    fn act<T>(&mut self, does: impl FnOnce(&mut Client, Duration) -> T) -> T {
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

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Connect => {
                let random = self.random.fork();
                self.line = Some(Line::connect(&self.world, self.n, self.token.clone(), random));
            }
            Effect::Disconnect => {
                self.line = None;
                self.noted.lost_answers();
                let now = self.now();
                self.client.closed(CloseCode::GOING_AWAY, now);
            }
            Effect::Send(message) => {
                if let Some(line) = &self.line {
                    self.noted.says(&message);
                    let text = wire::encode(&message);
                    self.world.note(&text, self.n);
                    line.say(text);
                }
            }
            Effect::Save(draft) => {
                let nonce = draft.nonce.clone();
                self.n_sent += 1;
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

    fn show(&mut self, room: &RoomId) {
        self.act(|client, now| {
            client.show(room, now);
            client.viewing(room, true, now);
        });
    }

    fn hang_up(&mut self, code: CloseCode) {
        self.line = None;
        self.noted.lost_answers();
        self.act(|client, now| client.closed(code, now));
    }

    fn reload(&mut self) {
        self.line = None;
        let seed = self.random.next();
        self.said.push(std::mem::replace(&mut self.noted, noted(&self.person)).into_said());
        self.client = client(&self.person, seed);
        self.show(&rooms()[0]);
        let kept = self.kept.clone();
        self.act(|client, now| client.adopt(kept, now));
    }

    /// What was written down of this page, load by load. The last call.
    pub(super) fn into_said(mut self) -> Vec<Said> {
        self.said.push(self.noted.into_said());
        self.said
    }

    pub(super) fn go_online(&mut self) {
        self.act(|client, now| client.set_online(true, now));
    }

    pub(super) fn person(&self) -> &Person {
        &self.person
    }

    pub(super) fn is_inside(&self, room: &RoomId) -> bool {
        self.client.room(room).is_some()
    }
}

fn noted(person: &Person) -> Noted {
    Noted::new(person.id.clone(), Arc::default())
}

fn client(person: &Person, seed: u64) -> Client {
    Client::new(Setup { me: Some(person.clone()), rooms: Vec::new(), build: "build".to_owned(), seed })
}
