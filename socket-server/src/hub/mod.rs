//! A node's connections and its active rooms.

mod board;
mod fan_out;
mod keeper;
mod people;
mod place;
mod presence;
mod ticker;
mod typing;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{net::TcpStream, sync::mpsc, task::AbortHandle, time::Instant};

use backend::Backend;
use chat::ports::{Draft, Event, NodeId, Roster};
use protocol::{
    Heads, MemberId, Person, RequestId, RoomId, RoomInfo, Sequence, ServerMessage, close::CloseCode,
};

use crate::{frame, metrics::Metrics, send_queue::SendQueue};

use self::{board::Board, keeper::Keeper, people::People};
pub(crate) use self::{
    place::Place,
    ticker::{tick, timestamp},
};

/// The queue of one connection.
pub(crate) type Queue = SendQueue<TcpStream>;

/// Commands that wait for a room.
const MAILBOX: usize = 1024;

/// A connection of this node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConnectionId(u64);

/// A node's connections and its active rooms. A room is active from the first connection of one of its members to the
/// last.
pub(crate) struct Hub {
    pub(crate) node: NodeId,
    pub(crate) backend: Backend,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) people: People,
    board: Board,
    began: Instant,
    last_id: AtomicU64,
    rooms: Mutex<HashMap<RoomId, ActiveRoom>>,
    places: Mutex<Places>,
}

struct ActiveRoom {
    mailbox: mpsc::Sender<Command>,
    keeper: AbortHandle,
}

#[derive(Default)]
struct Places {
    all: BTreeMap<ConnectionId, Arc<Place>>,
    of_member: HashMap<MemberId, Vec<ConnectionId>>,
}

/// What a connection wants of a room.
pub(crate) enum Command {
    /// A member of it has connected.
    Arrive(Arc<Place>),
    /// The connection is gone.
    Depart(Arc<Place>),
    /// Its member left the room.
    Leave(Arc<Place>),
    /// The connection shows it.
    Open(Arc<Place>, Opening),
    /// The connection shows it no longer.
    Close(Arc<Place>),
    /// A draft is to become a message.
    Append(Arc<Place>, Sequence, Draft),
    /// The member types.
    Typing(Arc<Place>),
}

/// How a connection opens a room.
pub(crate) struct Opening {
    /// Its number for the request.
    pub(crate) request: RequestId,
    /// The room.
    pub(crate) info: RoomInfo,
    /// What it has already.
    pub(crate) have: Option<Heads>,
    /// How far its member has read.
    pub(crate) read: Sequence,
}

impl Hub {
    pub(crate) fn new(node: NodeId, backend: Backend, metrics: Arc<Metrics>) -> Arc<Self> {
        Arc::new(Self {
            people: People::new(backend.members.clone()),
            node,
            backend,
            metrics,
            board: Board::default(),
            began: Instant::now(),
            last_id: AtomicU64::new(0),
            rooms: Mutex::default(),
            places: Mutex::default(),
        })
    }

    /// The time since this node began.
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Gives a connection its place; none where its member has `most` already. It is left when the value is dropped.
    pub(crate) fn enter(
        self: &Arc<Self>,
        person: Person,
        session: chat::session::SessionKey,
        queue: Arc<Queue>,
        most: usize,
    ) -> Option<Entered> {
        let id = ConnectionId(self.last_id.fetch_add(1, Ordering::Relaxed));
        self.people.learn(&person);
        let place = Arc::new(Place::new(id, person, session, queue, self.now()));
        let mut places = self.places();
        let of_member = places.of_member.entry(place.person.id.clone()).or_default();
        if of_member.len() >= most {
            return None;
        }
        of_member.push(id);
        places.all.insert(id, Arc::clone(&place));
        self.metrics.connections.inc();
        Some(Entered { hub: Arc::clone(self), place })
    }

    /// All connections.
    pub(crate) fn connections(&self) -> Vec<Arc<Place>> {
        self.places().all.values().cloned().collect()
    }

