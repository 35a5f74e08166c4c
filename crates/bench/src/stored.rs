//! What a store has in the end.

use backend::Backend;
use chat::ports::{Records as _, RoomLog as _};
use protocol::{MemberId, RoomId, Sequence};

use crate::record::Event;

/// Entries read at once when a chain is read whole.
const READ: usize = 1000;

/// Tells all that a store has of some rooms, in order: the messages, the changes, and what time lines their members have.
///
/// # Errors
/// When the store cannot be read.
pub async fn read<'a>(
    backend: &Backend,
    rooms: impl IntoIterator<Item = &'a RoomId>,
    members: &[MemberId],
    mut tell: impl FnMut(Event),
) -> anyhow::Result<()> {
    for room in rooms {
        let mut last = Sequence::ZERO;
        loop {
            let read = backend.log.read(room, last.next(), READ).await?;
            let is_all = read.len() < READ;
            for message in read {
                last = message.sequence;
                tell(Event::Message { room: room.clone(), message });
            }
            if is_all {
                break;
            }
        }
        let mut last = Sequence::ZERO;
        loop {
            let read = backend.log.changes(room, last.next(), READ).await?;
            let is_all = read.len() < READ;
            for change in read {
                last = change.sequence;
                tell(Event::Change { room: room.clone(), change });
            }
            if is_all {
                break;
            }
        }
        for member in members {
            let turns = backend.records.turns(room, member).await?;
            if !turns.is_empty() {
                tell(Event::Turns { room: room.clone(), member: member.clone(), turns });
            }
        }
    }
    Ok(())
}
