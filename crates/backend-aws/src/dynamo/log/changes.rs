//! A room's changes: one item each, and one for the name that a client gave it.

use serde::{Deserialize, Serialize};

use chat::ports::{Change, Changed, Revision, Unavailable};
use protocol::{MemberId, Nonce, RoomId, Sequence, Timestamp};

use super::super::{
    Dynamo, Table,
    requests::{Item, Query, key, n, s},
    writes::Write,
};

/// An item of a room's changes.
#[derive(Debug, Serialize, Deserialize)]
pub(in super::super) struct ChangeRow {
    room: String,
    sequence: u64,
    /// None in the one that begins the chain, in the one that seals it, and in one that was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<StoredChange>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    sealed: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct StoredChange {
    by: MemberId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nonce: Option<Nonce>,
    at: Timestamp,
    what: Changed,
}

/// Which change a client calls so.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NamedChange {
    room: String,
    sequence: u64,
    pub(super) change: Sequence,
    pub(super) message: Sequence,
}

impl ChangeRow {
    pub(super) fn first(room: &RoomId) -> Self {
        Self { room: room.to_string(), sequence: 0, change: None, sealed: false }
    }

    pub(super) fn seal(room: &RoomId, sequence: Sequence) -> Self {
        Self { room: room.to_string(), sequence: sequence.0, change: None, sealed: true }
    }

    pub(super) fn is_seal(&self) -> bool {
        self.sealed
    }

    pub(super) fn place(&self) -> u64 {
        self.sequence
    }

    fn change(self) -> Option<Change> {
        let StoredChange { by, nonce, at, what } = self.change?;
        Some(Change { sequence: Sequence(self.sequence), by, nonce, at, what })
    }

    /// Where the name of an erased change lies, if it has one.
    pub(super) fn name(&self, room: &RoomId) -> Option<Item> {
        let change = self.change.as_ref()?;
        Some(name(room, &change.by, change.nonce.as_ref()?))
    }
}

/// Puts a lost membership at a place among the changes, if that is the next.
pub(in super::super) fn lost(
    room: &RoomId,
    place: Sequence,
    (member, by, at): (&MemberId, &MemberId, Timestamp),
) -> Write {
    let change = StoredChange { by: by.clone(), nonce: None, at, what: Changed::Lost(member.clone()) };
    put(room, place, change)
}

/// Puts a revision at a place among the changes, if that is the next, with the name that its client gave it, if that is new.
pub(super) fn revised(room: &RoomId, place: Sequence, revision: &Revision) -> [Write; 2] {
    let what = match revision.text {
        Some(_) => Changed::Edited(revision.message),
        None => Changed::Deleted(revision.message),
    };
    let (by, nonce, at) = (revision.by.clone(), Some(revision.nonce.clone()), revision.at);
    let name = NamedChange {
        room: name_of(room, &revision.by, &revision.nonce),
        sequence: 0,
        change: place,
        message: revision.message,
    };
    [
        put(room, place, StoredChange { by, nonce, at, what }),
        Write::put(Table::Changes, &name).when("attribute_not_exists(#room)"),
    ]
}

/// Where the change that a client calls so is told.
pub(super) fn name(room: &RoomId, by: &MemberId, nonce: &Nonce) -> Item {
    key([("room", s(name_of(room, by, nonce))), ("sequence", n(0))])
}

/// Where a change lies.
pub(super) fn place(room: &RoomId, sequence: u64) -> Item {
    key([("room", s(room.as_str())), ("sequence", n(sequence))])
}

/// Up to `n` changes from `first` on; none where there is no such room.
pub(super) async fn read(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
    (first, n_changes): (Sequence, usize),
) -> Result<Option<Vec<Change>>, Unavailable> {
    let rows = rows_from(dynamo, what, room, (first.max(Sequence(1)), Some(n_changes))).await?;
    if rows.iter().any(|row| row.sealed) {
        return Ok(None);
    }
    if rows.is_empty() && end_of_changes(dynamo, what, room).await?.is_none() {
        return Ok(None);
    }
    Ok(Some(rows.into_iter().filter_map(ChangeRow::change).collect()))
}

/// The rows from a place on.
pub(super) async fn rows_from(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
    (first, most): (Sequence, Option<usize>),
) -> Result<Vec<ChangeRow>, Unavailable> {
    let rows = Query {
        what,
        table: Table::Changes,
        condition: "#room = :room AND #sequence >= :first",
        values: vec![(":room", s(room.as_str())), (":first", n(first.0))],
        is_reverse: false,
        most,
        only: None,
    };
    dynamo.query(rows).await
}

/// A room's last change; none where there is no such room.
pub(super) async fn end_of_changes(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
) -> Result<Option<Sequence>, Unavailable> {
    let last = last_row(dynamo, what, room).await?;
    Ok(last.filter(|last| !last.sealed).map(|last| Sequence(last.sequence)))
}

/// The last row of a room's changes, sealed or not.
pub(super) async fn last_row(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
) -> Result<Option<ChangeRow>, Unavailable> {
    let last = Query {
        what,
        table: Table::Changes,
        condition: "#room = :room",
        values: vec![(":room", s(room.as_str()))],
        is_reverse: true,
        most: Some(1),
        only: None,
    };
    Ok(dynamo.query(last).await?.pop())
}

/// What changed after a place, and how far the room is by that; none where there is no such room.
pub(super) async fn since(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
    since: Sequence,
) -> Result<Option<(Sequence, Vec<Changed>)>, Unavailable> {
    // From that place itself, which is there: at 0 the chain begins.
    let rows = rows_from(dynamo, what, room, (since, None)).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    if last.sealed {
        return Ok(None);
    }
    let head = Sequence(last.sequence);
    let after = rows.into_iter().filter(|row| row.sequence > since.0);
    Ok(Some((head, after.filter_map(|row| row.change.map(|change| change.what)).collect())))
}

fn put(room: &RoomId, place: Sequence, change: StoredChange) -> Write {
    let row = ChangeRow { room: room.to_string(), sequence: place.0, change: Some(change), sealed: false };
    Write::put(Table::Changes, &row).when("attribute_not_exists(#room)")
}

/// No id has a space in it.
fn name_of(room: &RoomId, by: &MemberId, nonce: &Nonce) -> String {
    format!("{room} {by} {nonce}")
}
