//! A node's connections and its active rooms.

mod board;
mod command;
mod concerning;
mod cursors;
mod erasing;
mod fan_out;
mod hearing;
mod heartbeat;
mod keeper;
mod nodes;
mod people;
mod place;
mod presence;
mod rooms;
mod sessions;
mod ticker;
mod typing;
mod without_bus;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{FutureExt as _, future::Shared};
use tokio::{
    sync::{
        Notify,
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    task::AbortHandle,
    time::Instant,
};

use backend::{Backend, RoomStore, Untold};
use chat::ports::NodeId;
use protocol::{Heads, MemberId, Person, RoomId, close::CloseCode};

use crate::{metrics::Metrics, patience::ANSWER_WITHIN, send_queue::SendQueue, tasks::of_node};

use self::{board::Board, cursors::Cursors, keeper::Keeper, nodes::Nodes, people::People, rooms::KnownRooms};
pub(crate) use self::{
    command::{Command, Offer, Opening},
    cursors::write_cursors,
    erasing::erase_by_and_by,
    hearing::hear_of_members,
    heartbeat::announce_presence,
    keeper::{Revising, Wanted},
    place::Place,
    sessions::look_sessions_up,
    ticker::{tick, timestamp},
};

/// The queue of one connection.
#[cfg(not(test))]
pub(crate) type Queue = SendQueue<Arc<tokio::net::TcpStream>>;
/// Tests have connections without sockets, too.
#[cfg(test)]
pub(crate) type Queue = SendQueue<crate::simulation::Socket>;

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
    pub(crate) known_rooms: KnownRooms<RoomStore>,
    /// Both heads of an active room are read again this often, in case the bus lost something.
    heads_every: Duration,
    board: Board,
    cursors: Cursors,
    nodes: Nodes,
    began: Instant,
    last_id: AtomicU64,
    rooms: Mutex<BTreeMap<RoomId, ActiveRoom>>,
    places: Mutex<Places>,
    /// Told when the last connection is gone.
    emptied: Notify,
    /// Told when something is to be erased.
    to_erase: Notify,
    untold: Untold,
}

struct ActiveRoom {
    mailbox: mpsc::Sender<Command>,
    /// Told when its keeper knows how far it is, or cannot know now.
    begun: Shared<oneshot::Receiver<()>>,
    keeper: AbortHandle,
}

#[derive(Default)]
struct Places {
    is_draining: bool,
    all: BTreeMap<ConnectionId, Arc<Place>>,
    of_member: HashMap<MemberId, Vec<ConnectionId>>,
}

impl Hub {
    pub(crate) fn new(
        node: NodeId,
        backend: Backend,
        metrics: Arc<Metrics>,
        heads_every: Duration,
    ) -> Arc<Self> {
        Arc::new(Self {
            people: People::new(backend.members.clone()),
            known_rooms: KnownRooms::new(backend.rooms.clone()),
            node,
            backend,
            metrics,
            heads_every,
            board: Board::default(),
            cursors: Cursors::default(),
            nodes: Nodes::default(),
            began: Instant::now(),
            last_id: AtomicU64::new(0),
            rooms: Mutex::default(),
            places: Mutex::default(),
            emptied: Notify::new(),
            to_erase: Notify::new(),
            untold: Untold::default(),
        })
    }

    /// The time since this node began.
    pub(crate) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// Gives a connection its place. It is left when the value is dropped.
    ///
    /// # Errors
    /// The code to close with where the node is stopping, or the member has `most` connections already.
    pub(crate) fn enter(
        self: &Arc<Self>,
        person: Person,
        session: chat::session::SessionKey,
        queue: Arc<Queue>,
        most: usize,
    ) -> Result<Entered, CloseCode> {
        let id = ConnectionId(self.last_id.fetch_add(1, Ordering::Relaxed));
        let mut places = self.places();
        if places.is_draining {
            return Err(CloseCode::RESTART);
        }
        let of_member = places.of_member.entry(person.id.clone()).or_default();
        if of_member.len() >= most {
            return Err(CloseCode::TOO_MANY);
        }
        of_member.push(id);
        self.people.learn(&person);
        let place = Arc::new(Place::new(id, person, session, queue, self.now()));
        places.all.insert(id, Arc::clone(&place));
        self.metrics.connections.inc();
        Ok(Entered { hub: Arc::clone(self), place })
    }

    /// Takes no connection any more, asks those there are to come back elsewhere, and waits until they are gone.
    ///
    /// # Cancel safety
    /// Safe: what is asked stays asked.
    pub(crate) async fn drain(&self) {
        let places: Vec<Arc<Place>> = {
            let mut places = self.places();
            places.is_draining = true;
            places.all.values().cloned().collect()
        };
        for place in places {
            place.queue.close(CloseCode::RESTART);
        }
        loop {
            let mut emptied = std::pin::pin!(self.emptied.notified());
            emptied.as_mut().enable();
            if self.places().all.is_empty() {
                return;
            }
            emptied.await;
        }
    }

