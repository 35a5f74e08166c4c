//! A room becomes active: first its channel is heard, then its heads are read, so that nothing falls between.

use tokio::{sync::mpsc, time::Instant};

use chat::{
    ports::{Bus as _, Channel, LogError, RoomLog as _, Subscription, Unavailable},
    tail::Tail,
};
use protocol::{Refusal, RoomId, ServerMessage};

use super::{
    super::{Command, Hub, presence::Presence},
    AGAIN_AFTER, attend,
};
use crate::patience::in_time;

/// Hears and reads.
pub(super) async fn begin(hub: &Hub, room: &RoomId) -> Result<(Subscription, Tail), LogError> {
    let heard = hear(hub, room).await?;
    let heads = in_time("log while beginning a room", hub.backend.log.heads(room)).await?;
    Ok((heard, Tail::at(heads)))
}

/// Hears a room's channel.
pub(super) async fn hear(hub: &Hub, room: &RoomId) -> Result<Subscription, LogError> {
    let channel = Channel::Room(room.clone());
    Ok(in_time::<_, Unavailable>("bus while subscribing", hub.backend.bus.subscribe(&channel)).await?)
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
            Command::Append(place, _, draft) => place.tell(&ServerMessage::NotSent {
                room: room.clone(),
                nonce: draft.nonce,
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
            | Command::Close(_)
            | Command::Typing(_) => {}
        }
    }
    presence.expire(hub.now());
}
