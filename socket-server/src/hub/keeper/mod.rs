//! The keeper of one active room: it alone moves the room's head on this node, so that everything has one order.

mod appending;
mod beginning;
mod claiming;
mod company;
mod ears;
mod mouth;
mod opening;
mod reading;
mod revising;
mod turns;

#[cfg(test)]
pub(super) mod tests;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::Instant,
};

use chat::{
    gather::Gather,
    ports::{Event, Heard, LogError, Unavailable},
    tail::{Tail, Taken},
};
use process::tell_seldom;
use protocol::{Message, Page, RoomId, ServerMessage, Timestamp};

use super::{
    Command, Hub, Place, fan_out, fan_out::Out, presence::Presence, ticker::timestamp, typing::Typing,
};
use crate::{
    frame,
    patience::{in_time, pending_or},
    refusals::log_refusal,
    tasks::of_node,
};

pub(crate) use self::revising::{Revising, Wanted};
use self::{
    appending::{Appended, Sender},
    beginning::{Begun, begin, refuse_meanwhile},
    claiming::Claims,
    company::Company,
    ears::{Came, Ears},
    mouth::Mouth,
    opening::Roll,
    revising::Revised,
    turns::{Chance, Turns},
};

/// What waits for a room's fan-out; beyond it the keeper waits, and with it those who send.
pub(super) const OUT_MAX: usize = 256;
/// While the bus is away both heads are read this often.
const HEADS_WITHOUT_BUS: Duration = Duration::from_secs(1);
/// The store did not answer: it is asked again after this time.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// What is known for longer is asked for anew before somebody is answered from memory: this process may have slept.
const STALE_AFTER: Duration = Duration::from_secs(20);
/// What is older than this is let go of in a room that nobody has opened for as long: it is in the store.
const REMEMBERS: Duration = Duration::from_mins(10);
/// Messages read at once to fill a gap. In tests so few that it takes several readings.
const FILL: usize = if cfg!(test) { 7 } else { 500 };
/// Commands taken before drafts are grouped: under load, groups grow.
const COMMANDS_AT_ONCE: usize = 64;

pub(super) struct Keeper {
    hub: Arc<Hub>,
    room: RoomId,
    tail: Tail,
    gather: Gather<Sender>,
    append: Option<BoxFuture<'static, Appended>>,
    revisions: VecDeque<(Arc<Place>, Revising)>,
    revise: Option<BoxFuture<'static, Revised>>,
    out: mpsc::Sender<Out>,
    fan_out: JoinHandle<()>,
    ears: Ears,
    mouth: Mouth,
    claims: Claims,
    presence: Presence,
    company: Company,
    typing: Typing,
    roll: Option<Roll>,
    /// How often changes were read for somebody who opened it.
    n_changes_read: u8,
    /// When somebody opened the room last.
    opened_at: Instant,
    /// When somebody sent last who was further behind than the messages that are kept.
    behind_at: Instant,
    /// When both heads are read next.
    heads_at: Instant,
    /// Since when the tail is known to have been the end of the room.
    known_at: Instant,
    turns: Turns,
    /// The store knows more than the tail, or may: look before the next append.
    is_doubtful: bool,
}

impl Keeper {
    /// Keeps a room until nobody is left in it. `begun` is dropped when its heads are known, or cannot be known now.
    pub(super) async fn run(
        hub: Arc<Hub>,
        room: RoomId,
        mut commands: mpsc::Receiver<Command>,
        begun: oneshot::Sender<()>,
    ) {
        let (mut presence, mut begun) = (Presence::default(), Some(begun));
        let Begun { ears, tail, rosters } = loop {
            match begin(&hub, &room, &mut begun).await {
                Ok(begun) => break begun,
                Err(error) => {
                    begun = None;
                    if let LogError::NoSuchRoom { .. } = error {
                        hub.room_deleted(&room); // Those who are in it have not heard that.
                    }
                    let refusal = log_refusal(error);
                    refuse_meanwhile(&hub, &mut commands, &mut presence, &room, &refusal).await;
                    if presence.is_deserted() && hub.retire(&room, &commands) {
                        return;
                    }
                }
            }
        };
        let mut keeper = Self::new(hub, room, ears, tail, presence);
        keeper.begin_company(rosters.as_deref());
        keeper.keep(commands).await;
    }

