//! The rooms, and what each member is in them.

use std::collections::BTreeSet;

use backend::Backend;
use chat::ports::{Memberships as _, Rooms as _, Start};
use protocol::{MemberId, RoomId, RoomInfo, RoomName, Sequence, Topic, limits};

use super::Script;
use crate::crowd::{self, Member};

/// Of so many members one is removed for good from the room that they write in most.
const BANISHED_ONE_IN: usize = 10;
/// Of so many members of the private room, likewise.
const OF_INVITED_ONE_IN: usize = 4;

/// The rooms, and what each member is in them.
pub(crate) struct Cast {
    pub(super) rooms: Vec<Stage>,
    pub(super) members: Vec<MemberId>,
    homes: Vec<usize>,
}

/// One room. The last of all is private.
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
    /// Makes the rooms, with the founder of each, and all of its cast where they cannot or need not join by themselves.
    pub(crate) async fn found(script: Script, backend: &Backend, members: &[Member]) -> anyhow::Result<Self> {
        let members: Vec<MemberId> = members.iter().map(|member| member.person.id.clone()).collect();
        let mut rooms = Vec::new();
        for n in 0..script.n_rooms {
            let stage = Stage::new(script, n)?;
            let start = Start {
                at: crowd::now(),
                head: Sequence::ZERO,
                rooms_max: limits::ROOMS_PER_MEMBER,
                added_by: None,
            };
            backend.rooms.create_by(&stage.room, &members[stage.founder], &start).await?;
            if stage.room.private || !script.all_join {
                for at in &stage.cast {
                    backend.memberships.join(&stage.room.id, &members[*at], &start).await?;
                }
            }
            rooms.push(stage);
        }
        let homes = (0..members.len()).map(|at| home(script, at)).collect();
        Ok(Self { rooms, members, homes })
    }

    /// The room that a member writes in most.
    pub(super) fn home(&self, at: usize) -> &Stage {
        &self.rooms[self.homes[at]]
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
    fn new(script: Script, n: usize) -> anyhow::Result<Self> {
        let Script { n_clients, n_rooms, n_rooms_each, .. } = script;
        let private = n + 1 == n_rooms;
        let room = RoomInfo {
            id: RoomId::parse(&format!("{}-{n}", script.name))?,
            name: RoomName::parse(&format!("{} {n}", script.name))?,
            topic: Topic::parse("")?,
            private,
        };
        let n_public = n_rooms - 1;
        let cast: BTreeSet<usize> = match private {
            true => invited(script).collect(),
            // A member's own, and those after it in a circle.
            false => {
                (0..n_clients).filter(|at| (n + n_public - at % n_public) % n_public < n_rooms_each).collect()
            }
        };
        let at_home = cast.iter().copied().filter(|at| home(script, *at) == n);
        let at_home: Vec<usize> = at_home.filter(|at| *at >= n_rooms).collect();
        let n_banished = match private {
            true => cast.len() / OF_INVITED_ONE_IN,
            false => usize::from(n < n_clients / BANISHED_ONE_IN),
        };
        anyhow::ensure!(at_home.len() > n_banished, "too few members for so many rooms");
        let banished = at_home.iter().rev().copied().take(n_banished).collect();
        Ok(Self { room, founder: n, cast, deputy: at_home[0], banished })
    }
}

/// The founder of the private room, who is the last of the founders, and those after.
fn invited(Script { n_clients, n_rooms, invited_one_in, .. }: Script) -> std::ops::Range<usize> {
    n_rooms - 1..n_rooms + n_clients / invited_one_in
}

fn home(script: Script, at: usize) -> usize {
    match invited(script).contains(&at) {
        true => script.n_rooms - 1,
        false => at % (script.n_rooms - 1),
    }
}
