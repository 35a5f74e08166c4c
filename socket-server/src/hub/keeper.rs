//! The keeper of one active room: it alone moves the room's head on this node, so that everything has one order.

mod appending;
mod opening;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, future::BoxFuture};
use tokio::{sync::mpsc, task::JoinHandle, time::Instant};

use chat::{
    gather::Gather,
    ports::{Bus as _, Channel, Event, Heard, LogError, RoomLog as _, Subscription},
    tail::{Tail, Taken},
};
use protocol::{MemberId, Message, Page, Person, Refusal, RoomId, ServerMessage};

use super::{Command, Hub, Place, fan_out, fan_out::Out, presence::Presence, typing::Typing};
use crate::frame;

use self::{appending::Appended, opening::Roll};

/// What waits for a room's fan-out; beyond it the keeper waits, and with it those who send.
pub(super) const OUT_MAX: usize = 256;
/// Both heads are read again this often, in case the bus lost something.
const HEADS_EVERY: Duration = Duration::from_secs(15);
/// The store did not answer: it is asked again after this time.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Messages read at once to fill a gap.
const FILL: usize = 500;
/// Commands taken before drafts are grouped: under load, groups grow.
const COMMANDS_AT_ONCE: usize = 64;

pub(super) struct Keeper {
    hub: Arc<Hub>,
    room: RoomId,
    tail: Tail,
    gather: Gather<Arc<Place>>,
    append: Option<BoxFuture<'static, Appended>>,
    out: mpsc::Sender<Out>,
    fan_out: JoinHandle<()>,
    heard: Subscription,
    presence: Presence,
    typing: Typing,
    roll: Option<Roll>,
    heads_at: Instant,
    /// The store knows more than the tail, or may: look before the next append.
    is_doubtful: bool,
}

impl Keeper {
    /// Keeps a room until nobody is left in it.
    pub(super) async fn run(hub: Arc<Hub>, room: RoomId, mut commands: mpsc::Receiver<Command>) {
        let (heard, tail) = loop {
            match begin(&hub, &room).await {
                Ok(begun) => break begun,
                Err(error) => {
                    refuse_all(&mut commands, &room, &refusal(&room, error)).await;
                    if hub.retire(&room, &commands) {
                        return;
                    }
                }
            }
        };
        let (out, handed_over) = mpsc::channel(OUT_MAX);
        let fan_out = tokio::spawn(fan_out::run(handed_over, Arc::clone(&hub.metrics)));
        hub.board.moved(&room, tail.heads());
        let keeper = Self {
            hub,
            room,
            tail,
            gather: Gather::default(),
            append: None,
            out,
            fan_out,
            heard,
            presence: Presence::default(),
            typing: Typing::default(),
            roll: None,
            heads_at: Instant::now() + HEADS_EVERY,
            is_doubtful: false,
        };
        keeper.keep(commands).await;
    }

