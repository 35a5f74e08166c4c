//! Read cursors: they move with every message that somebody sees, and are written down seldom.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures::{StreamExt as _, stream};
use tokio::{sync::Notify, time::Instant};

use chat::ports::{Channel, Event, Memberships as _, Unavailable};
use process::tell_seldom;
use protocol::{MemberId, RoomId, Sequence};

use super::Hub;
use crate::patience::in_time;

/// The cursor of one member in one room is written once in this time, and once more when the page goes.
const WRITE_EVERY: Duration = Duration::from_mins(1);
/// When a page goes it is written sooner: once in this time.
const WRITE_GOING_EVERY: Duration = Duration::from_secs(5);
/// What could not be written is tried again after this time.
const AGAIN_AFTER: Duration = Duration::from_secs(5);
/// All cursors are looked through no more often than this: when many see a message, all of theirs move one after the other.
const BETWEEN: Duration = Duration::from_millis(250);
/// Cursors that are written at once.
const AT_ONCE: usize = 32;

/// The cursors that moved lately.
#[derive(Default)]
pub(super) struct Cursors {
    all: Mutex<BTreeMap<MemberId, BTreeMap<RoomId, Cursor>>>,
    /// Told when one is due sooner than those before.
    hurried: Notify,
    /// Held while some are written: a node that stops waits for those, too.
    writing: tokio::sync::Mutex<()>,
}

struct Cursor {
    upto: Sequence,
    is_written: bool,
    /// When it may be written next.
    due_at: Instant,
    /// And when a page goes.
    due_going_at: Instant,
}

/// A cursor that is to be written.
struct Due {
    member: MemberId,
    room: RoomId,
    upto: Sequence,
}

impl Cursors {
    fn all(&self) -> MutexGuard<'_, BTreeMap<MemberId, BTreeMap<RoomId, Cursor>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A member has read so far. Written at once where that was not done lately.
    fn moved(&self, member: &MemberId, room: &RoomId, upto: Sequence, now: Instant) {
        let mut all = self.all();
        let fresh = || Cursor { upto: Sequence::ZERO, is_written: true, due_at: now, due_going_at: now };
        let cursor = all.entry(member.clone()).or_default().entry(room.clone()).or_insert_with(fresh);
        if upto > cursor.upto {
            (cursor.upto, cursor.is_written) = (upto, false);
            if cursor.due_at <= now {
                self.hurried.notify_one();
            }
        }
    }

    /// A page of a member goes: what they have read is written now, where that was not done just before.
    fn hurry(&self, member: &MemberId, now: Instant) {
        let mut all = self.all();
        let cursors = all.get_mut(member).into_iter().flat_map(BTreeMap::values_mut);
        for cursor in cursors.filter(|cursor| !cursor.is_written) {
            cursor.due_at = cursor.due_at.min(cursor.due_going_at.max(now));
            self.hurried.notify_one();
        }
    }

    /// What is to be written, which counts as written from now on. Forgets what was written long ago.
    fn take_due(&self, now: Instant) -> Vec<Due> {
        let mut due = Vec::new();
        self.all().retain(|member, rooms| {
            rooms.retain(|room, cursor| {
                if cursor.due_at > now {
                    return true;
                }
                if !cursor.is_written {
                    due.push(Due { member: member.clone(), room: room.clone(), upto: cursor.upto });
                    (cursor.is_written, cursor.due_at) = (true, now + WRITE_EVERY);
                    cursor.due_going_at = now + WRITE_GOING_EVERY;
                    return true;
                }
                false
            });
            !rooms.is_empty()
        });
        due
    }

    /// It could not be written.
    fn failed(&self, due: &Due, now: Instant) {
        if let Some(cursor) = self.all().get_mut(&due.member).and_then(|rooms| rooms.get_mut(&due.room)) {
            (cursor.is_written, cursor.due_at) = (false, now + AGAIN_AFTER);
        }
    }

    fn next_due(&self) -> Option<Instant> {
        self.all().values().flat_map(BTreeMap::values).map(|cursor| cursor.due_at).min()
    }
}

impl Hub {
    /// A member has read a room so far, which is not past its end. Their other connections here hear of it at once, those
    /// elsewhere when it is written down.
    pub(crate) fn read(self: &Arc<Self>, member: &MemberId, room: &RoomId, upto: Sequence) {
        self.concern(Event::Read { member: member.clone(), room: room.clone(), upto });
        self.cursors.moved(member, room, upto, Instant::now());
    }

