//! Rights to take part, which are looked up again and again.

use std::{sync::Arc, time::Duration};

use chat::access::{self, AccessError, Insider};
use protocol::{Heads, Refusal, RoomId, Sequence};
use tokio::time::Instant;

use super::Shell;
use crate::{
    patience::in_time,
    refusals::{access_refusal, is_outside, unavailable},
};

/// A check of rights older than this is made again.
pub(crate) const RIGHTS_FOR: Duration = Duration::from_secs(1);

/// A right to take part, as it was looked up.
#[derive(Clone)]
pub(super) struct Right {
    pub(super) at: Instant,
    pub(super) insider: Insider,
    /// How often a room had become active before.
    pub(super) n_begun: u64,
    /// How often the member's rights had changed before.
    pub(super) rights: u64,
    /// The room's last change that was known before, if any was: an end of it that stands in those after is news.
    pub(super) changes: Option<Sequence>,
}

impl Shell {
    /// The right to take part in a room, looked up at most once a second, and again when the bus says that it changed.
    pub(super) async fn right(&mut self, room: &RoomId) -> Result<Right, Refusal> {
        let n_changed = self.place.rights();
        let holds = |right: &Right| right.at.elapsed() < RIGHTS_FOR && right.rights == n_changed;
        self.rights.retain(holds);
        if let Some(right) = self.rights.iter().find(|right| right.insider.room().id == *room) {
            return Ok(right.clone());
        }
        let mut welcomed = std::mem::take(&mut self.welcomed).into_iter().filter(holds);
        if let Some(right) = welcomed.find(|right| right.insider.room().id == *room) {
            self.keep_right(&right);
            return Ok(right);
        }
        self.look_right_up(room, self.service.hub.heads(room)).await
    }

    /// The right to take part in a room, and a change of it up to which it is known not to have ended: those after it are
    /// looked through for its end, and are not to be many.
    pub(super) async fn right_to_revise(&mut self, room: &RoomId) -> Result<(Right, Sequence), Refusal> {
        let hub = Arc::clone(&self.service.hub);
        let heard = hub.heads(room).map(|heads| heads.changes);
        let right = self.right(room).await?;
        if let Some(changes) = right.changes {
            // An end that this node has heard of is an end of what was looked up before.
            let heard = heard.filter(|_| !hub.has_begun_since(room, right.n_begun)).unwrap_or_default();
            return Ok((right, changes.max(heard)));
        }
        let heads = self.heads(room).await.map_err(unavailable)?;
        let heads = heads.ok_or_else(|| Refusal::NoSuchRoom { room: room.clone() })?;
        let right = self.look_right_up(room, Some(heads)).await?;
        let changes = right.changes.unwrap_or(heads.changes);
        Ok((right, changes))
    }

    async fn look_right_up(&mut self, room: &RoomId, known: Option<Heads>) -> Result<Right, Refusal> {
        let (at, rights, n_begun) = (Instant::now(), self.place.rights(), self.service.hub.n_begun());
        let (backend, rooms) = (&self.service.backend, &self.service.hub.known_rooms);
        let insider = access::insider(rooms, &backend.memberships, &self.place.person.id, room);
        let insider = match in_time("memberships", insider).await {
            Ok(insider) => insider,
            Err(error) => return Err(self.refused(room, error).await),
        };
        let changes = known.map(|heads| heads.changes.max(insider.membership().since));
        let right = Right { at, insider, n_begun, rights, changes };
        self.rights.retain(|it| it.insider.room().id != *room);
        self.keep_right(&right);
        Ok(right)
    }

    /// Says no as the store does. Where this node has not heard that the member is in the room no longer, what it shows of
    /// it ends before.
    pub(super) async fn refused(&self, room: &RoomId, error: AccessError) -> Refusal {
        let refusal = access_refusal(error);
        if is_outside(&refusal) && self.place.is_in(room) {
            self.service.hub.doubt(&self.place, room).await;
        }
        refusal
    }

    /// Keeps a right for as long as it holds, with room for no other: as a rule there is one.
    fn keep_right(&mut self, right: &Right) {
        self.rights.reserve_exact(1);
        self.rights.push(right.clone());
    }
}
