//! News of members and rooms that the bus did not take.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use chat::ports::{Bus as _, Channel, Event};

use crate::NodeBus;

/// The bus is tried again this often.
const AGAIN_EVERY: Duration = Duration::from_secs(1);

/// Sees to it that what could not be told is found out: once the bus takes something again, all nodes are told to look at
/// the store. A handle.
#[derive(Clone, Default)]
pub struct Untold {
    is_owed: Arc<AtomicBool>,
}

impl Untold {
    /// What is left to do, to its end, where this event could not be told on a channel. Nothing where that is under way, or
    /// where nodes find it out by themselves.
    pub fn make_good(
        &self,
        bus: &NodeBus,
        (channel, event): (&Channel, &Event),
    ) -> Option<impl Future<Output = ()> + Send + use<>> {
        // A room's chains say all that is told there; and how far somebody has read is told again when they read on.
        let is_found_out = matches!(channel, Channel::Room(_)) || matches!(event, Event::Read { .. });
        if is_found_out || self.is_owed.swap(true, Ordering::Relaxed) {
            return None;
        }
        let (bus, is_owed) = (bus.clone(), Arc::clone(&self.is_owed));
        Some(async move {
            loop {
                tokio::time::sleep(AGAIN_EVERY).await;
                is_owed.store(false, Ordering::Relaxed); // What fails from now on may come after it.
                if bus.publish(&Channel::Members, &Event::Missed).await.is_ok()
                    || is_owed.swap(true, Ordering::Relaxed)
                {
                    return;
                }
            }
        })
    }
}
