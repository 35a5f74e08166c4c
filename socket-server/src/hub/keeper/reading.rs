//! What the store has beyond the tail is read and delivered: after a gap, while the bus is away and when it is back, and
//! now and then.

use std::{collections::BTreeSet, ops::RangeInclusive, sync::Arc};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use tokio::{sync::oneshot, time::Instant};

use backend::Log;
use chat::{
    ports::{Changed, LogError, Lost, Memberships as _, RoomLog as _, Unavailable},
    tail::Taken,
};
use process::tell_seldom;
use protocol::{Ending, MemberId, Message, RoomId, Sequence};

use super::{AGAIN_AFTER, FILL, HEADS_WITHOUT_BUS, Keeper, Out, Place};
use crate::patience::in_time;

const WHILE_READING_ON: &str = "log while reading on";
/// Changed messages no further from each other are read together, with those between.
const NEAR: u64 = 8;
/// So many readings of changed messages are under way at once.
const AT_ONCE: usize = 16;

impl Keeper {
    /// Puts out those whose memberships ended, as far as they have not come back, and returns who is gone. The bus may have
    /// lost the news to them. Where the store does not answer they are put out too: who is inside opens the room again.
    pub(super) async fn let_go(&mut self, lost: Vec<Lost>) -> Vec<MemberId> {
        let mut gone = Vec::new();
        for Lost { member, why, change } in lost {
            for place in self.hub.connections_of(&member) {
                place.rights_ended();
            }
            let found = self.hub.backend.memberships.find(&self.room, &member);
            let found = in_time::<_, Unavailable>("memberships of who may have gone", found).await;
            if !matches!(found, Ok(Some(_))) {
                for place in self.hub.connections_of(&member) {
                    // At once: what comes next is not for them.
                    if place.left(&self.room, Some(change)) {
                        self.put_out(place, why).await;
                    }
                }
                // By a membership that began later they are here, and stay.
                if !self.hub.connections_of(&member).iter().any(|place| place.is_in(&self.room)) {
                    self.presence.lose(&member);
                    gone.push(member);
                }
            }
        }
        if !gone.is_empty() {
            self.roll = None; // They are not of the room's members any more.
            self.tell_presence().await;
        }
        gone
    }

    /// The store did not find a connection's member in the room: see them out, and say once nothing of it comes any more.
    pub(super) async fn doubt(&mut self, place: Arc<Place>, passed: oneshot::Sender<()>) {
        self.see_out(vec![place]).await;
        self.hand_over(Out::Passed(passed)).await;
    }

    /// The store did not find the members of some connections in the room. What has ended their memberships stands in its
    /// changes, if not in those before the room became active here.
    pub(super) async fn see_out(&mut self, mut places: Vec<Arc<Place>>) {
        places.retain(|place| place.is_in(&self.room));
        if places.is_empty() {
            return;
        }
        self.catch_up().await;
        for place in places {
            if place.is_in(&self.room) {
                let _ = self.look_for(&place).await; // Who asked has an answer of the store's already.
            }
        }
    }

    /// Looks whether a connection's member is in the room, and puts it out where they are not. Where what they may has changed
    /// meanwhile, here or in another room, it looks again.
    pub(super) async fn look_for(&mut self, place: &Arc<Place>) -> Result<(), Unavailable> {
        while place.is_in(&self.room) {
            let rights = place.rights();
            let found = self.hub.backend.memberships.find(&self.room, &place.person.id);
            let found = in_time::<_, Unavailable>("memberships of who may have gone", found).await?;
            if found.is_some() {
                break;
            }
            if place.left_since(&self.room, rights) {
                self.presence.leave(place.id, &place.person.id);
                self.put_out(Arc::clone(place), Ending::Removed).await;
            }
        }
        Ok(())
    }

    /// A connection's member is in the room no longer: nothing of it follows what was shown until now.
    pub(super) async fn put_out(&mut self, place: Arc<Place>, why: Ending) {
        self.hand_over(Out::Expel { viewer: place, why }).await;
    }

    /// Reads and delivers what the store has beyond the tail. Where the store does not answer, or the bus is away, it is
    /// done again soon.
    pub(super) async fn catch_up(&mut self) {
        let _ = self.try_to_catch_up().await; // It was told, and is tried again.
    }

