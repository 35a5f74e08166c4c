//! Somebody who removes members and adds them again, one of them from the private room for good.

use std::time::Duration;

use anyhow::bail;
use bench::{
    checker::History,
    crowd::Member,
    random::Random,
    simulation::rooms::{private_room, rooms},
};
use chat::ports::{Changed, RoomLog as _};
use protocol::{Heads, MemberId, RoomId};
use tokio::time::sleep;

use crate::nodes::Nodes;

/// All nodes have noticed after this time that a membership ended.
const NOTICED_WITHIN: Duration = Duration::from_secs(2);

pub(crate) struct Warden {
    /// Who looks after the rooms.
    admin: MemberId,
    /// Who is removed now and then.
    others: Vec<MemberId>,
    /// Who is removed from the private room for good, after so many acts.
    pub(crate) banished: MemberId,
    n_acts: u32,
    away: Option<(RoomId, MemberId)>,
    /// How far the private room was when nothing more could come of who was banished.
    closed: Option<Heads>,
}

impl Warden {
    /// Of members of whom the first looks after the rooms, and has another page at the end.
    pub(crate) fn new(members: &[Member]) -> Self {
        let ids: Vec<MemberId> = members.iter().map(|member| member.person.id.clone()).collect();
        let (admin, others) = (ids[0].clone(), ids[1..ids.len() - 1].to_vec());
        let banished = others[others.len() - 1].clone();
        Self { admin, others, banished, n_acts: 0, away: None, closed: None }
    }

    /// Removes somebody, or adds who was removed.
    pub(crate) async fn act(&mut self, nodes: &Nodes, random: &mut Random) {
        self.n_acts += 1;
        if self.n_acts == 3 {
            return self.banish(nodes).await;
        }
        if let Some((room, member)) = self.away.take() {
            return nodes.add(&room, &self.admin, &member).await;
        }
        let room = random.pick(&rooms());
        let mut others = self.others.clone();
        others.retain(|it| room != private_room() || *it != self.banished);
        let member = random.pick(&others);
        nodes.remove(&room, &self.admin, &member).await;
        self.away = Some((room, member));
    }

    /// Adds who was removed, but for one.
    pub(crate) async fn end(&mut self, nodes: &Nodes) {
        if let Some((room, member)) = self.away.take() {
            nodes.add(&room, &self.admin, &member).await;
        }
        if self.closed.is_none() {
            self.banish(nodes).await;
        }
    }

    async fn banish(&mut self, nodes: &Nodes) {
        nodes.remove(&private_room(), &self.admin, &self.banished).await;
        sleep(NOTICED_WITHIN).await;
        self.closed = Some(nodes.backend.log.heads(&private_room()).await.unwrap());
    }

    /// Nothing was taken from who was banished once that was to be noticed. The times in the store are of no use for that:
    /// they are real ones, and the nodes' time is not.
    pub(crate) fn check(&self, history: &History) -> anyhow::Result<()> {
        let (room, banished) = (private_room(), &self.banished);
        let closed = self.closed.expect("trouble ends with it");
        let mut later = history.logs[&room].iter().filter(|it| it.sequence > closed.messages);
        if let Some(message) = later.find(|it| it.author == *banished) {
            bail!("message {} of {room} is of somebody removed", message.sequence);
        }
        let mut later = history.changes[&room].iter().filter(|it| it.sequence > closed.changes);
        if let Some(change) = later.find(|it| it.by == *banished && !matches!(it.what, Changed::Lost(_))) {
            bail!("change {} of {room} is of somebody removed", change.sequence);
        }
        Ok(())
    }
}
