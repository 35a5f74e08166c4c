//! A member's page: it drives a real client over a real WebSocket, and does what members do, as chance has it.

mod deeds;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{SinkExt as _, StreamExt as _};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    io::DuplexStream,
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Error, Message as Frame},
};

use bench::{
    noted::{Noted, Said},
    peer::handshake,
};
use chat::session::SessionToken;
use client::{Client, Effect, KeptDraft, Setup, Status};
use protocol::{Heads, Message, Person, RoomId, Sequence, ServerMessage, close::CloseCode, wire};

use crate::{network::Network, nodes::rooms};

/// A handshake that takes longer has failed.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(8);
/// Members rest for so long between two things that they do, at most.
const REST_MS: u64 = 1_200;

/// A member's page.
pub(crate) struct Page {
    person: Person,
    token: SessionToken,
    network: Network,
    random: StdRng,
    began: Instant,
    client: Client,
    line: Option<Line>,
    kept: Vec<KeptDraft>,
    /// What is written down of the page as it is loaded now, and as it was before.
    noted: Noted,
    said: Vec<Said>,
    pub(crate) n_resyncs: u64,
}

/// A connection, or the try to make one.
struct Line {
    heard: mpsc::UnboundedReceiver<Heard>,
    says: mpsc::UnboundedSender<String>,
    task: JoinHandle<()>,
}

enum Heard {
    Message(Box<ServerMessage>),
    Closed(CloseCode),
}

impl Drop for Line {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Page {
    pub(crate) fn new(person: Person, token: SessionToken, network: Network, seed: u64) -> Self {
        let mut page = Self {
            client: client(&person, seed),
            noted: noted(&person),
            said: Vec::new(),
            person,
            token,
            network,
            random: StdRng::seed_from_u64(seed),
            began: Instant::now(),
            line: None,
            kept: Vec::new(),
            n_resyncs: 0,
        };
        page.show(&rooms()[0]);
        page
    }

    /// Does what members do, until the end.
    pub(crate) async fn live(&mut self, until: Instant) {
        while Instant::now() < until {
            let rest = Duration::from_millis(self.random.random_range(0..REST_MS));
            self.rest(Instant::now() + rest).await;
            self.do_something();
        }
    }

    /// Waits for everything to settle, as far as this page can tell.
    pub(crate) async fn settle(
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
    pub(crate) fn has_sent_all(&self) -> bool {
        self.client.n_unsent() == 0 && !self.noted.awaits_answers()
    }

    /// Goes to the end of a room, which is at `heads`, and reads up to its beginning. All of it, as the client has it.
    pub(crate) async fn read_all(
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
    pub(crate) async fn rest(&mut self, until: Instant) {
        loop {
            let wake = self.client.next_wake().map_or(until, |at| until.min(self.began + at));
            let heard = async {
                match &mut self.line {
                    Some(line) => line.heard.recv().await,
                    None => std::future::pending().await,
                }
            };
            let heard = tokio::select! {
                heard = heard => Some(heard),
                () = sleep_until(wake) => None,
            };
            match heard {
                Some(Some(Heard::Message(message))) => {
                    self.n_resyncs += u64::from(*message == ServerMessage::Resync);
                    self.noted.heard(&message, &self.client);
                    self.act(|client, now| client.received((*message).clone(), now));
                    self.noted.saw(&message, &self.client);
                }
                Some(Some(Heard::Closed(code))) => self.hang_up(code),
                Some(None) => self.hang_up(CloseCode(1006)),
                None => self.act(Client::wake),
            }
            if Instant::now() >= until {
                return;
            }
        }
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
            Effect::Connect => self.line = Some(self.connect()),
            Effect::Disconnect => {
                self.line = None;
                self.noted.lost_answers();
                let now = self.now();
                self.client.closed(CloseCode::GOING_AWAY, now);
            }
            Effect::Send(message) => {
                if let Some(line) = &self.line {
                    self.noted.says(&message);
                    let _ = line.says.send(wire::encode(&message)); // Its end is heard.
                }
            }
            Effect::Save(draft) => {
                let nonce = draft.nonce.clone();
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
            Effect::Tell(outcome) => self.noted.told(&outcome, &self.client),
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
        let seed = self.random.random();
        self.said.push(std::mem::replace(&mut self.noted, noted(&self.person)).into_said());
        self.client = client(&self.person, seed);
        self.show(&rooms()[0]);
        let kept = self.kept.clone();
        self.act(|client, now| client.adopt(kept, now));
    }

    /// What was written down of this page, load by load. The last call.
    pub(crate) fn into_said(mut self) -> Vec<Said> {
        self.said.push(self.noted.into_said());
        self.said
    }

    pub(crate) fn go_online(&mut self) {
        self.act(|client, now| client.set_online(true, now));
    }

    pub(crate) fn person(&self) -> &Person {
        &self.person
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    fn connect(&mut self) -> Line {
        let (events, heard) = mpsc::unbounded_channel();
        let (says, to_say) = mpsc::unbounded_channel();
        let (network, token) = (self.network.clone(), self.token.clone());
        let mut random = StdRng::seed_from_u64(self.random.random());
        let task = tokio::task::spawn_local(async move {
            let opening = timeout(HANDSHAKE_WITHIN, async {
                let (addr, stream) = network.connect(&mut random).await?;
                let (socket, _) = tokio_tungstenite::client_async(handshake(addr, &token), stream).await?;
                Ok::<_, Error>(socket)
            });
            let code = match opening.await {
                Ok(Ok(socket)) => talk(socket, to_say, &events).await,
                Ok(Err(_)) | Err(_) => CloseCode(1006),
            };
            let _ = events.send(Heard::Closed(code)); // Nobody listens where the page has gone on.
        });
        Line { heard, says, task }
    }
}

/// Says and hears until the connection ends; the code that it ends with.
async fn talk(
    socket: WebSocketStream<DuplexStream>,
    mut to_say: mpsc::UnboundedReceiver<String>,
    events: &mpsc::UnboundedSender<Heard>,
) -> CloseCode {
    let (mut sink, mut stream) = socket.split();
    let say = async {
        while let Some(text) = to_say.recv().await {
            if sink.send(Frame::text(text)).await.is_err() {
                break;
            }
        }
        std::future::pending::<CloseCode>().await // Its end is heard.
    };
    let hear = async {
        loop {
            match stream.next().await {
                Some(Ok(Frame::Text(text))) => {
                    let message = wire::decode_server(&text).expect("the server speaks our language");
                    let _ = events.send(Heard::Message(Box::new(message))); // Nobody listens where the page has gone on.
                }
                Some(Ok(Frame::Close(close))) => {
                    return close.map_or(CloseCode(1005), |close| CloseCode(close.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return CloseCode(1006),
            }
        }
    };
    tokio::select! {
        code = say => code,
        code = hear => code,
    }
}

fn noted(person: &Person) -> Noted {
    Noted::new(person.id.clone(), Arc::default())
}

fn client(person: &Person, seed: u64) -> Client {
    Client::new(Setup { me: Some(person.clone()), rooms: Vec::new(), build: "build".to_owned(), seed })
}