    /// The connections of a member.
    pub(crate) fn connections_of(&self, member: &MemberId) -> Vec<Arc<Place>> {
        let places = self.places();
        let ids = places.of_member.get(member).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| places.all.get(id).cloned()).collect()
    }

    /// How far an active room is.
    pub(crate) fn heads(&self, room: &RoomId) -> Option<Heads> {
        self.board.heads(room)
    }

    /// Who is in each active room.
    fn roster(&self) -> Roster {
        self.board.roster()
    }

    /// Gives a room's keeper a command, after waiting for a place in its mailbox.
    pub(crate) async fn command(self: &Arc<Self>, room: &RoomId, command: Command) {
        let mailbox = {
            let mut rooms = self.rooms();
            let room = rooms.entry(room.clone()).or_insert_with(|| self.activate(room));
            room.mailbox.clone()
        };
        // Fails only when the node is stopping: nobody waits for an answer then.
        let _ = mailbox.send(command).await;
    }

    /// A member is in a room now: their connections arrive there.
    pub(crate) async fn joined(self: &Arc<Self>, place: &Arc<Place>, room: &RoomId) {
        if place.joined(room) {
            self.command(room, Command::Arrive(Arc::clone(place))).await;
        }
    }

    /// A member is in a room no longer.
    pub(crate) async fn left(self: &Arc<Self>, place: &Arc<Place>, room: &RoomId) {
        if place.left(room) {
            self.command(room, Command::Leave(Arc::clone(place))).await;
        }
    }

    /// Something happened to a member: tells their connections on this node.
    pub(crate) async fn concern(self: &Arc<Self>, event: Event) {
        match event {
            Event::SessionsEnded { member, kept } => {
                for place in self.connections_of(&member) {
                    if kept.as_ref() != Some(&place.session) {
                        place.queue.close(CloseCode::SESSION_ENDED);
                    }
                }
            }
            Event::SessionEnded { member, session } => {
                for place in self.connections_of(&member) {
                    if place.session == session {
                        place.queue.close(CloseCode::SESSION_ENDED);
                    }
                }
            }
            Event::Renamed { person } => {
                self.people.learn(&person);
                for place in self.connections_of(&person.id) {
                    place.queue.close(CloseCode::SESSION_CHANGED);
                }
            }
            Event::Joined { member, room, read } => {
                for place in self.connections_of(&member) {
                    let is_news = !place.is_in(&room.id);
                    self.joined(&place, &room.id).await;
                    if is_news {
                        let heads =
                            self.heads(&room.id).unwrap_or(Heads { messages: read, ..Heads::default() });
                        let state = protocol::RoomState { info: room.clone(), heads, read };
                        place.tell(&ServerMessage::Joined { request: None, state });
                    }
                }
            }
            Event::Left { member, room } => {
                for place in self.connections_of(&member) {
                    let is_news = place.is_in(&room);
                    self.left(&place, &room).await;
                    if is_news {
                        place.tell(&ServerMessage::Left { request: None, room: room.clone() });
                    }
                }
            }
            Event::Read { member, room, upto } => {
                let frame = frame::text(&ServerMessage::Read { room, upto });
                for place in self.connections_of(&member) {
                    place.queue.push(&frame);
                }
            }
            Event::Committed(_) | Event::Typing(_) | Event::Presence { .. } => {} // Those go to rooms.
        }
    }

    /// Ends all rooms. The last call.
    pub(crate) fn stop(&self) {
        for (_, room) in self.rooms().drain() {
            room.keeper.abort();
        }
    }

    /// Lets a room go, unless somebody is about to give it a command.
    fn retire(&self, room: &RoomId, mailbox: &mpsc::Receiver<Command>) -> bool {
        let mut rooms = self.rooms();
        if mailbox.sender_strong_count() > 1 || !mailbox.is_empty() {
            return false;
        }
        rooms.remove(room);
        self.board.forget(room);
        true
    }

    fn activate(self: &Arc<Self>, room: &RoomId) -> ActiveRoom {
        let (mailbox, commands) = mpsc::channel(MAILBOX);
        let keeper = tokio::spawn(Keeper::run(Arc::clone(self), room.clone(), commands)).abort_handle();
        ActiveRoom { mailbox, keeper }
    }

    fn rooms(&self) -> MutexGuard<'_, HashMap<RoomId, ActiveRoom>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place in the hub. Dropping it leaves the hub and all rooms.
pub(crate) struct Entered {
    hub: Arc<Hub>,
    pub(crate) place: Arc<Place>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let Self { hub, place } = self;
        {
            let mut places = hub.places();
            places.all.remove(&place.id);
            if let Some(ids) = places.of_member.get_mut(&place.person.id) {
                ids.retain(|id| *id != place.id);
                if ids.is_empty() {
                    places.of_member.remove(&place.person.id);
                }
            }
        }
        hub.metrics.connections.dec();
        place.queue.abandon();
        let (hub, place) = (Arc::clone(hub), Arc::clone(place));
        // A drop cannot wait for places in mailboxes. Ends by itself: keepers always take what waits.
        tokio::spawn(async move {
            for room in place.leave_all() {
                hub.command(&room, Command::Depart(Arc::clone(&place))).await;
            }
        });
    }
}
