//! Those who look after the rooms remove members and add them again: on a node, which may not live to see the end of it, or
//! beside all nodes, as operators' commands do. Some are removed from the private room for good.

use std::{sync::Arc, time::Duration};

use anyhow::ensure;
use backend::Backend;
use bench::{
    checker::History,
    crowd::Member,
    random::Random,
    simulation::rooms::{private_room, rooms},
};
use chat::{
    access::{self, AccessError},
    ports::{Actor, Bus as _, Deed, Done, Records as _, Way},
    rooms::{self as doing, News},
};
use protocol::{MemberId, RoomId, Timestamp};
use tokio::{task::JoinHandle, time::sleep};

use super::{
    script::passes,
    world::{N_NODES, World},
};
use crate::hub::timestamp;

/// Somebody is removed after so much time since they were added, at most, and added after so much since that.
const REST_MS: u64 = 60_000;
const AWAY_MS: [u64; 3] = [300, 5_000, 60_000];
/// Who is banished is removed for good when so much time has passed, or when things calm down.
const BANISHED_MS: u64 = 150_000;
/// Members who are removed from the private room for good.
const N_BANISHED: usize = 2;
/// More than there are.
const ACTS_MAX: usize = 100_000;
/// What was not acknowledged is asked for again after this time.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// All that happens to members.
pub(super) struct Wardens {
    world: Arc<World>,
    admin: MemberId,
    /// Who is to be in the private room at the end, and who is not.
    inside: Vec<MemberId>,
    banished: Vec<MemberId>,
    watching: Vec<JoinHandle<Vec<Removal>>>,
}

/// What came of it.
pub(super) struct Ended {
    pub(super) removals: Removals,
    pub(super) banished: Vec<MemberId>,
}

/// Removals that were acknowledged.
pub(super) struct Removals(Vec<Removal>);

impl Wardens {
    /// Begins, with members of whom the first looks after the rooms.
    pub(super) fn begin(world: &Arc<World>, members: &[Member]) -> Self {
        let mut ids = members.iter().map(|member| member.person.id.clone());
        let admin = ids.next().expect("somebody looks after the rooms");
        let (mut random, mut inside, mut banished) = (world.chance(), ids.collect::<Vec<_>>(), Vec::new());
        while banished.len() < N_BANISHED {
            banished.push(inside.swap_remove(random.index(inside.len())));
        }
        let mut watching = Vec::new();
        for (members, is_banished) in [(&inside, false), (&banished, true)] {
            for member in members {
                let (world, random) = (Arc::clone(world), random.fork());
                let (admin, member, removals) = (admin.clone(), member.clone(), Vec::new());
                let warden = Warden { world, random, admin, member, is_banished, removals };
                watching.push(tokio::spawn(warden.watch()));
            }
        }
        Self { world: Arc::clone(world), admin, inside, banished, watching }
    }

    /// Waits until all is done, once it is calm and whatever was on its way has arrived: that may have put out somebody who
    /// had been added since.
    pub(super) async fn end(self) -> anyhow::Result<Ended> {
        let mut removals = Vec::new();
        for watched in self.watching {
            removals.extend(watched.await?);
        }
        for member in &self.inside {
            add(&self.world.backend, &private_room(), &self.admin, member).await?;
        }
        Ok(Ended { removals: Removals(removals), banished: self.banished })
    }
}

impl Removals {
    /// They stand in the time lines, with a new beginning after each that was undone, and whatever was done to others stands
    /// in the record of acts.
    pub(super) async fn check(&self, world: &World, history: &History) -> anyhow::Result<()> {
        for Removal { room, member, at, is_undone } in &self.0 {
            let turns = &history.turns[&(room.clone(), member.clone())];
            let place = turns.iter().position(|turn| turn.way == Way::Removed && turn.at == *at);
            ensure!(place.is_some(), "{member} was removed from {room} at {}, and was not", at.0);
            let next = place.and_then(|place| turns.get(place + 1));
            ensure!(!is_undone || next.is_some(), "{member} was added to {room} after {}, and was not", at.0);
        }
        for room in rooms() {
            let acts = world.backend.records.acts(&room, None, ACTS_MAX).await?;
            for ((_, member), turns) in history.turns.iter().filter(|((it, _), _)| *it == room) {
                let n_removed = turns.iter().filter(|turn| turn.way == Way::Removed).count();
                let n_acts = acts.iter().filter(|act| act.what == Done::Removed(member.clone())).count();
                ensure!(
                    n_acts == n_removed,
                    "of {n_removed} removals of {member} {n_acts} are recorded in {room}"
                );
            }
        }
        Ok(())
    }
}

