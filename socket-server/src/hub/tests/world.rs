//! Several hubs over one backend, on a clock of their own: it goes ten times as fast as ours, and faster where a test lets
//! time pass. It never jumps because nothing happens, since the database works on threads that it does not know.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::task::JoinSet;

use backend::{Backend, NodeBus, PresenceStore};
use chat::{
    accounts,
    ports::{Draft, NodeId, Presence as _},
};
use protocol::{Heads, MessageText, Nonce, RequestId, Sequence, ServerMessage};

use super::{
    far::{Far, connection},
    general, info, key, member_of, offer, person, roster, until,
};
use crate::{
    config::Config,
    hub::{Command, Entered, Hub, Opening, Place, announce_presence, timestamp},
    metrics::Metrics,
};

/// One step of the clock, and what it takes in real time, by itself and where time passes.
const STEP: Duration = Duration::from_millis(10);
const STEP_TAKES: Duration = Duration::from_millis(1);
const PASSING_STEP: Duration = Duration::from_millis(50);
const PASSING_STEP_TAKES: Duration = Duration::from_micros(100);
/// So often everything gets its turn in a step, at least.
const TURNS: usize = 8;

/// What all nodes share.
pub(super) struct World {
    pub(super) backend: Backend,
    /// Takes the bus away, or brings it back.
    pub(super) cut_bus: Box<dyn Fn(bool)>,
    /// Takes presence away, or brings it back.
    pub(super) cut_presence: Box<dyn Fn(bool)>,
    /// Has presence answer nothing from now on.
    pub(super) silence_presence: Box<dyn Fn()>,
    n_nodes: u64,
    _clock: JoinSet<()>,
}

/// A node, with what the service has it do for presence.
pub(super) struct Node {
    pub(super) hub: Arc<Hub>,
    tasks: JoinSet<()>,
}

/// Somebody's connection, with its far end.
pub(super) struct Tab {
    entered: Entered,
    far: Far,
    n_requests: u32,
}

impl World {
    /// Begins without a node. Tokio's clock must be paused.
    pub(super) async fn begin() -> Self {
        #[expect(clippy::default_trait_access, reason = "adapters are named by `backend` alone")]
        let (bus, presence) = (Default::default(), Default::default());
        let backend = Backend {
            bus: NodeBus::Local(Clone::clone(&bus)),
            presence: PresenceStore::Local(Clone::clone(&presence)),
            ..Backend::in_memory()
        };
        let mut clock = JoinSet::new();
        clock.spawn(async {
            loop {
                work(STEP_TAKES).await;
                tokio::time::advance(STEP).await;
            }
        });
        accounts::found(&backend.rooms, timestamp()).await.unwrap();
        Self {
            backend,
            cut_bus: Box::new(move |cut| if cut { bus.cut() } else { bus.mend() }),
            silence_presence: Box::new({
                let presence = Clone::clone(&presence);
                move || presence.silence()
            }),
            cut_presence: Box::new(move |cut| if cut { presence.cut() } else { presence.mend() }),
            n_nodes: 0,
            _clock: clock,
        }
    }

    pub(super) fn node(&mut self) -> Node {
        self.node_on(self.backend.clone())
    }

    pub(super) fn node_on(&mut self, backend: Backend) -> Node {
        self.n_nodes += 1;
        let node = NodeId::from_random(self.n_nodes);
        let metrics = Arc::new(Metrics::new(backend.meter.clone()));
        let heads_every = Config::default().heads_every;
        let hub = Hub::new(node, backend, metrics, heads_every);
        let mut tasks = JoinSet::new();
        tasks.spawn(announce_presence(Arc::clone(&hub)));
        Node { hub, tasks }
    }

    /// Redis, say, has forgotten a node, which goes on.
    pub(super) async fn forget(&self, node: &Node) {
        self.backend.presence.withdraw(&node.hub.node).await.unwrap();
    }
}

impl Node {
    /// Brings somebody into `general`.
    pub(super) async fn tab(&self, name: &str) -> Tab {
        let (queue, far) = connection().await;
        let entered = self.hub.enter(person(name), key(1), queue, 100).unwrap();
        self.hub.joined(&entered.place, &member_of(&general())).await;
        let is_here = || {
            let roster = roster(&self.hub);
            let here = roster.rooms.get(&general()).map(|(_, people)| people.contains(&person(name)));
            here.unwrap_or_default()
        };
        until(is_here).await;
        Tab { entered, far, n_requests: 0 }
    }

