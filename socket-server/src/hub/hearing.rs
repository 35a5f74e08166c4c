//! What concerns members and rooms is heard by every node, for all of them at once.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures::{FutureExt as _, StreamExt as _, future::BoxFuture};
use tokio::time::{Instant, sleep_until};

use chat::ports::{Bus as _, Channel, Event, Heard, Unavailable};
use protocol::MemberId;

use super::Hub;
use crate::patience::{BUS_WITHIN, pending_or, pending_until, within};

/// Where the bus is away it is asked again this often.
const AGAIN_EVERY: Duration = Duration::from_secs(1);
/// And memberships are looked up this often: what is said of them is not heard.
const MEMBERSHIPS_EVERY: Duration = Duration::from_secs(30);

/// Hears what concerns members and rooms, for ever. What the bus loses is found out from the store. Owned by the service.
pub(crate) async fn hear_of_members(hub: Arc<Hub>) {
    let mut looked_up = Instant::now();
    loop {
        let asked = Instant::now();
        let heard = hub.backend.bus.subscribe(&Channel::Members);
        match within::<_, Unavailable>(BUS_WITHIN, "bus while subscribing", heard).await {
            Ok(mut heard) => {
                hub.people.doubt();
                let mut looking = Looking::of_all(); // Nothing was heard until now.
                loop {
                    let next = looking.begin(&hub);
                    tokio::select! {
                        biased;
                        missed = pending_or(&mut looking.under_way) => looking.over(missed),
                        () = pending_until(next) => {}
                        heard = heard.next() => match heard {
                            Some(Heard::Event(Event::Missed) | Heard::Lost) => {
                                hub.people.doubt();
                                looking.wanted = Some(Whom::All);
                            }
                            Some(Heard::Event(event)) => hub.concern(event),
                            None => break,
                        },
                    }
                }
                tracing::warn!("News of members is heard no longer: the bus is away");
                looked_up = Instant::now();
            }
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "Could not hear of members");
                if looked_up.elapsed() >= MEMBERSHIPS_EVERY {
                    hub.look_memberships_up().await;
                    looked_up = Instant::now();
                }
            }
        }
        sleep_until(asked + AGAIN_EVERY).await;
    }
}

/// Looks memberships up, while what is said of them is heard on: with thousands of members that takes a while.
struct Looking {
    wanted: Option<Whom>,
    under_way: Option<BoxFuture<'static, BTreeSet<MemberId>>>,
    again_at: Instant,
}

/// Whose memberships.
enum Whom {
    /// Those of everybody who is connected here.
    All,
    /// Those that could not be looked up.
    These(BTreeSet<MemberId>),
}

impl Looking {
    fn of_all() -> Self {
        Self { wanted: Some(Whom::All), under_way: None, again_at: Instant::now() }
    }

    /// Begins what is wanted, if nothing is under way, and not more than one each [`AGAIN_EVERY`]. When to begin it else.
    fn begin(&mut self, hub: &Arc<Hub>) -> Option<Instant> {
        if self.under_way.is_some() || self.wanted.is_none() {
            return None;
        }
        let now = Instant::now();
        if now < self.again_at {
            return Some(self.again_at);
        }
        self.again_at = now + AGAIN_EVERY;
        let (hub, wanted) = (Arc::clone(hub), self.wanted.take());
        let look_up = async move {
            match wanted {
                Some(Whom::These(members)) => hub.look_memberships_up_of(members).await,
                Some(Whom::All) | None => hub.look_memberships_up().await,
            }
        };
        self.under_way = Some(look_up.boxed());
        None
    }

    /// It is done, but for these.
    fn over(&mut self, missed: BTreeSet<MemberId>) {
        self.under_way = None;
        if !missed.is_empty() && self.wanted.is_none() {
            self.wanted = Some(Whom::These(missed));
        }
    }
}
