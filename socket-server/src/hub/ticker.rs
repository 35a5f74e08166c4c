//! What happens every second on a node: heads that moved in rooms that are not shown, signs of life, ends of silence.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::{Interval, MissedTickBehavior};

use protocol::{Heads, RoomId, Timestamp, close::CloseCode, limits};

use super::{Hub, Place};
use crate::frame;

/// Works once a second, for ever, and waits for nothing else. Owned by the service.
pub(crate) async fn tick(hub: Arc<Hub>) {
    let mut second = every_second();
    loop {
        second.tick().await;
        let now = hub.now();
        let moved = hub.board.take_moved();
        for place in hub.connections() {
            tell_heads(&hub, &place, &moved, now);
            if place.silence(now) > limits::SILENCE_MAX {
                place.queue.close(CloseCode::SILENT);
            }
        }
    }
}

pub(super) fn every_second() -> Interval {
    let mut second = tokio::time::interval(limits::TICK_EVERY);
    second.set_missed_tick_behavior(MissedTickBehavior::Delay);
    second
}

/// The server's clock, for people.
pub(crate) fn timestamp() -> Timestamp {
    #[cfg(test)]
    if let Some(simulated) = crate::simulation::timestamp() {
        return simulated;
    }
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(
        since_1970.map_or(0, |it| u64::try_from(it.as_millis()).expect("fits until the year 500,000,000")),
    )
}

fn tell_heads(hub: &Hub, place: &Place, moved: &BTreeMap<RoomId, Heads>, now: Duration) {
    if place.take_heartbeat(now, limits::HEARTBEAT) {
        hub.tell_heads(place);
        place.queue.push(&frame::ping());
        return;
    }
    if moved.is_empty() {
        return;
    }
    let unshown = place.unshown_among(moved.keys());
    if !unshown.is_empty() {
        place.tell_heads(unshown.into_iter().map(|room| (room.clone(), moved[room])).collect());
    }
}
