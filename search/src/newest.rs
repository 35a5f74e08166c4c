//! Without an index: what matches in the newest messages of the rooms in which something was last written.

use std::cmp::Reverse;

use futures::{StreamExt as _, TryStreamExt as _, stream};

use backend::Backend;
use chat::{
    access::{self, AccessError},
    ports::{LogError, RoomLog as _, Search},
};
use protocol::{MemberId, Message, Refusal, RoomId, RoomInfo, Sequence, Timestamp};

use super::finding::{Checked, unavailable};

/// Messages that are looked through, of each room.
const MESSAGES: usize = 200;
/// Rooms that are looked through.
const ROOMS: usize = 20;
/// Rooms that are asked at once.
const AT_ONCE: usize = 32;

/// Finds what matches, the newest first.
///
/// # Errors
/// [`Refusal::Unavailable`].
pub(super) async fn find(
    backend: &Backend,
    member: &MemberId,
    search: &Search,
) -> Result<Vec<Checked>, Refusal> {
    let ends = stream::iter(search.inside.clone()).map(|room| last(backend, room)).buffered(AT_ONCE);
    let ends: Vec<Option<(Timestamp, RoomId, Sequence)>> = ends.try_collect().await?;
    let mut ends: Vec<_> = ends.into_iter().flatten().collect();
    ends.sort_unstable_by(|a, b| b.cmp(a));
    ends.truncate(ROOMS);
    let read = stream::iter(ends).map(|(_, room, head)| read(backend, member, search, room, head));
    let mut found: Vec<Checked> = read.buffered(AT_ONCE).try_concat().await?;
    found.sort_by_key(|(_, message)| Reverse((message.at, message.sequence)));
    found.truncate(search.n);
    Ok(found)
}

/// When something was last written in a room, and where.
async fn last(backend: &Backend, room: RoomId) -> Result<Option<(Timestamp, RoomId, Sequence)>, Refusal> {
    let head = match backend.log.heads(&room).await {
        Ok(heads) => heads.messages,
        Err(LogError::Unavailable(error)) => return Err(unavailable(error)),
        Err(_) => return Ok(None),
    };
    let last = messages(backend, &room, head, 1).await?;
    Ok(last.first().map(|message| (message.at, room, head)))
}

/// The hits among a room's newest messages.
async fn read(
    backend: &Backend,
    member: &MemberId,
    search: &Search,
    room: RoomId,
    head: Sequence,
) -> Result<Vec<Checked>, Refusal> {
    let insider = access::insider(&backend.rooms, &backend.memberships, member, &room).await;
    let info: RoomInfo = match insider {
        Ok(insider) => insider.room().clone(),
        Err(AccessError::Refused(_)) => return Ok(Vec::new()),
        Err(AccessError::Unavailable(error)) => return Err(unavailable(error)),
    };
    let first = head.minus(MESSAGES as u64 - 1).max(Sequence(1));
    let messages = messages(backend, &room, first, MESSAGES).await?;
    let hits = messages.into_iter().filter(|message| search.criteria.matches(&room, message));
    Ok(hits.map(|message| (info.clone(), message)).collect())
}

async fn messages(
    backend: &Backend,
    room: &RoomId,
    first: Sequence,
    n: usize,
) -> Result<Vec<Message>, Refusal> {
    match backend.log.read(room, first, n).await {
        Ok(messages) => Ok(messages),
        Err(LogError::Unavailable(error)) => Err(unavailable(error)),
        Err(_) => Ok(Vec::new()),
    }
}