    fn new(hub: Arc<Hub>, room: RoomId, ears: Ears, tail: Tail, presence: Presence) -> Self {
        let (out, handed_over) = mpsc::channel(OUT_MAX);
        let fan_out =
            tokio::spawn(of_node(fan_out::run(room.clone(), handed_over, Arc::clone(&hub.metrics))));
        let now = Instant::now();
        let heads_every = if ears.hears() { hub.heads_every } else { HEADS_WITHOUT_BUS };
        Self {
            mouth: Mouth::new(&hub, &room),
            claims: Claims::new(&hub, &room),
            hub,
            room,
            tail,
            gather: Gather::default(),
            append: None,
            revisions: VecDeque::new(),
            revise: None,
            out,
            fan_out,
            ears,
            presence,
            company: Company::default(),
            typing: Typing::default(),
            roll: None,
            n_changes_read: 0,
            opened_at: now,
            behind_at: now,
            heads_at: now + heads_every,
            known_at: now,
            turns: Turns::new(now),
            is_doubtful: false,
        }
    }

    async fn keep(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            self.append_next().await;
            self.revise_next();
            self.mouth.go_on(self.ears.hears());
            self.ask_for_rosters();
            let wake = self.next_wake();
            if wake <= Instant::now() {
                self.wake().await; // However much comes.
            }
            tokio::select! {
                // First what is under way, of which there is an end. The bus and the connections have none: who comes first
                // takes what waits of the other.
                biased;
                appended = pending_or(&mut self.append) => {
                    self.append = None;
                    self.appended(appended).await;
                }
                revised = pending_or(&mut self.revise) => {
                    self.revise = None;
                    self.revised(revised).await;
                }
                told = self.mouth.over() => self.mouth.told(told),
                () = self.claims.over() => self.claims.go_on(),
                answer = self.company.next() => self.answered(answer).await,
                () = tokio::time::sleep_until(wake) => self.wake().await,
                came = self.ears.next() => {
                    self.came(came).await;
                    self.obey_waiting(&mut commands).await;
                }
                Some(command) = commands.recv() => {
                    self.obey(command).await;
                    self.obey_waiting(&mut commands).await;
                }
            }
            if self.is_idle() && self.hub.retire(&self.room, &commands) {
                break;
            }
        }
        drop(self.out);
        let _ = self.fan_out.await; // It ends with what it was handed; a panic was printed where it happened.
    }

    /// Whether nobody is here, and nothing is to be done.
    fn is_idle(&self) -> bool {
        let is_written = self.append.is_none() && self.gather.is_empty();
        let is_revised = self.revise.is_none() && self.revisions.is_empty();
        // What cannot be told now, others find out when the bus is there again.
        let is_told = self.mouth.is_done() || !self.ears.hears();
        self.presence.is_deserted() && is_written && is_revised && is_told
    }

    async fn obey_waiting(&mut self, commands: &mut mpsc::Receiver<Command>) {
        for _ in 0..COMMANDS_AT_ONCE {
            let Ok(command) = commands.try_recv() else { break };
            self.obey(command).await;
        }
    }

    async fn obey(&mut self, command: Command) {
        attend(&mut self.presence, &self.room, &command, self.hub.now());
        match command {
            Command::Depart(place) | Command::Close(place) => self.hand_over(Out::Remove(place)).await,
            // Who is back has a view of their own, or none yet.
            Command::Leave(place) if !place.is_in(&self.room) => self.hand_over(Out::Remove(place)).await,
            Command::Expel(place, why) if !place.is_in(&self.room) => self.put_out(place, why).await,
            Command::Doubt(place, passed) => self.doubt(place, passed).await,
            Command::Open(place, opening) => self.open(place, opening).await,
            Command::Append(place, offer) => self.offer(place, offer),
            Command::Revise(place, revising) => self.offer_revision(place, revising),
            Command::Typing(place) if place.is_shown(&self.room) => self.typed_here(&place.person).await,
            Command::Rosters(rosters) => self.take_rosters(Some(&rosters)),
            Command::Lose(node) => self.presence.lose_node(&node),
            // Nor is who types in a room that was refused shown.
            Command::Arrive(_) | Command::Leave(_) | Command::Expel(..) | Command::Typing(_) => {}
        }
        self.tell_presence().await;
    }

    async fn came(&mut self, came: Came) {
        match came {
            Came::Heard(heard) => self.hear(heard).await,
            Came::Ended => {
                // All rooms lose the bus at once, and are not to ask the store at once, now or from then on.
                let chance =
                    Chance { node: &self.hub.node, room: &self.room, head: self.tail.heads().messages };
                self.heads_at = self.heads_at.min(Instant::now() + chance.of(HEADS_WITHOUT_BUS));
            }
            Came::Again => self.hears_again(), // What was missed comes by the next look at the heads, which is near.
        }
    }

    async fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Event(Event::Committed(page)) => {
                for person in &page.people {
                    self.hub.people.meet(person);
                }
                // Since they were committed, changes have come: what they say may be another thing by now. Not that of
                // what is known already, as the echo of our own is.
                let heads = self.tail.heads();
                if page.heads.messages > heads.messages && page.heads.changes < heads.changes {
                    return self.catch_up().await;
                }
                self.take(&page.messages).await;
            }
            Heard::Event(Event::Changed { after, changed, lost, upto }) => {
                self.change(after, (&changed, &lost), upto).await;
            }
            Heard::Event(Event::Typing { node, person }) if node != self.hub.node => {
                self.typed(&person).await;
            }
            Heard::Event(Event::Presence { node, number, came, went }) if node != self.hub.node => {
                self.hear_presence(&node, number, (came, went)).await;
            }
            Heard::Event(_) => {}
            Heard::Lost => {
                self.hears_again();
                self.catch_up().await;
            }
        }
    }

    /// Delivers what of some messages is new here, as the echo of our own is not; after a gap the store is read first.
    async fn take(&mut self, messages: &[Message]) {
        match self.tail.take(messages) {
            Taken::New(0) => {}
            Taken::New(n) => drop(self.deliver_of_others(&messages[messages.len() - n..]).await),
            Taken::Gap(_) => self.mend_gap().await,
        }
    }

    async fn wake(&mut self) {
        self.presence.expire(self.hub.now());
        self.tell_presence().await;
        if Instant::now() >= self.heads_at {
            self.forget();
            self.catch_up().await;
        }
    }

    /// Rooms that only go on in the background are many, and are to take little memory.
    fn forget(&mut self) {
        let before = Timestamp(timestamp().0.saturating_sub(REMEMBERS.as_secs() * 1_000));
        if self.opened_at.elapsed() >= REMEMBERS {
            self.tail.forget(before);
            if self.behind_at.elapsed() >= REMEMBERS {
                self.tail.forget_names();
            }
        }
    }

    fn next_wake(&self) -> Instant {
        let present = self.presence.next_wake();
        let present = present.map(|at| Instant::now() + at.saturating_sub(self.hub.now()));
        let append = (self.append.is_none() && !self.gather.is_empty()).then_some(self.turns.due());
        let tell = self.mouth.next_wake(self.ears.hears());
        [present, append, tell, self.company.next_wake()]
            .into_iter()
            .flatten()
            .fold(self.heads_at, Instant::min)
    }

    /// Brings new messages, which the tail has, to everybody who shows the room.
    async fn deliver(&mut self, messages: &[Message]) -> Page {
        for message in messages {
            self.typing.spoke(message);
        }
        let page = self.page_of(messages.to_vec()).await;
        self.hub.board.moved(&self.room, page.heads);
        let n_messages = messages.len() as u64;
        let message = ServerMessage::Messages { page };
        self.hand_over(Out::Frames { frames: frame::text(&message), n_messages }).await;
        let ServerMessage::Messages { page } = message else { unreachable!("made two lines above") };
        page
    }

    /// Likewise for what other nodes have appended.
    async fn deliver_of_others(&mut self, messages: &[Message]) -> Page {
        let now = Instant::now();
        for message in messages {
            self.turns.heard(self.presence.node_of(&message.author), now);
        }
        self.deliver(messages).await
    }

    /// A page of messages. Where an author cannot be looked up, the page goes without: clients show what they know.
    async fn page_of(&mut self, messages: Vec<Message>) -> Page {
        let authors = in_time::<_, Unavailable>("members", self.hub.people.authors(&messages)).await;
        let people = authors.unwrap_or_else(|error| {
            tell_seldom("Could not look authors up", &error);
            Vec::new()
        });
        Page { room: self.room.clone(), messages, people, heads: self.tail.heads() }
    }

    async fn show(&mut self, message: &ServerMessage) {
        self.hand_over(Out::Frames { frames: frame::text(message), n_messages: 0 }).await;
    }

    async fn hand_over(&mut self, out: Out) {
        // Fails only where the fan-out panicked, which was printed there; clients then notice by their heads.
        let _ = self.out.send(out).await;
    }

    /// Tells other nodes, which keeps nobody here waiting.
    fn publish(&mut self, event: Event) {
        self.mouth.tell(event, self.ears.hears());
        self.mouth.go_on(self.ears.hears());
    }
}

/// What a command means for who is here. By the time it is obeyed its connection may have come or gone again, so that
/// is looked at: the last command of a connection then leaves what is so.
fn attend(presence: &mut Presence, room: &RoomId, command: &Command, now: Duration) {
    match command {
        Command::Arrive(place) if place.is_in(room) => presence.arrive(place.id, &place.person),
        Command::Depart(place) => presence.depart(place.id, &place.person.id, now),
        Command::Leave(place) | Command::Expel(place, _) if !place.is_in(room) => {
            presence.leave(place.id, &place.person.id);
        }
        Command::Arrive(_)
        | Command::Leave(_)
        | Command::Expel(..)
        | Command::Doubt(..)
        | Command::Open(..)
        | Command::Close(_)
        | Command::Append(..)
        | Command::Revise(..)
        | Command::Typing(_)
        | Command::Rosters(_)
        | Command::Lose(_) => {}
    }
}