    async fn keep(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            self.append_next().await;
            let wake = self.next_wake();
            tokio::select! {
                Some(command) = commands.recv() => {
                    self.obey(command).await;
                    for _ in 0..COMMANDS_AT_ONCE {
                        let Ok(command) = commands.try_recv() else { break };
                        self.obey(command).await;
                    }
                }
                appended = pending_or(&mut self.append) => {
                    self.append = None;
                    self.appended(appended).await;
                }
                Some(heard) = self.heard.next() => self.hear(heard).await,
                () = tokio::time::sleep_until(wake) => self.wake().await,
            }
            let is_idle = self.presence.is_empty() && self.append.is_none() && self.gather.is_empty();
            if is_idle && self.hub.retire(&self.room, &commands) {
                break;
            }
        }
        drop(self.out);
        let _ = self.fan_out.await; // It ends with what it was handed; a panic was printed where it happened.
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Arrive(place) => {
                if self.presence.arrive(place.id, &place.person) {
                    self.presence_changed(vec![place.person.clone()], Vec::new()).await;
                }
            }
            Command::Depart(place) => {
                let now = self.hub.now();
                self.presence.depart(place.id, &place.person.id, now);
                self.hand_over(Out::Remove(place)).await;
            }
            Command::Leave(place) => {
                let member = place.person.id.clone();
                self.hand_over(Out::Remove(place)).await;
                if self.presence.remove(&member) {
                    self.presence_changed(Vec::new(), vec![member]).await;
                }
            }
            Command::Open(place, opening) => self.open(place, opening).await,
            Command::Close(place) => self.hand_over(Out::Remove(place)).await,
            Command::Append(place, since, draft) => self.offer(place, since, draft),
            Command::Typing(place) => {
                let event = Event::Typing(place.person.clone());
                self.publish(&event).await;
            }
        }
    }

    async fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Event(Event::Committed(page)) => {
                for person in &page.people {
                    self.hub.people.learn(person);
                }
                match self.tail.take(&page.messages) {
                    Taken::New(0) => {} // The echo of our own.
                    Taken::New(n) => self.deliver(&page.messages[page.messages.len() - n..]).await,
                    Taken::Gap(_) => self.catch_up().await,
                }
            }
            Heard::Event(Event::Typing(person)) => self.typed(&person).await,
            Heard::Event(_) => {}
            Heard::Lost => self.catch_up().await,
        }
    }

    async fn typed(&mut self, person: &Person) {
        if self.typing.typed(person, self.hub.now()) {
            self.show(&ServerMessage::Typing { room: self.room.clone(), person: person.clone() }).await;
        }
    }

    async fn wake(&mut self) {
        let gone = self.presence.take_gone(self.hub.now());
        if !gone.is_empty() {
            self.presence_changed(Vec::new(), gone).await;
        }
        if Instant::now() >= self.heads_at {
            self.catch_up().await;
        }
    }

    fn next_wake(&self) -> Instant {
        let gone = self.presence.next_gone().map(|at| Instant::now() + at.saturating_sub(self.hub.now()));
        gone.map_or(self.heads_at, |gone| gone.min(self.heads_at))
    }

    /// Reads and delivers what the store has beyond the tail. Where the store does not answer, it is tried again soon.
    async fn catch_up(&mut self) {
        match self.read_on().await {
            Ok(()) => {
                self.is_doubtful = false;
                self.heads_at = Instant::now() + HEADS_EVERY;
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(room.id = %self.room, error, "Could not read on in {}", self.room);
                self.is_doubtful = true;
                self.heads_at = Instant::now() + AGAIN_AFTER;
            }
        }
    }

    async fn read_on(&mut self) -> Result<(), LogError> {
        let heads = self.hub.backend.log.heads(&self.room).await?;
        while self.tail.heads().messages < heads.messages {
            let first = self.tail.heads().messages.next();
            let messages = self.hub.backend.log.read(&self.room, first, FILL).await?;
            match self.tail.take(&messages) {
                Taken::New(n) if n > 0 => self.deliver(&messages[messages.len() - n..]).await,
                Taken::New(_) | Taken::Gap(_) => break, // Less than the head promised: asked again later.
            }
        }
        Ok(())
    }

    /// Brings new messages, which the tail has, to everybody who shows the room.
    async fn deliver(&mut self, messages: &[Message]) {
        for message in messages {
            self.typing.spoke(&message.author);
        }
        let page = self.page_of(messages.to_vec()).await;
        self.hub.board.moved(&self.room, page.heads);
        let n_messages = messages.len() as u64;
        let frames = frame::text(&ServerMessage::Messages { page });
        self.hand_over(Out::Frames { frames, n_messages }).await;
    }

    /// A page of messages. Where an author cannot be looked up, the page goes without: clients show what they know.
    async fn page_of(&mut self, messages: Vec<Message>) -> Page {
        let people = self.hub.people.authors(&messages).await.unwrap_or_else(|error| {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "Could not look authors up");
            Vec::new()
        });
        Page { room: self.room.clone(), messages, people, heads: self.tail.heads() }
    }

    async fn presence_changed(&mut self, came: Vec<Person>, went: Vec<MemberId>) {
        self.hub.board.present(&self.room, self.presence.people());
        let n_here = self.presence.len();
        self.show(&ServerMessage::Presence { room: self.room.clone(), came, went, n_here }).await;
    }

    async fn show(&mut self, message: &ServerMessage) {
        self.hand_over(Out::Frames { frames: frame::text(message), n_messages: 0 }).await;
    }

    async fn hand_over(&mut self, out: Out) {
        // Fails only where the fan-out panicked, which was printed there; clients then notice by their heads.
        let _ = self.out.send(out).await;
    }

    async fn publish(&mut self, event: &Event) {
        let channel = Channel::Room(self.room.clone());
        if let Err(error) = self.hub.backend.bus.publish(&channel, event).await {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "Could not tell other nodes");
        }
    }
}

/// First hears the room's channel, then reads its heads: nothing falls between.
async fn begin(hub: &Hub, room: &RoomId) -> Result<(Subscription, Tail), LogError> {
    let heard = hub.backend.bus.subscribe(&Channel::Room(room.clone())).await?;
    Ok((heard, Tail::at(hub.backend.log.heads(room).await?)))
}

/// Says no to what waits for a room that cannot be kept now, for a while.
async fn refuse_all(commands: &mut mpsc::Receiver<Command>, room: &RoomId, refusal: &Refusal) {
    let until = Instant::now() + AGAIN_AFTER;
    while let Ok(Some(command)) = tokio::time::timeout_at(until, commands.recv()).await {
        match command {
            Command::Open(place, opening) => {
                let request = Some(opening.request);
                place.tell(&ServerMessage::Refused { request, refusal: refusal.clone() });
            }
            Command::Append(place, _, draft) => place.tell(&ServerMessage::NotSent {
                room: room.clone(),
                nonce: draft.nonce,
                refusal: refusal.clone(),
            }),
            Command::Arrive(_)
            | Command::Depart(_)
            | Command::Leave(_)
            | Command::Close(_)
            | Command::Typing(_) => {}
        }
    }
}

fn refusal(room: &RoomId, error: LogError) -> Refusal {
    match error {
        LogError::NoSuchRoom { room } => Refusal::NoSuchRoom { room },
        LogError::NoSuchMessage { .. } | LogError::Overtaken { .. } | LogError::Revised { .. } => {
            Refusal::Unavailable
        }
        LogError::Unavailable(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::error!(room.id = %room, error, "The store did not answer for {room}");
            Refusal::Unavailable
        }
    }
}

async fn pending_or<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}
