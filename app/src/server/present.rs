//! Who is on the nodes, as pages show it: read once for all pages of a moment, and done without where it cannot be read.

use std::{collections::BTreeMap, time::Duration};

use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use backend::PresenceStore;
use chat::{
    here,
    ports::{NodeId, Presence as _, Roster},
};
use protocol::{MemberId, Person, RoomId};

/// What was read serves all pages for so long.
const FRESH_FOR: Duration = Duration::from_millis(250);
/// A page waits no longer than this for it. Its client hears the truth a moment later.
const WITHIN: Duration = Duration::from_millis(500);

/// What was read last.
pub(super) struct Present {
    presence: PresenceStore,
    last: Mutex<Option<(Instant, BTreeMap<NodeId, Roster>)>>,
}

impl Present {
    pub(super) fn new(presence: PresenceStore) -> Self {
        Self { presence, last: Mutex::default() }
    }

    /// Who is in a room: nobody where that cannot be found out.
    ///
    /// # Cancel safety
    /// Safe: the next page reads.
    pub(super) async fn in_room(&self, room: &RoomId) -> BTreeMap<MemberId, Person> {
        let mut last = self.last.lock().await;
        if last.as_ref().is_none_or(|(at, _)| at.elapsed() >= FRESH_FOR) {
            let rosters = self.read().await;
            *last = Some((Instant::now(), rosters));
        }
        last.as_ref().map(|(_, rosters)| here::announced(rosters, room)).unwrap_or_default()
    }

    async fn read(&self) -> BTreeMap<NodeId, Roster> {
        match timeout(WITHIN, self.presence.rosters()).await {
            Ok(Ok(rosters)) => rosters,
            Ok(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "Pages show nobody as here: presence cannot be read");
                BTreeMap::new()
            }
            Err(_) => {
                tracing::warn!("Pages show nobody as here: presence does not answer");
                BTreeMap::new()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chat::ports::Presence as _;
    use protocol::MemberName;
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pages_of_a_moment_share_a_reading_and_do_without_one() {
        let backend = backend::Backend::in_memory();
        let room = RoomId::parse("general").unwrap();
        let ada = Person {
            id: MemberId::parse("ada").unwrap(),
            name: MemberName::parse("Ada").unwrap(),
            guest: false,
        };
        let roster = Roster { rooms: [(room.clone(), (1, vec![ada.clone()]))].into() };
        backend.presence.announce(&NodeId::from_random(1), &roster).await.unwrap();
        let present = Present::new(backend.presence.clone());

        assert_eq!(present.in_room(&room).await.into_values().collect::<Vec<_>>(), [ada]);
        backend.presence.withdraw(&NodeId::from_random(1)).await.unwrap();
        advance(FRESH_FOR / 2).await;
        assert_eq!(present.in_room(&room).await.len(), 1, "it was read just now");

        advance(FRESH_FOR / 2).await;
        assert_eq!(present.in_room(&room).await.len(), 0);
    }
}