    /// Who is here, to somebody who opens the room now and is gone again.
    pub(super) async fn shows(&self) -> BTreeSet<String> {
        let mut late = self.tab("late").await;
        let mut here = late.open(self).await.here;
        late.entered.place.left(&general(), None);
        self.hub.command(&general(), Command::Leave(Arc::clone(&late.entered.place))).await;
        here.remove("late");
        here
    }

    /// Ends it as a power failure does: it says nothing any more.
    pub(super) fn kill(mut self, tabs: impl IntoIterator<Item = Tab>) {
        self.tasks.abort_all();
        self.hub.stop();
        // They do not leave: nothing is there that they could leave.
        tabs.into_iter().for_each(|tab| std::mem::forget(tab.entered));
    }

    /// Ends it as a restart does: its connections are told to come back elsewhere.
    pub(super) async fn drain(mut self, tabs: impl IntoIterator<Item = Tab>) {
        tokio::join!(self.hub.drain(), async { drop(tabs) });
        self.hub.stop();
        self.tasks.abort_all();
    }
}

/// What an opened room showed.
pub(super) struct Shown {
    pub(super) here: BTreeSet<String>,
    pub(super) typing: Vec<String>,
    /// What came before it.
    pub(super) before: Vec<ServerMessage>,
}

impl Tab {
    /// Opens the room.
    pub(super) async fn open(&mut self, node: &Node) -> Shown {
        self.open_with(node, None).await
    }

    /// Opens the room once more, with all that there is of it.
    pub(super) async fn open_again(&mut self, node: &Node) -> Shown {
        self.open_with(node, node.hub.heads(&general())).await
    }

    async fn open_with(&mut self, node: &Node, have: Option<Heads>) -> Shown {
        self.n_requests += 1;
        let asked = RequestId(self.n_requests);
        let (read, admin) = (Sequence::ZERO, false);
        let opening = Opening { request: asked, info: info(), have, read, admin, n_begun: u64::MAX };
        node.hub.command(&general(), Command::Open(Arc::clone(&self.entered.place), opening)).await;
        let mut before = Vec::new();
        loop {
            match self.far.hear().await {
                ServerMessage::Opened { request, here, typing, .. } if request == asked => {
                    let here = here.here.into_iter().map(|person| person.id.as_str().to_owned()).collect();
                    let typing = typing.into_iter().map(|person| person.id.as_str().to_owned()).collect();
                    return Shown { here, typing, before };
                }
                message => before.push(message),
            }
        }
    }

    /// What the hub has of it.
    pub(super) fn place(&self) -> Arc<Place> {
        Arc::clone(&self.entered.place)
    }

    /// Sends a text, and returns when it is acknowledged.
    pub(super) async fn send(&mut self, node: &Node, nonce: &str) -> Sequence {
        let author = self.entered.place.person.id.clone();
        let (nonce, text) = (Nonce::parse(nonce).unwrap(), MessageText::parse("hello").unwrap());
        let draft = Draft { author, nonce: nonce.clone(), text };
        let place = Arc::clone(&self.entered.place);
        node.hub.command(&general(), Command::Append(place, offer(draft))).await;
        self.hear_one(|message| match message {
            ServerMessage::Sent { nonce: it, sequence, .. } if it == nonce => Some(sequence),
            _ => None,
        })
        .await
    }

    pub(super) async fn types(&self, node: &Node) {
        node.hub.command(&general(), Command::Typing(Arc::clone(&self.entered.place))).await;
    }

    /// Leaves the room itself.
    pub(super) fn leaves(self, node: &Node) {
        node.hub.left(&self.entered.place, &general(), None);
    }

    /// The first message that `pick` is after; the others are passed over.
    pub(super) async fn hear_one<T>(&mut self, pick: impl Fn(ServerMessage) -> Option<T>) -> T {
        loop {
            if let Some(picked) = pick(self.far.hear().await) {
                return picked;
            }
        }
    }
}

/// Lets time pass.
pub(super) async fn pass(time: Duration) {
    let until = tokio::time::Instant::now() + time;
    while tokio::time::Instant::now() < until {
        work(PASSING_STEP_TAKES).await;
        tokio::time::advance(PASSING_STEP).await;
    }
    work(2 * STEP_TAKES).await;
}

/// Lets everything happen that happens at once, gathered news included.
pub(super) async fn settle() {
    work(2 * STEP_TAKES).await;
    pass(PASSING_STEP).await;
}

/// Gives everybody else a turn, for so long in real time.
async fn work(time: Duration) {
    let began = std::time::Instant::now();
    let mut n = 0;
    while n < TURNS || began.elapsed() < time {
        tokio::task::yield_now().await;
        n += 1;
    }
}
