//! What the store has in the end.

use std::collections::{BTreeMap, BTreeSet};

use backend::Backend;
use chat::ports::{Records as _, RoomLog as _, Way};
use protocol::{Heads, Sequence};

use super::{Cast, Ends};
use crate::record::{Event, Record};

/// Entries read at once when a chain is read whole.
const READ: usize = 1000;

/// Writes down all that the store has, and returns how far that is.
pub(super) async fn write_down(backend: &Backend, cast: &Cast, record: &Record) -> anyhow::Result<Ends> {
    let (mut heads, mut inside) = (BTreeMap::new(), BTreeSet::new());
    for room in cast.rooms.iter().map(|stage| &stage.room.id) {
        // That a membership ended changes nothing on screen, and of one that ended beside it a server may learn late.
        let mut shown = Heads::default();
        loop {
            let read = backend.log.read(room, shown.messages.next(), READ).await?;
            let is_all = read.len() < READ;
            for message in read {
                shown.messages = message.sequence;
                shown.changes = shown.changes.max(message.revision);
                record.write(None, Event::Message { room: room.clone(), message });
            }
            if is_all {
                break;
            }
        }
        heads.insert(room.clone(), shown);
        let mut last = Sequence::ZERO;
        loop {
            let read = backend.log.changes(room, last.next(), READ).await?;
            let is_all = read.len() < READ;
            for change in read {
                last = change.sequence;
                record.write(None, Event::Change { room: room.clone(), change });
            }
            if is_all {
                break;
            }
        }
        for member in &cast.members {
            let turns = backend.records.turns(room, member).await?;
            if turns.is_empty() {
                continue;
            }
            if turns.last().is_some_and(|turn| turn.way == Way::Joined) {
                inside.insert((room.clone(), member.clone()));
            }
            let (room, member) = (room.clone(), member.clone());
            record.write(None, Event::Turns { room, member, turns });
        }
    }
    Ok(Ends { heads, inside })
}
