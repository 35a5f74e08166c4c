//! A room's channel on the bus: heard while the bus is there, and subscribed to again where it was away.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture};
use tokio::time::Instant;

use backend::NodeBus;
use chat::ports::{Bus as _, Channel, Heard, Subscription, Unavailable};
use protocol::RoomId;

use super::{
    super::{Hub, without_bus::WithoutBus},
    pending_or,
};
use crate::patience::{BUS_WITHIN, within};

/// Without a subscription one is asked for this often.
const AGAIN_EVERY: Duration = Duration::from_secs(1);

/// What hears a room's channel.
pub(super) struct Ears {
    hub: Arc<Hub>,
    channel: Channel,
    heard: Option<Subscription>,
    subscribing: Option<BoxFuture<'static, Result<Subscription, Unavailable>>>,
    again_at: Instant,
    /// There while nothing is heard.
    without: Option<WithoutBus>,
}

/// What came to the ears.
pub(super) enum Came {
    /// Something from the bus.
    Heard(Heard),
    /// The end: the bus is away.
    Ended,
    /// A new beginning: from now on it is heard what is said.
    Again,
}

impl Ears {
    /// Begins to hear a room, if the bus is there.
    pub(super) async fn open(hub: &Arc<Hub>, room: &RoomId) -> Self {
        let again_at = Instant::now() + AGAIN_EVERY;
        let subscribed = subscribe(hub.backend.bus.clone(), Channel::Room(room.clone())).await;
        Self { again_at, ..Self::of(hub, room, heard(subscribed)) }
    }

    /// Hears on with a subscription, or without.
    pub(super) fn of(hub: &Arc<Hub>, room: &RoomId, heard: Option<Subscription>) -> Self {
        Self {
            hub: Arc::clone(hub),
            channel: Channel::Room(room.clone()),
            without: heard.is_none().then(|| WithoutBus::new(hub)),
            heard,
            subscribing: None,
            again_at: Instant::now(),
        }
    }

    /// Whether the bus is heard.
    pub(super) fn hears(&self) -> bool {
        self.heard.is_some()
    }

    /// What comes next.
    ///
    /// # Cancel safety
    /// Safe: what is under way goes on the next time.
    pub(super) async fn next(&mut self) -> Came {
        if let Some(heard) = &mut self.heard {
            if let Some(heard) = heard.next().await {
                return Came::Heard(heard);
            }
            (self.heard, self.without) = (None, Some(WithoutBus::new(&self.hub)));
            return Came::Ended;
        }
        loop {
            if self.subscribing.is_none() {
                tokio::time::sleep_until(self.again_at).await;
                self.again_at = Instant::now() + AGAIN_EVERY;
                let (bus, channel) = (self.hub.backend.bus.clone(), self.channel.clone());
                self.subscribing = Some(subscribe(bus, channel).boxed());
            }
            let subscribed = pending_or(&mut self.subscribing).await;
            self.subscribing = None;
            if let Some(heard) = heard(subscribed) {
                (self.heard, self.without) = (Some(heard), None);
                return Came::Again;
            }
        }
    }
}

/// Every room tries every second: that the bus is away is told once for all of them.
fn heard(subscribed: Result<Subscription, Unavailable>) -> Option<Subscription> {
    let told = |error: &Unavailable| {
        tracing::debug!(error = error as &dyn std::error::Error, "Could not subscribe");
    };
    subscribed.inspect_err(told).ok() // Told of just now.
}

async fn subscribe(bus: NodeBus, channel: Channel) -> Result<Subscription, Unavailable> {
    within(BUS_WITHIN, "bus while subscribing", bus.subscribe(&channel)).await
}
