//! The rooms of an ordeal, and what each member is in them.

use std::collections::BTreeSet;

use backend::Backend;
use chat::ports::{Memberships as _, Rooms as _, Start};
use protocol::{MemberId, RoomId, RoomInfo, RoomName, Sequence, Topic, limits};

use super::Ordeal;
use crate::crowd::{self, Member};

/// Of so many members one is removed for good from the room that they write in most.
const BANISHED_ONE_IN: usize = 10;
/// Members of the private room: one in so many of all.
const INVITED_ONE_IN: usize = 4;

/// The rooms, and what each member is in them.
pub(super) struct Cast {
    pub(super) rooms: Vec<Stage>,
    pub(super) members: Vec<MemberId>,
}

/// One room. The last of all is private; all members are in the others.
pub(super) struct Stage {
    pub(super) room: RoomInfo,
    /// Who looks after it and is never removed, by number.
    pub(super) founder: usize,
    /// Who is in it.
    pub(super) cast: BTreeSet<usize>,
    /// Who becomes another admin.
    pub(super) deputy: usize,
    /// Who is removed for good.
    pub(super) banished: BTreeSet<usize>,
}

impl Cast {
    /// Makes the rooms, with the founder of each, and all of its cast where it is private.
    pub(super) async fn found(ordeal: Ordeal, backend: &Backend, members: &[Member]) -> anyhow::Result<Self> {
        let members: Vec<MemberId> = members.iter().map(|member| member.person.id.clone()).collect();
        let mut rooms = Vec::new();
        for n in 0..ordeal.n_rooms {
            let stage = Stage::new(ordeal, n)?;
            let start = Start {
                at: crowd::now(),
                head: Sequence::ZERO,
                rooms_max: limits::ROOMS_PER_MEMBER,
                added_by: None,
            };
            backend.rooms.create_by(&stage.room, &members[stage.founder], &start).await?;
            if stage.room.private {
                for at in &stage.cast {
                    backend.memberships.join(&stage.room.id, &members[*at], &start).await?;
                }
            }
            rooms.push(stage);
        }
        Ok(Self { rooms, members })
    }

    /// The room that a member writes in most.
    pub(super) fn home(&self, at: usize) -> &Stage {
        &self.rooms[home(self.rooms.len(), self.members.len(), at)]
    }

    /// The rooms that a member is to be in.
    pub(super) fn rooms_of(&self, at: usize) -> Vec<&Stage> {
        self.rooms.iter().filter(|stage| stage.cast.contains(&at)).collect()
    }

    /// Who is removed for good, and from where.
    pub(super) fn banished(&self) -> impl Iterator<Item = (&Stage, usize)> {
        self.rooms.iter().flat_map(|stage| stage.banished.iter().map(move |at| (stage, *at)))
    }
}

impl Stage {
    fn new(Ordeal { n_clients, n_rooms, .. }: Ordeal, n: usize) -> anyhow::Result<Self> {
        let private = n + 1 == n_rooms;
        let room = RoomInfo {
            id: RoomId::parse(&format!("ordeal-{n}"))?,
            name: RoomName::parse(&format!("Ordeal {n}"))?,
            topic: Topic::parse("")?,
            private,
        };
        let cast: BTreeSet<usize> = match private {
            true => invited(n_rooms, n_clients).collect(),
            false => (0..n_clients).collect(),
        };
        let at_home = cast.iter().copied().filter(|at| home(n_rooms, n_clients, *at) == n);
        let at_home: Vec<usize> = at_home.filter(|at| *at >= n_rooms).collect();
        let n_banished = match private {
            true => cast.len() / INVITED_ONE_IN,
            false => usize::from(n < n_clients / BANISHED_ONE_IN),
        };
        let banished = at_home.iter().rev().copied().take(n_banished).collect();
        Ok(Self { room, founder: n, cast, deputy: at_home[0], banished })
    }
}

/// The founder of the private room, who is the last of the founders, and those after.
fn invited(n_rooms: usize, n_clients: usize) -> std::ops::Range<usize> {
    n_rooms - 1..n_rooms + n_clients / INVITED_ONE_IN
}

fn home(n_rooms: usize, n_clients: usize, at: usize) -> usize {
    match invited(n_rooms, n_clients).contains(&at) {
        true => n_rooms - 1,
        false => at % (n_rooms - 1),
    }
}