    /// How far a member has read a room, where that is further than what is written down.
    pub(crate) fn cursor(&self, member: &MemberId, room: &RoomId, written: Sequence) -> Sequence {
        let all = self.cursors.all();
        let cursor = all.get(member).and_then(|rooms| rooms.get(room));
        cursor.map_or(written, |cursor| cursor.upto.max(written))
    }

    /// A member's page goes: how far they have read is written down now.
    pub(crate) fn write_cursors_of(&self, member: &MemberId) {
        self.cursors.hurry(member, Instant::now());
    }

    /// Writes down what was not written yet. For a node that stops.
    pub(crate) async fn write_all_cursors(self: &Arc<Self>) {
        let now = Instant::now();
        for cursor in self.cursors.all().values_mut().flat_map(BTreeMap::values_mut) {
            cursor.due_at = now;
        }
        self.write_due_cursors().await;
    }

    async fn write_due_cursors(self: &Arc<Self>) {
        let _writing = self.cursors.writing.lock().await;
        let due = self.cursors.take_due(Instant::now());
        stream::iter(due).for_each_concurrent(AT_ONCE, |due| self.write_cursor(due)).await;
    }

    async fn write_cursor(self: &Arc<Self>, due: Due) {
        let written = self.backend.memberships.read(&due.room, &due.member, due.upto);
        match in_time::<_, Unavailable>("memberships while writing a cursor", written).await {
            Ok(Some(upto)) => {
                let Due { member, room, .. } = due;
                self.publish(vec![(Channel::Members, Event::Read { member, room, upto })]).await;
            }
            Ok(None) => {} // They are in the room no longer.
            Err(error) => {
                tell_seldom("Could not write down how far somebody has read", &error);
                self.cursors.failed(&due, Instant::now());
            }
        }
    }
}

/// Writes cursors as they are due, for ever. Owned by the service.
pub(crate) async fn write_cursors(hub: Arc<Hub>) {
    loop {
        let due = async {
            match hub.cursors.next_due() {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = due => {}
            () = hub.cursors.hurried.notified() => {}
        }
        hub.write_due_cursors().await;
        tokio::time::sleep(BETWEEN).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_cursor_is_written_at_once_and_then_once_a_minute() {
        let cursors = Cursors::default();
        let (ada, general) = (MemberId::parse("ada").unwrap(), RoomId::parse("general").unwrap());
        let began = Instant::now();
        let mut written = Vec::new();

        for second in 0..150 {
            let now = began + Duration::from_secs(second);
            cursors.moved(&ada, &general, Sequence(second + 1), now);
            written.extend(cursors.take_due(now).into_iter().map(|due| (second, due.upto)));
        }

        assert_eq!(written, [(0, Sequence(1)), (60, Sequence(61)), (120, Sequence(121))]);
    }

    #[tokio::test(start_paused = true)]
    async fn however_often_a_page_goes_a_cursor_is_written_once_in_five_seconds() {
        let cursors = Cursors::default();
        let (ada, general) = (MemberId::parse("ada").unwrap(), RoomId::parse("general").unwrap());
        let began = Instant::now();
        let mut written = Vec::new();

        for second in 0..12 {
            let now = began + Duration::from_secs(second);
            cursors.moved(&ada, &general, Sequence(second + 1), now);
            cursors.hurry(&ada, now);
            written.extend(cursors.take_due(now).into_iter().map(|due| (second, due.upto)));
        }

        assert_eq!(written, [(0, Sequence(1)), (5, Sequence(6)), (10, Sequence(11))]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_written_is_forgotten_and_what_failed_comes_again() {
        let cursors = Cursors::default();
        let (ada, general) = (MemberId::parse("ada").unwrap(), RoomId::parse("general").unwrap());
        let began = Instant::now();
        cursors.moved(&ada, &general, Sequence(1), began);
        let due = cursors.take_due(began).pop().unwrap();

        cursors.failed(&due, began);
        assert!(cursors.take_due(began).is_empty());
        assert_eq!(cursors.take_due(began + AGAIN_AFTER).len(), 1);

        assert!(cursors.take_due(began + AGAIN_AFTER + WRITE_EVERY).is_empty());
        assert!(cursors.all().is_empty());
    }
}
