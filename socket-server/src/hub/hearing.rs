//! What concerns members and rooms is heard by every node, for all of them at once.

use std::{sync::Arc, time::Duration};

use futures::StreamExt as _;
use tokio::time::{Instant, sleep_until};

use chat::ports::{Bus as _, Channel, Heard, Unavailable};

use super::Hub;
use crate::patience::{BUS_WITHIN, within};

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
                let mut missed = hub.look_memberships_up().await; // Nothing was heard until now.
                let mut again_at = Instant::now() + AGAIN_EVERY;
                loop {
                    tokio::select! {
                        heard = heard.next() => match heard {
                            Some(Heard::Event(event)) => hub.concern(event),
                            Some(Heard::Lost) => missed = hub.look_memberships_up().await,
                            None => break,
                        },
                        () = sleep_until(again_at), if !missed.is_empty() => {
                            missed = hub.look_memberships_up_of(missed).await;
                            again_at = Instant::now() + AGAIN_EVERY;
                        }
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
