//! A connection opens the room: from memory where that reaches, so that a thousand who come back at once ask the store
//! once.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use chat::{
    ports::{LogError, Members as _, Memberships as _, RoomLog as _, Unavailable},
    tail::wire_bytes,
};
use protocol::{Heads, Here, MemberId, Message, Person, RequestId, RoomState, ServerMessage, limits};

use super::{super::Opening, Keeper, Out, Place, STALE_AFTER, reading::read_changes};
use crate::{
    frame,
    patience::in_time,
    refusals::{log_refusal, not_in_room},
};

const WHILE_OPENING: &str = "log while opening";
/// How long the list of a room's members is taken as current.
const ROLL_FOR: Duration = Duration::from_secs(10);

/// A room's members, as many as are shown.
pub(super) struct Roll {
    until: Instant,
    n_members: usize,
    people: Vec<Person>,
}

impl Keeper {
    /// Makes a connection a viewer. What it gets from here on continues where the answer ends.
    pub(super) async fn open(&mut self, place: Arc<Place>, opening: Opening) {
        self.opened_at = Instant::now();
        let is_behind = |keeper: &Self| opening.have.is_some_and(|have| keeper.is_behind(have));
        if self.known_at.elapsed() > STALE_AFTER || (is_behind(self) && place.is_believed()) {
            let caught_up = self.try_to_catch_up().await;
            match caught_up {
                _ if !is_behind(self) => {}
                // There is no such message. The store is not asked for each such claim.
                Ok(()) => place.believe_no_more(),
                // What is known here may be older than what the client shows.
                Err(error) => return refuse(&place, opening.request, error),
            }
        }
        let Opening { request, info, have, read, admin, n_begun } = opening;
        let opened = async {
            if self.hub.has_begun_since(&self.room, n_begun) {
                self.look_for(&place).await?;
            }
            let changed = match have {
                Some(have) => self.changed(have).await?,
                None => None,
            };
            let have = have.filter(|_| changed.is_some());
            let messages = self.missing(have).await?;
            let here = self.here().await.map_err(LogError::from)?;
            // Not only of what the client said it has: by the time it hears this it may have read more.
            let mut changed = changed.unwrap_or_default();
            if let (Some(first), Some(last)) = (messages.first(), messages.last()) {
                changed.retain(|it| it.sequence < first.sequence || it.sequence > last.sequence);
            }
            Ok::<_, LogError>((have, changed, self.page_of(messages).await, here))
        };
        let message = match opened.await {
            Ok(_) if !place.is_in(&self.room) => {
                // Their membership ended while this waited, or while the store was asked.
                place.tell(&not_in_room(&self.room, request));
                return;
            }
            Ok((have, changed, page, here)) => {
                let heads = self.tail.heads();
                let after = have.map_or(heads.changes, |have| have.changes);
                let state = RoomState { info, heads, read, admin };
                let typing = self.typing.now(&self.tail, self.hub.now());
                ServerMessage::Opened { request, state, page, after, changed, here, typing }
            }
            Err(error) => return refuse(&place, request, error),
        };
        self.hand_over(Out::Add { viewer: place, request, opened: frame::text(&message) }).await;
    }

    fn is_behind(&self, have: Heads) -> bool {
        let heads = self.tail.heads();
        have.messages > heads.messages || have.changes > heads.changes
    }

    /// What a client lacks of the room's end: what came after its cursor, or the last page where that is too much.
    async fn missing(&mut self, have: Option<Heads>) -> Result<Vec<Message>, LogError> {
        let head = self.tail.heads().messages;
        let after = match have {
            Some(have) if head.since(have.messages) <= limits::CATCH_UP_MAX => have.messages.min(head),
            _ => head.minus(limits::PAGE_DEFAULT as u64),
        };
        // Those who open it next may lack more. Whatever they lack, it is not read a third time.
        for reach in [limits::PAGE_DEFAULT as u64, limits::CATCH_UP_MAX] {
            if let Some(messages) = self.tail.end(after, limits::OPENED_MAX_BYTES) {
                return Ok(messages);
            }
            let (first, end) = (head.minus(reach).next(), self.tail.first());
            let n = usize::try_from(end.since(first)).expect("at most CATCH_UP_MAX");
            if n > 0 {
                let read = self.hub.backend.log.read(&self.room, first, n);
                self.tail.extend_back(&in_time(WHILE_OPENING, read).await?);
            }
        }
        let messages = self.tail.end(after, limits::OPENED_MAX_BYTES);
        messages.ok_or_else(|| Unavailable::new(WHILE_OPENING, "less than the heads promise").into())
    }

    /// What was changed after what a client has heard of; none where that is too much to tell.
    async fn changed(&mut self, have: Heads) -> Result<Option<Vec<Message>>, LogError> {
        let upto = self.tail.heads().changes;
        let n_missed = upto.since(have.changes);
        if n_missed > limits::CHANGES_MAX {
            return Ok(None);
        }
        if self.tail.changed_after(have.changes).is_none() {
            // As with messages. What does not fit into memory is too much to tell.
            let reach = match self.n_changes_read {
                0 => n_missed,
                1 => limits::CHANGES_MAX,
                _ => return Ok(None),
            };
            let (log, after) = (self.hub.backend.log.clone(), upto.minus(reach));
            let changed = read_changes(&log, &self.room, (after, upto)).await?.changed;
            self.n_changes_read += 1;
            self.tail.remember_changes(after, changed);
        }
        let changed = self.tail.changed_after(have.changes);
        Ok(changed.filter(|changed| bytes_of(changed) <= limits::OPENED_MAX_BYTES))
    }

    async fn here(&mut self) -> Result<Here, Unavailable> {
        let roll = match self.roll.take() {
            Some(roll) if roll.until > Instant::now() => roll,
            _ => self.read_roll().await?,
        };
        let mut here: Vec<Person> = self.presence.people().take(limits::PEOPLE_SHOWN).cloned().collect();
        here.sort_by_cached_key(|person| person.name.key());
        let away = roll.people.iter().filter(|person| !self.presence.has(&person.id));
        let away = away.take(limits::PEOPLE_SHOWN - here.len()).cloned().collect();
        let n_here = self.presence.len();
        self.presence.show();
        let res = Here { n_here, n_members: roll.n_members.max(n_here), here, away };
        self.roll = Some(roll);
        Ok(res)
    }

    async fn read_roll(&mut self) -> Result<Roll, Unavailable> {
        let backend = &self.hub.backend;
        let of_room = backend.memberships.of_room(&self.room, limits::PEOPLE_SHOWN);
        let (n_members, of_room) = in_time("memberships while opening", of_room).await?;
        let ids: Vec<MemberId> = of_room.into_iter().map(|membership| membership.member).collect();
        let mut people = in_time("members while opening", backend.members.people(&ids)).await?;
        people.sort_by_cached_key(|person| person.name.key());
        Ok(Roll { until: Instant::now() + ROLL_FOR, n_members, people })
    }
}

fn refuse(place: &Place, request: RequestId, error: LogError) {
    place.tell(&ServerMessage::Refused { request: Some(request), refusal: log_refusal(error) });
}

fn bytes_of(messages: &[Message]) -> usize {
    messages.iter().map(wire_bytes).sum()
}
