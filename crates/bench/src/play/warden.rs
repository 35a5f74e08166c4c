//! Beside the servers, as operators' commands are: removes members of rooms, and adds them again.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use backend::Backend;
use chat::{
    access::{self, AccessError},
    ports::{Bus as _, Deed, Role},
    rooms::{self, News},
};
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};

use super::{Cast, LOOKS_EVERY, Progress, cast::Stage};
use crate::{
    crowd,
    record::{Act, Event, Record, What},
    talker::Patience,
};

/// A removal for each so many messages.
const REMOVES_EVERY: u64 = 400;
/// Who was removed is added again within this time.
const AWAY_MAX: Duration = Duration::from_millis(400);
/// So far, of the whole, some are removed for good.
const BANISHES_AT: f64 = 0.4;
/// What the store did not do, it is asked for again after this time.
const ASKS_AGAIN_AFTER: Duration = Duration::from_millis(200);

pub(super) struct Warden {
    pub(super) seed: u64,
    pub(super) backend: Backend,
    pub(super) cast: Arc<Cast>,
    pub(super) progress: Arc<Progress>,
    pub(super) record: Arc<Record>,
    pub(super) patience: Patience,
}

impl Warden {
    /// Promotes a deputy in each room, then removes and adds until all are done; at some time some are removed for good.
    pub(super) async fn watch(self) -> anyhow::Result<()> {
        let mut random = StdRng::seed_from_u64(self.seed);
        for stage in &self.cast.rooms {
            self.promote(stage).await?;
        }
        let (mut has_banished, mut next) = (false, 0);
        // Nobody is done before those who are removed for good have heard of it.
        while !self.is_over() {
            if !has_banished && self.progress.is_beyond(BANISHES_AT) {
                has_banished = true;
                for (stage, at) in self.cast.banished() {
                    self.remove(stage, at).await?;
                }
            }
            let n = self.progress.n_acknowledged();
            if n < next {
                tokio::time::sleep(LOOKS_EVERY).await;
                continue;
            }
            next = n + REMOVES_EVERY;
            self.send_away_for_a_while(&mut random).await?;
        }
        Ok(())
    }

    async fn promote(&self, stage: &Stage) -> anyhow::Result<()> {
        let (deputy, memberships) = (&self.cast.members[stage.deputy], &self.backend.memberships);
        // Who is on the way in is not in yet.
        while !self.is_over() {
            let deed = self.deed(stage);
            match rooms::set_role(memberships, &stage.room.id, deputy, Role::Admin, &deed).await {
                Ok(news) => {
                    self.tell(news).await;
                    return Ok(());
                }
                Err(AccessError::Refused(_)) => tokio::time::sleep(LOOKS_EVERY).await,
                Err(AccessError::Unavailable(_)) => tokio::time::sleep(ASKS_AGAIN_AFTER).await,
            }
        }
        Ok(())
    }

    async fn send_away_for_a_while(&self, random: &mut StdRng) -> anyhow::Result<()> {
        let stage = &self.cast.rooms[random.random_range(0..self.cast.rooms.len())];
        let may_go = |at: &&usize| **at != stage.founder && !stage.banished.contains(*at);
        let may_go: Vec<usize> = stage.cast.iter().filter(may_go).copied().collect();
        let at = may_go[random.random_range(0..may_go.len())];
        self.remove(stage, at).await?;

        let (began, away) = (Instant::now(), AWAY_MAX.mul_f64(random.random()));
        while began.elapsed() < away {
            tokio::time::sleep(LOOKS_EVERY).await;
        }
        self.get_done(stage, What::Add(self.cast.members[at].clone())).await
    }

    async fn remove(&self, stage: &Stage, at: usize) -> anyhow::Result<()> {
        self.get_done(stage, What::Remove(self.cast.members[at].clone())).await
    }

    /// Gets something done, however often that has to be asked, and tells the nodes.
    async fn get_done(&self, stage: &Stage, what: What) -> anyhow::Result<()> {
        let (act, began) = (Act { room: stage.room.id.clone(), what }, Instant::now());
        loop {
            self.patience.check(began, "removing and adding")?;
            self.record.write(None, Event::Invoke(act.clone()));
            match self.ask(stage, &act.what).await {
                Ok(news) => {
                    self.record.write(None, Event::Ok(act));
                    self.tell(news).await;
                    return Ok(());
                }
                Err(AccessError::Refused(refusal)) => {
                    self.record.write(None, Event::Fail { act, refusal });
                    return Ok(());
                }
                Err(AccessError::Unavailable(_)) => {
                    self.record.write(None, Event::Unknown(act.clone()));
                    tokio::time::sleep(ASKS_AGAIN_AFTER).await;
                }
            }
        }
    }

    async fn ask(&self, stage: &Stage, what: &What) -> Result<Vec<News>, AccessError> {
        let Backend { rooms, members, memberships, log, .. } = &self.backend;
        let (room, founder) = (&stage.room.id, &self.cast.members[stage.founder]);
        match what {
            What::Remove(member) => rooms::leave(memberships, room, member, &self.deed(stage)).await,
            What::Add(member) => {
                let admin = access::admin(rooms, memberships, founder, room).await?;
                rooms::add((members, memberships, log), &admin, member, crowd::now()).await
            }
            _ => unreachable!("a warden does nothing else"),
        }
    }

    fn deed(&self, stage: &Stage) -> Deed {
        Deed::of(&self.cast.members[stage.founder], crowd::now())
    }

    fn is_over(&self) -> bool {
        self.progress.all_are_done()
    }

    /// Tells the nodes, which find it in the store where that cannot be done.
    async fn tell(&self, news: Vec<News>) {
        for (channel, event) in news {
            if self.backend.bus.publish(&channel, &event).await.is_err() {
                return;
            }
        }
    }
}
