//! What a room has to tell other nodes: in order, one event at a time, and without keeping the room from anything else.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::time::Instant;

use chat::ports::{Bus as _, Channel, Event, Unavailable};
use protocol::RoomId;

use super::{super::Hub, pending_or};
use crate::patience::{BUS_WITHIN, within};

/// Events that wait. Beyond it the first go: who misses them notices by the next.
const WAITING_MAX: usize = 64;
/// Events that wait for a bus that is away. The last ones are enough for others to notice what they have missed.
const WITHOUT_BUS_MAX: usize = 8;
/// How often an event is told at most. What did not arrive is found out from the store and the rosters.
const TRIES: u8 = 3;
/// What was not taken is told again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What tells other nodes.
pub(super) struct Mouth {
    hub: Arc<Hub>,
    room: RoomId,
    waiting: VecDeque<Telling>,
    under_way: Option<BoxFuture<'static, Told>>,
    again_at: Instant,
}

/// An event, and how often it was told.
struct Telling {
    event: Event,
    n_tries: u8,
}

/// What became of it.
pub(super) struct Told {
    telling: Telling,
    res: Result<(), Unavailable>,
}

impl Mouth {
    pub(super) fn new(hub: &Arc<Hub>, room: &RoomId) -> Self {
        Self {
            hub: Arc::clone(hub),
            room: room.clone(),
            waiting: VecDeque::new(),
            under_way: None,
            again_at: Instant::now(),
        }
    }

    /// Takes an event. What matters for a moment only is not kept for a bus that is away.
    pub(super) fn tell(&mut self, event: Event, is_bus_there: bool) {
        if !is_bus_there && is_of_the_moment(&event) {
            return;
        }
        self.waiting.push_back(Telling { event, n_tries: 0 });
        let most = if is_bus_there { WAITING_MAX } else { WITHOUT_BUS_MAX };
        while self.waiting.len() > most {
            self.waiting.pop_front();
        }
    }

    /// Tells on, if the bus is there and nothing is under way. As a rule an event is told before this returns.
    pub(super) fn go_on(&mut self, is_bus_there: bool) {
        while self.next_wake(is_bus_there).is_some_and(|at| at <= Instant::now())
            && let Some(telling) = self.waiting.pop_front()
        {
            let mut under_way = tell(Arc::clone(&self.hub), self.room.clone(), telling).boxed();
            match (&mut under_way).now_or_never() {
                Some(told) => self.told(told),
                None => self.under_way = Some(under_way),
            }
        }
    }

    /// What was under way, once it is over.
    pub(super) async fn over(&mut self) -> Told {
        let told = pending_or(&mut self.under_way).await;
        self.under_way = None;
        told
    }

    /// Something was told, or not.
    pub(super) fn told(&mut self, Told { telling: Telling { event, n_tries }, res }: Told) {
        let Err(error) = res else { return };
        let error = &error as &dyn std::error::Error;
        // The bus itself says, once, that it is away.
        tracing::debug!(room.id = %self.room, error, "Could not tell other nodes of {}", self.room);
        if n_tries + 1 < TRIES && !is_of_the_moment(&event) {
            self.waiting.push_front(Telling { event, n_tries: n_tries + 1 });
            self.again_at = Instant::now() + AGAIN_AFTER;
        }
    }

    /// When to go on: none where nothing waits, or something is under way.
    pub(super) fn next_wake(&self, is_bus_there: bool) -> Option<Instant> {
        let waits = is_bus_there && self.under_way.is_none() && !self.waiting.is_empty();
        waits.then_some(self.again_at)
    }

    /// Whether all is told.
    pub(super) fn is_done(&self) -> bool {
        self.under_way.is_none() && self.waiting.is_empty()
    }
}

fn is_of_the_moment(event: &Event) -> bool {
    matches!(event, Event::Typing { .. })
}

async fn tell(hub: Arc<Hub>, room: RoomId, telling: Telling) -> Told {
    let channel = Channel::Room(room);
    let published = hub.backend.bus.publish(&channel, &telling.event);
    let res = within(BUS_WITHIN, "bus while publishing", published).await;
    Told { telling, res }
}
