//! The rooms as this node has met them. Each is looked up once in a while, however many ask for it at once; that one is
//! called otherwise comes by the bus.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::OnceCell, time::Instant};

use chat::ports::{Deed, Membership, Rooms, RoomsError, Start, Unavailable};
use protocol::{MemberId, RoomId, RoomInfo, Timestamp};

/// Most rooms remembered; beyond it all are forgotten, and asked for again.
const KNOWN_MAX: usize = 20_000;
/// How long a room is taken as it was: the bus may have lost that it is called otherwise.
const KNOWN_FOR: Duration = Duration::from_secs(30);

/// Rooms that are looked up once in a while. Only what members are answered is remembered: who is outside must not be
/// able to tell from the time of an answer which private rooms are there.
pub(crate) struct KnownRooms<R> {
    rooms: R,
    known: Mutex<HashMap<RoomId, Known>>,
}

struct Known {
    until: Instant,
    info: Arc<OnceCell<RoomInfo>>,
}

/// Why a room is not known.
enum Unknown {
    NoSuchRoom,
    Unavailable(Unavailable),
}

impl<R> KnownRooms<R> {
    pub(super) fn new(rooms: R) -> Self {
        Self { rooms, known: Mutex::default() }
    }

    fn cell(&self, room: &RoomId) -> Arc<OnceCell<RoomInfo>> {
        let mut known = self.known();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        let fresh = || Known { until: Instant::now() + KNOWN_FOR, info: Arc::default() };
        let it = known.entry(room.clone()).or_insert_with(fresh);
        if it.until <= Instant::now() {
            *it = fresh();
        }
        Arc::clone(&it.info)
    }

    /// What is known of a room is so no longer.
    pub(super) fn forget(&self, room: &RoomId) {
        self.known().remove(room);
    }

    fn known(&self) -> MutexGuard<'_, HashMap<RoomId, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: Rooms> Rooms for KnownRooms<R> {
    async fn create(&self, room: &RoomInfo, at: Timestamp) -> Result<(), RoomsError> {
        self.rooms.create(room, at).await
    }

    async fn create_by(
        &self,
        room: &RoomInfo,
        founder: &MemberId,
        start: &Start,
    ) -> Result<Membership, RoomsError> {
        self.rooms.create_by(room, founder, start).await
    }

    async fn find(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        let cell = self.cell(room);
        let ask = async || match self.rooms.find(room).await {
            Ok(found) => found.ok_or(Unknown::NoSuchRoom),
            Err(error) => Err(Unknown::Unavailable(error)),
        };
        match cell.get_or_try_init(ask).await {
            Ok(info) => Ok(Some(info.clone())),
            Err(Unknown::NoSuchRoom) => {
                self.forget(room); // It may be made later, and anybody can ask for what is not there.
                Ok(None)
            }
            Err(Unknown::Unavailable(error)) => Err(error),
        }
    }

    async fn find_public(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        self.rooms.find_public(room).await
    }

    async fn list(&self, after: Option<&RoomId>, n: usize) -> Result<Vec<RoomInfo>, Unavailable> {
        self.rooms.list(after, n).await
    }

    async fn describe(&self, room: &RoomInfo, deed: &Deed) -> Result<(), RoomsError> {
        self.forget(&room.id);
        self.rooms.describe(room, deed).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::future::join_all;

    use backend::{Backend, RoomStore};

    use super::*;

    /// Counts how often it is asked, and takes its time.
    struct Counting(RoomStore, AtomicUsize);

    impl Rooms for Counting {
        async fn create(&self, room: &RoomInfo, at: Timestamp) -> Result<(), RoomsError> {
            self.0.create(room, at).await
        }

        async fn create_by(
            &self,
            room: &RoomInfo,
            founder: &MemberId,
            start: &Start,
        ) -> Result<Membership, RoomsError> {
            self.0.create_by(room, founder, start).await
        }

        async fn find(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
            self.1.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            self.0.find(room).await
        }

        async fn find_public(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
            self.0.find_public(room).await
        }

        async fn list(&self, after: Option<&RoomId>, n: usize) -> Result<Vec<RoomInfo>, Unavailable> {
            self.0.list(after, n).await
        }

        async fn describe(&self, room: &RoomInfo, deed: &Deed) -> Result<(), RoomsError> {
            self.0.describe(room, deed).await
        }
    }

    #[tokio::test]
    async fn a_thousand_who_come_at_once_ask_the_store_once() {
        let rooms = fresh();
        rooms.create(&lobby(), Timestamp(1)).await.unwrap();

        let lobby_id = lobby().id;
        let found = join_all((0..1_000).map(|_| rooms.find(&lobby_id))).await;

        assert!(found.into_iter().all(|found| found.unwrap() == Some(lobby())));
        assert_eq!(rooms.rooms.1.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn a_room_that_is_made_later_is_found() {
        let rooms = fresh();

        assert_eq!(rooms.find(&lobby().id).await.unwrap(), None);
        rooms.create(&lobby(), Timestamp(1)).await.unwrap();

        assert_eq!(rooms.find(&lobby().id).await.unwrap(), Some(lobby()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_room_that_was_renamed_elsewhere_is_found_by_its_new_name_soon() {
        let rooms = fresh();
        rooms.create(&lobby(), Timestamp(1)).await.unwrap();
        rooms.find(&lobby().id).await.unwrap();
        let renamed = RoomInfo { name: protocol::RoomName::parse("Hall").unwrap(), ..lobby() };
        let deed = Deed { by: chat::ports::Actor::Operator, at: Timestamp(2) };
        rooms.rooms.0.describe(&renamed, &deed).await.unwrap();

        tokio::time::advance(KNOWN_FOR).await;

        assert_eq!(rooms.find(&lobby().id).await.unwrap(), Some(renamed));
    }

    fn fresh() -> KnownRooms<Counting> {
        KnownRooms::new(Counting(Backend::in_memory().rooms, AtomicUsize::new(0)))
    }

    fn lobby() -> RoomInfo {
        RoomInfo {
            id: RoomId::parse("lobby").unwrap(),
            name: protocol::RoomName::parse("Lobby").unwrap(),
            topic: protocol::Topic::parse("").unwrap(),
            private: false,
        }
    }
}
