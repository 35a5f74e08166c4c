//! What the store has in the end.

use std::collections::BTreeMap;

use backend::Backend;
use chat::ports::{Change, Records as _, RoomLog as _, Turn, Way};
use protocol::{Heads, MemberId, Message, RoomId, Sequence};

use super::{Ends, cast::Cast};

/// Entries read at once when a chain is read whole.
const READ: usize = 1000;

pub(super) struct Stored {
    pub(super) logs: BTreeMap<RoomId, Vec<Message>>,
    pub(super) changes: BTreeMap<RoomId, Vec<Change>>,
    pub(super) turns: BTreeMap<(RoomId, MemberId), Vec<Turn>>,
}

impl Stored {
    pub(super) async fn read(backend: &Backend, cast: &Cast) -> anyhow::Result<Self> {
        let mut stored = Self { logs: BTreeMap::new(), changes: BTreeMap::new(), turns: BTreeMap::new() };
        for room in cast.rooms.iter().map(|stage| &stage.room.id) {
            let log = stored.logs.entry(room.clone()).or_default();
            loop {
                let read = backend.log.read(room, head(log).next(), READ).await?;
                let is_all = read.len() < READ;
                log.extend(read);
                if is_all {
                    break;
                }
            }
            let changes = stored.changes.entry(room.clone()).or_default();
            loop {
                let read = backend.log.changes(room, changes_head(changes).next(), READ).await?;
                let is_all = read.len() < READ;
                changes.extend(read);
                if is_all {
                    break;
                }
            }
            for member in &cast.members {
                let turns = backend.records.turns(room, member).await?;
                stored.turns.insert((room.clone(), member.clone()), turns);
            }
        }
        Ok(stored)
    }

    pub(super) fn ends(&self) -> Ends {
        let heads = self.logs.iter().map(|(room, log)| {
            // That a membership ended changes nothing on screen, and of one that ended beside it a server may learn late.
            let changes = log.iter().map(|message| message.revision).max().unwrap_or_default();
            (room.clone(), Heads { messages: head(log), changes })
        });
        let is_in = |turns: &[Turn]| turns.last().is_some_and(|turn| turn.way == Way::Joined);
        let inside = self.turns.iter().filter(|(_, turns)| is_in(turns));
        Ends { heads: heads.collect(), inside: inside.map(|(key, _)| key.clone()).collect() }
    }
}

fn head(log: &[Message]) -> Sequence {
    log.last().map_or(Sequence::ZERO, |message| message.sequence)
}

fn changes_head(changes: &[Change]) -> Sequence {
    changes.last().map_or(Sequence::ZERO, |change| change.sequence)
}