    /// Whether no new connections are taken.
    pub(crate) fn is_draining(&self) -> bool {
        self.places().is_draining
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

    /// How far the active rooms of a connection's member are.
    fn heads_of(&self, place: &Place) -> Vec<(RoomId, Heads)> {
        let rooms = place.rooms().into_iter();
        rooms.filter_map(|room| self.heads(&room).map(|heads| (room, heads))).collect()
    }

    /// How often a room has become active here: what is found out then about who is in one may end without notice, until the
    /// room is active.
    pub(crate) fn n_begun(&self) -> u64 {
        self.board.n_begun()
    }

    /// Whether a room has become active since.
    pub(crate) fn has_begun_since(&self, room: &RoomId, n_begun: u64) -> bool {
        self.board.has_begun_since(room, n_begun)
    }

    /// Tells a connection how far its rooms are.
    pub(crate) fn tell_heads(&self, place: &Place) {
        place.tell_heads(self.heads_of(place));
    }

    /// Gives a room's keeper a command, after waiting for a place in its mailbox.
    pub(crate) async fn command(self: &Arc<Self>, room: &RoomId, command: Command) {
        // Fails only when the node is stopping, or the keeper has panicked: nobody waits for an answer then.
        let _ = self.mailbox(room).send(command).await;
    }

    /// Gives a room's keeper a command, unless too many wait. Whether it has it.
    pub(crate) fn try_command(self: &Arc<Self>, room: &RoomId, command: Command) -> bool {
        self.mailbox(room).try_send(command).is_ok()
    }

    /// Gives a room's keeper a command, later where too many wait. The task then ends by itself: keepers always take what
    /// waits, and look at what is so by then, so that the order is of no matter.
    fn command_later(self: &Arc<Self>, room: &RoomId, command: Command) {
        if let Err(TrySendError::Full(command)) = self.mailbox(room).try_send(command) {
            let (hub, room) = (Arc::clone(self), room.clone());
            tokio::spawn(of_node(async move { hub.command(&room, command).await }));
        }
    }

    /// Gives every active room's keeper a command, later where too many wait, as [`command_later`](Self::command_later)
    /// does.
    fn command_all(&self, command: impl Fn() -> Command) {
        let active: Vec<_> = self.rooms().values().map(|room| room.mailbox.clone()).collect();
        for mailbox in active {
            if let Err(TrySendError::Full(command)) = mailbox.try_send(command()) {
                tokio::spawn(of_node(async move { mailbox.send(command).await }));
            }
        }
    }

    /// How far an active room is, once its keeper knows. Who comes while it begins does not ask the store as well.
    pub(crate) async fn heads_once_begun(&self, room: &RoomId) -> Option<Heads> {
        let begun = self.rooms().get(room).map(|room| room.begun.clone());
        if let Some(begun) = begun {
            // Whatever comes of it, the board has the answer or none.
            let _ = tokio::time::timeout(ANSWER_WITHIN, begun).await;
        }
        self.heads(room)
    }

    /// Ends all rooms. The last call.
    pub(crate) fn stop(&self) {
        for room in std::mem::take(&mut *self.rooms()).into_values() {
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

    fn mailbox(self: &Arc<Self>, room: &RoomId) -> mpsc::Sender<Command> {
        let mut rooms = self.rooms();
        let active = rooms.entry(room.clone()).or_insert_with(|| self.activate(room));
        if active.mailbox.is_closed() {
            *active = self.activate(room); // Its keeper panicked, which was printed where it happened.
        }
        active.mailbox.clone()
    }

    fn activate(self: &Arc<Self>, room: &RoomId) -> ActiveRoom {
        let (mailbox, commands) = mpsc::channel(MAILBOX);
        let (tell_begun, begun) = oneshot::channel();
        let keeper = Keeper::run(Arc::clone(self), room.clone(), commands, tell_begun);
        let keeper = tokio::spawn(of_node(keeper)).abort_handle();
        ActiveRoom { mailbox, begun: begun.shared(), keeper }
    }

    fn rooms(&self) -> MutexGuard<'_, BTreeMap<RoomId, ActiveRoom>> {
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
            if places.all.is_empty() {
                hub.emptied.notify_waiters();
            }
        }
        hub.metrics.connections.dec();
        place.queue.abandon();
        hub.write_cursors_of(&place.person.id);
        for room in place.leave_all() {
            hub.command_later(&room, Command::Depart(Arc::clone(place)));
        }
    }
}
