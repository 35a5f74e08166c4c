//! A room becomes active: first its channel is heard, where the bus is there, then its heads are read, so that nothing
//! falls between.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, timeout},
};

use chat::{
    ports::{LogError, RoomLog as _},
    tail::Tail,
};
use protocol::{Refusal, RoomId, ServerMessage};

use super::{
    super::{Command, Hub, nodes::Rosters, presence::Presence},
    AGAIN_AFTER, Ears, attend,
};
use crate::patience::in_time;

/// Who opens the room first waits this long to be told who is here on other nodes, too.
const ROSTERS_WITHIN: Duration = Duration::from_secs(1);

/// What a room begins with.
pub(super) struct Begun {
    pub(super) ears: Ears,
    pub(super) tail: Tail,
    /// None where they cannot be read now.
    pub(super) rosters: Option<Arc<Rosters>>,
}

/// Hears and reads. `begun` is dropped when the heads are known.
pub(super) async fn begin(
    hub: &Arc<Hub>,
    room: &RoomId,
    begun: &mut Option<oneshot::Sender<()>>,
) -> Result<Begun, LogError> {
    let ears = Ears::open(hub, room).await;
    let heads = in_time("log while beginning a room", hub.backend.log.heads(room)).await?;
    hub.board.began(room, heads);
    *begun = None;
    let rosters = timeout(ROSTERS_WITHIN, hub.rosters()).await;
    Ok(Begun { ears, tail: Tail::at(heads), rosters: rosters.ok().flatten() })
}

/// For a while, says no to what a room that cannot be kept now is asked. Who comes and goes is remembered.
pub(super) async fn refuse_meanwhile(
    hub: &Hub,
    commands: &mut mpsc::Receiver<Command>,
    presence: &mut Presence,
    room: &RoomId,
    refusal: &Refusal,
) {
    let until = Instant::now() + AGAIN_AFTER;
    while let Ok(Some(command)) = tokio::time::timeout_at(until, commands.recv()).await {
        attend(presence, room, &command, hub.now());
        match command {
            Command::Open(place, opening) => {
                let request = Some(opening.request);
                place.tell(&ServerMessage::Refused { request, refusal: refusal.clone() });
            }
            Command::Append(place, offer) => place.tell(&ServerMessage::NotSent {
                room: room.clone(),
                nonce: offer.draft.nonce,
                refusal: refusal.clone(),
            }),
            Command::Revise(place, revising) => {
                let request = Some(revising.request);
                place.tell(&ServerMessage::Refused { request, refusal: refusal.clone() });
            }
            Command::Expel(place, why) => place.tell_left(room, why),
            Command::Arrive(_)
            | Command::Depart(_)
            | Command::Leave(_)
            | Command::Doubt(..)
            | Command::Close(_)
            | Command::Typing(_)
            | Command::Rosters(_)
            | Command::Lose(_) => {}
        }
    }
    presence.expire(hub.now());
}