    /// As [`Self::catch_up`], but says whether it succeeded.
    ///
    /// # Errors
    /// Why the tail may end before the room does, or within a group.
    pub(super) async fn try_to_catch_up(&mut self) -> Result<(), LogError> {
        let res = self.read_on().await;
        let again_after = match &res {
            Ok(()) | Err(LogError::NoSuchRoom { .. }) if self.ears.hears() => self.hub.heads_every,
            Ok(()) | Err(LogError::NoSuchRoom { .. }) => HEADS_WITHOUT_BUS,
            Err(error) => {
                tell_seldom("Could not read on in a room", error);
                AGAIN_AFTER
            }
        };
        self.heads_at = Instant::now() + again_after;
        res
    }

    /// The bus has left something out.
    pub(super) async fn mend_gap(&mut self) {
        self.hub.metrics.gap_repairs.inc();
        self.catch_up().await;
    }

    async fn read_on(&mut self) -> Result<(), LogError> {
        self.is_doubtful = true;
        let asked = Instant::now();
        let log = self.hub.backend.log.clone();
        let heads = in_time("log while reading heads", log.heads(&self.room)).await;
        if let Err(LogError::NoSuchRoom { .. }) = heads {
            self.hub.room_deleted(&self.room);
        }
        let heads = heads?;
        let known = self.tail.heads().changes;
        if heads.changes > known {
            let Changes { changed, lost } = read_changes(&log, &self.room, (known, heads.changes)).await?;
            self.tail.change(known, &changed, heads.changes);
            let lost = self.let_go(lost).await;
            self.tell_changes(known, (changed, lost), heads.changes).await;
        }
        while self.tail.heads().messages < heads.messages {
            let head = self.tail.heads().messages;
            // Up to the heads and no further: they are the end of a group, and right behind what is none nothing may be written.
            let n = usize::try_from(heads.messages.since(head)).map_or(FILL, |n| n.min(FILL));
            let messages = in_time(WHILE_READING_ON, log.read(&self.room, head.next(), n)).await?;
            match self.tail.take(&messages) {
                Taken::New(n) if n > 0 => {
                    self.deliver_of_others(&messages[messages.len() - n..]).await;
                }
                Taken::New(_) | Taken::Gap(_) => {
                    return Err(Unavailable::new(WHILE_READING_ON, "less than the heads promise").into());
                }
            }
        }
        (self.is_doubtful, self.known_at) = (false, asked);
        Ok(())
    }
}

/// What was changed in a room.
pub(super) struct Changes {
    /// The messages, as they are now, by revision.
    pub(super) changed: Vec<Message>,
    /// Whose memberships ended. They may have come back.
    lost: Vec<Lost>,
}

/// What was changed after one change, up to another.
pub(super) async fn read_changes(
    log: &Log,
    room: &RoomId,
    (after, upto): (Sequence, Sequence),
) -> Result<Changes, LogError> {
    let (mut sequences, mut lost) = (BTreeSet::new(), Vec::new());
    let mut read = after;
    while read < upto {
        let changes = in_time("log while reading changes", log.changes(room, read.next(), FILL)).await?;
        let Some(newest) = changes.last() else { break };
        read = newest.sequence;
        for change in changes {
            match change.what {
                Changed::Edited(sequence) | Changed::Deleted(sequence) => drop(sequences.insert(sequence)),
                Changed::Lost(member) => {
                    let why = if change.by == member { Ending::Left } else { Ending::Removed };
                    lost.push(Lost { member, why, change: change.sequence });
                }
            }
        }
    }
    let ranges = near_each_other(&sequences);
    let read = ranges.into_iter().map(|range| {
        let n =
            usize::try_from(range.end().next().since(*range.start())).expect("few changes, near each other");
        in_time("log while reading what was changed", log.read(room, *range.start(), n))
    });
    let read: Vec<Vec<Message>> = stream::iter(read).buffered(AT_ONCE).try_collect().await?;
    let read = read.into_iter().flatten();
    let mut changed: Vec<Message> = read.filter(|it| sequences.contains(&it.sequence)).collect();
    changed.sort_by_key(|message| message.revision);
    Ok(Changes { changed, lost })
}

/// Ranges that have all of some sequences, each of which is read at once.
fn near_each_other(sequences: &BTreeSet<Sequence>) -> Vec<RangeInclusive<Sequence>> {
    let mut ranges: Vec<RangeInclusive<Sequence>> = Vec::new();
    for sequence in sequences {
        match ranges.last_mut() {
            Some(last) if sequence.since(*last.end()) <= NEAR => *last = *last.start()..=*sequence,
            _ => ranges.push(*sequence..=*sequence),
        }
    }
    ranges
}
