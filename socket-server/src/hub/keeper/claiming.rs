//! That somebody types is written down for nodes where the room becomes active later: beside all else, so that presence
//! which is slow holds up nothing.

use std::{collections::VecDeque, sync::Arc};

use futures::{FutureExt as _, future::BoxFuture};
use tokio::time::Instant;

use chat::ports::{Presence as _, Typist, Unavailable};
use protocol::{RoomId, limits};

use super::{super::Hub, pending_or};
use crate::patience::{BUS_WITHIN, within};

/// Claims that wait. Beyond it the first go: they lapse soon, and are made again.
const WAITING_MAX: usize = 16;

/// What writes claims to be typing, one at a time.
pub(super) struct Claims {
    hub: Arc<Hub>,
    room: RoomId,
    /// With when they were made.
    waiting: VecDeque<(Instant, Typist)>,
    under_way: Option<BoxFuture<'static, ()>>,
}

impl Claims {
    pub(super) fn new(hub: &Arc<Hub>, room: &RoomId) -> Self {
        Self { hub: Arc::clone(hub), room: room.clone(), waiting: VecDeque::new(), under_way: None }
    }

    /// Takes a claim.
    pub(super) fn make(&mut self, typist: Typist) {
        self.waiting.push_back((Instant::now(), typist));
        if self.waiting.len() > WAITING_MAX {
            self.waiting.pop_front();
        }
        self.go_on();
    }

    /// Writes what waits, if nothing is under way. Who has waited for so long that they would have claimed again is
    /// passed over.
    pub(super) fn go_on(&mut self) {
        while self.under_way.is_none()
            && let Some((made_at, typist)) = self.waiting.pop_front()
        {
            if made_at.elapsed() < limits::TYPING_EVERY {
                let mut under_way = write(Arc::clone(&self.hub), self.room.clone(), typist).boxed();
                self.under_way = (&mut under_way).now_or_never().is_none().then_some(under_way);
            }
        }
    }

    /// What was under way is over.
    ///
    /// # Cancel safety
    /// Safe: what is under way goes on the next time.
    pub(super) async fn over(&mut self) {
        pending_or(&mut self.under_way).await;
        self.under_way = None;
    }
}

async fn write(hub: Arc<Hub>, room: RoomId, typist: Typist) {
    let claimed = hub.backend.presence.typed(&room, &typist);
    let claimed = within::<_, Unavailable>(BUS_WITHIN, "presence while somebody types", claimed).await;
    if let Err(error) = claimed {
        tracing::debug!(error = &error as &dyn std::error::Error, "Could not write down who types");
    }
}
