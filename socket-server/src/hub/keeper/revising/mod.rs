//! Edits and deletions, one at a time, so that the room's changes have one order on this node.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures::FutureExt as _;
use tokio::time::Instant;

use chat::{
    access::{self, Insider},
    ports::{Event, LogError, Lost, Revision, RoomLog as _},
    tail::Taken,
};
use protocol::{MemberId, Message, MessageText, Nonce, Refusal, RequestId, RoomId, Sequence, ServerMessage};

use super::{
    super::{Hub, ticker::timestamp},
    Keeper, Place,
};
use crate::{
    frame,
    patience::in_time,
    perform::RIGHTS_FOR,
    refusals::{BUSY, access_refusal, is_outside, log_refusal},
};

/// Edits and deletions that wait for a room; beyond it members hear *busy* and try again.
const REVISIONS_MAX: usize = 256;

/// What is to become of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Another text, if it is still the one of this revision.
    Edit { seen: Sequence, text: MessageText },
    /// No text, whatever it is.
    Delete,
}

/// An edit or a deletion that somebody asks for.
pub(crate) struct Revising {
    pub(crate) request: RequestId,
    /// The right to take part, and when it was looked up.
    pub(crate) insider: Insider,
    pub(crate) allowed_at: Instant,
    /// The room's last change that was known before it was looked up.
    pub(crate) changes: Sequence,
    pub(crate) sequence: Sequence,
    pub(crate) nonce: Nonce,
    pub(crate) wanted: Wanted,
}

/// What became of it.
pub(super) struct Revised {
    place: Arc<Place>,
    request: RequestId,
    sequence: Sequence,
    res: Result<Message, Refusal>,
}

impl Keeper {
    /// It waits for those before it.
    pub(super) fn offer_revision(&mut self, place: Arc<Place>, revising: Revising) {
        if self.revisions.len() >= REVISIONS_MAX {
            place.tell(&ServerMessage::Refused { request: Some(revising.request), refusal: BUSY });
            return;
        }
        self.revisions.push_back((place, revising));
    }

    /// Begins the next one, if none is under way.
    pub(super) fn revise_next(&mut self) {
        if self.revise.is_none()
            && let Some((place, revising)) = self.revisions.pop_front()
        {
            self.revise = Some(revise(Arc::clone(&self.hub), place, revising).boxed());
        }
    }

    /// It is done: tells everybody, and who asked for it.
    pub(super) async fn revised(&mut self, revised: Revised) {
        let Revised { place, request, sequence, res } = revised;
        let room = self.room.clone();
        match res {
            Ok(message) => {
                let (after, upto) = (message.revision.minus(1), message.revision);
                let changed = vec![message];
                if self.change(after, (&changed, &[]), upto).await {
                    self.publish(Event::Changed { after, changed, lost: Vec::new(), upto });
                }
                place.tell(&ServerMessage::Revised { request, room, sequence });
            }
            Err(refusal) => {
                if is_outside(&refusal) {
                    self.see_out(vec![Arc::clone(&place)]).await;
                }
                place.tell(&ServerMessage::Refused { request: Some(request), refusal });
            }
        }
    }

    /// The room's changes after one, up to another: everybody who shows the room hears of those that are news. False
    /// where none is.
    pub(super) async fn change(
        &mut self,
        after: Sequence,
        (changed, lost): (&[Message], &[Lost]),
        upto: Sequence,
    ) -> bool {
        let known = self.tail.heads().changes;
        match self.tail.change(after, changed, upto) {
            Taken::New(_) if upto <= known => return false,
            Taken::New(_) => {
                let lost = self.let_go(lost.to_vec()).await;
                self.tell_changes(after, (changed.to_vec(), lost), upto).await;
            }
            Taken::Gap(_) => self.mend_gap().await,
        }
        true
    }

    pub(super) async fn tell_changes(
        &mut self,
        after: Sequence,
        (changed, lost): (Vec<Message>, Vec<MemberId>),
        upto: Sequence,
    ) {
        self.hub.board.moved(&self.room, self.tail.heads());
        let room = self.room.clone();
        let frames = frame::text(&ServerMessage::Changed { room, after, changed, lost, upto });
        self.hand_over(super::Out::Frames { frames, n_messages: 0 }).await;
    }
}

async fn revise(hub: Arc<Hub>, place: Arc<Place>, revising: Revising) -> Revised {
    let (request, sequence) = (revising.request, revising.sequence);
    let res = write(&hub, revising).await;
    Revised { place, request, sequence, res }
}

/// Looks at the message, asks whether that may be, and writes.
async fn write(hub: &Hub, revising: Revising) -> Result<Message, Refusal> {
    let log = &hub.backend.log;
    let Revising { mut insider, allowed_at, changes, sequence, nonce, wanted, .. } = revising;
    if allowed_at.elapsed() >= RIGHTS_FOR {
        // It has waited for others, and who asked for it may be an admin no longer.
        insider = still_inside(hub, &insider.room().id, &insider.membership().member).await?;
    }
    let room = &insider.room().id;
    let failed = |error| match error {
        LogError::Revised { .. } => Refusal::Overtaken { room: room.clone(), sequence },
        LogError::NoSuchMessage { room, sequence } => Refusal::NoSuchMessage { room, sequence },
        LogError::NotInRoom { room } => Refusal::NotInRoom { room },
        error => log_refusal(error),
    };
    let found = in_time("log before a revision", log.read(room, sequence, 1)).await.map_err(failed)?;
    let found = found.into_iter().find(|message| message.sequence == sequence);
    let found = found.ok_or_else(|| Refusal::NoSuchMessage { room: room.clone(), sequence })?;
    let is_deletion = wanted == Wanted::Delete;
    let may = |insider: &Insider| match is_deletion {
        true => access::may_delete(insider, &found),
        false => access::may_edit(insider, &found),
    };
    may(&insider)?;
    let (seen, text) = match wanted {
        Wanted::Edit { seen, text } => (seen, Some(text)),
        Wanted::Delete if found.text.is_none() => return Ok(found),
        Wanted::Delete => (found.revision, None),
    };
    let by = insider.membership().member.clone();
    let mut revision = Revision { message: sequence, seen, by, since: changes, nonce, at: timestamp(), text };
    loop {
        match in_time("log while revising", log.revise(room, &revision)).await {
            // The membership ended since its right was looked up; they may have come back, but not as an admin.
            Err(LogError::NotInRoom { .. }) => {
                let insider = still_inside(hub, room, &revision.by).await?;
                may(&insider)?;
                revision.since = insider.membership().since;
                revision.at = timestamp(); // Before, they were outside.
            }
            // Somebody else deleted it first, and after that comes nothing.
            Err(LogError::Revised { now }) if is_deletion && now.text.is_none() => return Ok(*now),
            // An edit came before the deletion: the text that goes is then that one.
            Err(LogError::Revised { now }) if is_deletion => revision.seen = now.revision,
            done => return done.map_err(failed),
        }
    }
}

/// Looks up once more whether who asked may take part.
async fn still_inside(hub: &Hub, room: &RoomId, member: &MemberId) -> Result<Insider, Refusal> {
    let insider = access::insider(&hub.backend.rooms, &hub.backend.memberships, member, room);
    in_time("memberships while revising", insider).await.map_err(access_refusal)
}
