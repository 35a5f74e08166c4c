//! What happens every second on a node: heads that moved in rooms that are not shown, signs of life, ends of silence.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use chat::ports::{Presence as _, Roster, Sessions as _};
use protocol::{Heads, RoomId, ServerMessage, Timestamp, close::CloseCode, limits};

use super::{Hub, Place};
use crate::frame;

/// Each session is looked up again within this time, in case the bus lost the news of its end.
const SESSIONS_EVERY_S: u64 = 30;
/// How often a node says that it lives.
const RENEW_EVERY: u64 = 3;

/// Works once a second, for ever. Owned by the service.
pub(crate) async fn tick(hub: Arc<Hub>) {
    let mut second = tokio::time::interval(limits::TICK_EVERY);
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut announced = Roster::default();
    for n in 0_u64.. {
        second.tick().await;
        let now = hub.now();
        let moved = hub.board.take_moved();
        let places = hub.connections();
        for place in &places {
            tell_heads(&hub, place, &moved, now);
            if place.silence(now) > limits::SILENCE_MAX {
                place.queue.close(CloseCode::SILENT);
            }
        }
        announce(&hub, &mut announced, n % RENEW_EVERY == 0).await;
        let share = places.iter().filter(|place| place.id.0 % SESSIONS_EVERY_S == n % SESSIONS_EVERY_S);
        for place in share {
            end_if_signed_out(&hub, place).await;
        }
    }
}

/// The server's clock, for people.
pub(crate) fn timestamp() -> Timestamp {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
    Timestamp(
        since_1970.map_or(0, |it| u64::try_from(it.as_millis()).expect("fits until the year 500,000,000")),
    )
}

fn tell_heads(hub: &Hub, place: &Place, moved: &HashMap<RoomId, Heads>, now: Duration) {
    if place.take_heartbeat(now, limits::HEARTBEAT) {
        let rooms = place.rooms().into_iter();
        let rooms = rooms.filter_map(|room| hub.heads(&room).map(|heads| (room, heads))).collect();
        place.tell(&ServerMessage::Heads { rooms });
        place.queue.push(&frame::ping());
        return;
    }
    if moved.is_empty() {
        return;
    }
    let unshown = place.unshown_among(moved.keys());
    if !unshown.is_empty() {
        let rooms = unshown.into_iter().map(|room| (room.clone(), moved[room])).collect();
        place.tell(&ServerMessage::Heads { rooms });
    }
}

async fn end_if_signed_out(hub: &Hub, place: &Place) {
    match hub.backend.sessions.find(&place.session, timestamp()).await {
        Ok(Some(_)) => {}
        Ok(None) => place.queue.close(CloseCode::SESSION_ENDED),
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "Could not look a session up again");
        }
    }
}

/// Says who is here, when that changed, and that the node lives.
async fn announce(hub: &Hub, announced: &mut Roster, is_due: bool) {
    let roster = hub.roster();
    let res = match roster == *announced {
        true if !is_due => return,
        true => match hub.backend.presence.renew(&hub.node).await {
            Ok(true) => return,
            Ok(false) => hub.backend.presence.announce(&hub.node, &roster).await,
            Err(error) => Err(error),
        },
        false => hub.backend.presence.announce(&hub.node, &roster).await,
    };
    match res {
        Ok(()) => *announced = roster,
        Err(error) => {
            let error = &error as &dyn std::error::Error;
            tracing::warn!(error, "Could not say who is here");
        }
    }
}