/// What happens to one member.
struct Warden {
    world: Arc<World>,
    random: Random,
    admin: MemberId,
    member: MemberId,
    is_banished: bool,
    removals: Vec<Removal>,
}

/// A removal that was acknowledged.
struct Removal {
    room: RoomId,
    member: MemberId,
    at: Timestamp,
    /// So was it that the member was added later.
    is_undone: bool,
}

impl Warden {
    /// Removes and adds the member until the calm.
    async fn watch(mut self) -> Vec<Removal> {
        let banished_at = self.world.now() + self.random.ms(0, BANISHED_MS);
        let mut is_there = true;
        while !self.world.is_calm() {
            let rest = self.random.ms(0, REST_MS);
            passes(&self.world, rest).await;
            if self.is_banished && is_there && self.world.now() >= banished_at {
                is_there = false;
                self.remove(&private_room()).await;
            }
            let room = self.random.pick(&rooms());
            if self.is_banished && room == private_room() {
                continue; // What is on its way could bring them back after all.
            }
            let removed = self.remove(&room).await;
            let longest = self.random.pick(&AWAY_MS);
            let away = self.random.ms(0, longest);
            passes(&self.world, away).await;
            self.add(&room).await;
            if let Some(at) = removed {
                self.removals[at].is_undone = true;
            }
        }
        if self.is_banished && is_there {
            self.remove(&private_room()).await;
        }
        self.removals
    }

    /// Removes the member from a room, however often that has to be asked; where among the removals that is, if they were in
    /// it.
    async fn remove(&mut self, room: &RoomId) -> Option<usize> {
        let at = loop {
            let (room, member) = (room.clone(), self.member.clone());
            let by = match self.random.below(3) {
                0 => Actor::Operator,
                _ => Actor::Member(self.admin.clone()),
            };
            let asked = self.ask(async move |backend| remove(&backend, &room, &member, by).await).await;
            if let Some(at) = asked {
                break at;
            }
        };
        let removal = Removal { room: room.clone(), member: self.member.clone(), at: at?, is_undone: false };
        self.removals.push(removal);
        Some(self.removals.len() - 1)
    }

    async fn add(&mut self, room: &RoomId) {
        loop {
            let (room, admin, member) = (room.clone(), self.admin.clone(), self.member.clone());
            if self.ask(async move |backend| add(&backend, &room, &admin, &member).await).await.is_some() {
                return;
            }
        }
    }

    /// Asks for something, on any node or beside them; what was acknowledged. If nothing was, some time has passed.
    async fn ask<T, F>(&mut self, does: impl FnOnce(Backend) -> F) -> Option<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, AccessError>> + Send + 'static,
    {
        let at = self.random.index(N_NODES + 1);
        self.world.note("warden", at as u64);
        let done = match at {
            N_NODES => Some(does(self.world.backend.clone()).await),
            at => {
                let node = self.world.node(at);
                node.work(does(node.backend())).await
            }
        };
        match done {
            Some(Ok(done)) => return Some(done),
            Some(Err(AccessError::Refused(refusal))) => panic!("refused: {refusal:?}"),
            Some(Err(AccessError::Unavailable(_))) | None => sleep(AGAIN_AFTER).await,
        }
        None
    }
}

/// When a membership was ended, if there was one.
async fn remove(
    backend: &Backend,
    room: &RoomId,
    member: &MemberId,
    by: Actor,
) -> Result<Option<Timestamp>, AccessError> {
    let deed = Deed { by, at: timestamp() };
    let news = doing::leave(&backend.memberships, room, member, &deed).await?;
    let at = (!news.is_empty()).then_some(deed.at);
    tell(backend, news).await;
    Ok(at)
}

async fn add(
    backend: &Backend,
    room: &RoomId,
    admin: &MemberId,
    member: &MemberId,
) -> Result<(), AccessError> {
    let Backend { rooms, members, memberships, log, .. } = backend;
    let admin = access::admin(rooms, memberships, admin, room).await?;
    let news = doing::add((members, memberships, log), &admin, member, timestamp()).await?;
    tell(backend, news).await;
    Ok(())
}

/// Tells the nodes, which find it in the store where that cannot be done.
async fn tell(backend: &Backend, news: Vec<News>) {
    for (channel, event) in news {
        if backend.bus.publish(&channel, &event).await.is_err() {
            return;
        }
    }
}
