//! Beside the server, as operators' commands are: removes members of rooms, and adds them again.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use backend::{Backend, Config};
use chat::{
    access::{self, AccessError},
    ports::{Bus as _, Deed, Role},
    rooms::{self, News},
};
use protocol::RoomId;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{LOOKS_EVERY, Ordeal, Progress, cast::Cast};
use crate::crowd;

/// A removal for each so many messages.
const REMOVES_EVERY: u64 = 400;
/// Who was removed is added again within this time.
const AWAY_MAX: Duration = Duration::from_millis(400);

pub(super) struct Warden {
    ordeal: Ordeal,
    cast: Arc<Cast>,
    data: PathBuf,
    progress: Arc<Progress>,
}

impl Warden {
    pub(super) fn new(ordeal: Ordeal, cast: Arc<Cast>, data: &Path, progress: Arc<Progress>) -> Self {
        Self { ordeal, cast, data: data.to_owned(), progress }
    }

    /// Promotes a deputy in each room, then removes and adds until all are done; at two fifths some are removed for good.
    pub(super) async fn watch(self) -> anyhow::Result<()> {
        let backend = Backend::connect_beside(&Config::in_folder(&self.data)).await?;
        let mut random = StdRng::seed_from_u64(self.ordeal.seed);
        for stage in &self.cast.rooms {
            let deed = self.deed(stage.founder);
            // Who is on the way in is not in yet.
            let news = loop {
                let deputy = &self.cast.members[stage.deputy];
                let set = rooms::set_role(&backend.memberships, &stage.room.id, deputy, Role::Admin, &deed);
                match set.await {
                    Ok(news) => break news,
                    Err(AccessError::Refused(_)) if !self.is_over() => tokio::time::sleep(LOOKS_EVERY).await,
                    Err(error) => return Err(error.into()),
                }
            };
            tell(&backend, news).await?;
        }
        let mut banish_at = Some(self.ordeal.n_messages * 2 / 5);
        let mut next = 0;
        while !self.is_over() || banish_at.is_some() {
            let n = self.progress.acknowledged.load(Ordering::Relaxed);
            if banish_at.is_some_and(|at| n >= at) {
                banish_at = None;
                for (stage, at) in self.cast.banished() {
                    self.remove(&backend, &stage.room.id, stage.founder, at).await?;
                }
            }
            if n < next {
                tokio::time::sleep(LOOKS_EVERY).await;
                continue;
            }
            next = n + REMOVES_EVERY;
            self.send_away_for_a_while(&backend, &mut random).await?;
        }
        Ok(())
    }

    async fn send_away_for_a_while(&self, backend: &Backend, random: &mut StdRng) -> anyhow::Result<()> {
        let stage = &self.cast.rooms[random.random_range(0..self.cast.rooms.len())];
        let may_go = |at: &&usize| **at != stage.founder && !stage.banished.contains(*at);
        let may_go: Vec<usize> = stage.cast.iter().filter(may_go).copied().collect();
        let at = may_go[random.random_range(0..may_go.len())];
        self.remove(backend, &stage.room.id, stage.founder, at).await?;

        let (began, away) = (Instant::now(), AWAY_MAX.mul_f64(random.random()));
        while began.elapsed() < away {
            tokio::time::sleep(LOOKS_EVERY).await;
        }
        let founder = &self.cast.members[stage.founder];
        let admin = access::admin(&backend.rooms, &backend.memberships, founder, &stage.room.id).await?;
        let member = &self.cast.members[at];
        let news = rooms::add(&backend.log, &backend.memberships, &admin, member, crowd::now()).await?;
        tell(backend, news).await
    }

    async fn remove(&self, backend: &Backend, room: &RoomId, by: usize, at: usize) -> anyhow::Result<()> {
        let member = &self.cast.members[at];
        let news = rooms::leave(&backend.memberships, room, member, &self.deed(by)).await?;
        tell(backend, news).await
    }

    fn deed(&self, by: usize) -> Deed {
        Deed::of(&self.cast.members[by], crowd::now())
    }

    fn is_over(&self) -> bool {
        self.progress.all_are_done(self.ordeal)
    }
}

async fn tell(backend: &Backend, news: Vec<News>) -> anyhow::Result<()> {
    for (channel, event) in news {
        backend.bus.publish(&channel, &event).await?;
    }
    Ok(())
}
