//! What a deleted room's chains held goes. Their keys stay: a late append meets them.

use futures::{StreamExt as _, TryStreamExt as _, stream};

use chat::ports::Unavailable;
use protocol::{RoomId, Sequence};
use serde::Deserialize;

use super::{
    super::{
        Dynamo, Table,
        requests::{Item, Query, n, s},
        writes::Write,
    },
    chain::last_group,
    changes::{self, last_row, rows_from},
    place,
};

const WHAT: &str = "log while erasing";
/// Items that are rewritten at once.
const AT_ONCE: usize = 8;

/// How far a chain is erased, told in its seal.
#[derive(Default, Deserialize)]
struct Erased {
    #[serde(default)]
    upto: u64,
}

/// Whether anything may be left of a deleted room's log after some of it was erased.
pub(super) async fn erase(dynamo: &Dynamo, room: &RoomId, n: usize) -> Result<bool, Unavailable> {
    let messages = erase_messages(dynamo, room, n).await?;
    let changes = erase_changes(dynamo, room, n).await?;
    Ok(messages || changes)
}

async fn erase_messages(dynamo: &Dynamo, room: &RoomId, n_messages: usize) -> Result<bool, Unavailable> {
    let Some(seal) = last_group(dynamo, WHAT, room).await?.filter(|last| last.sealed) else {
        return Ok(false);
    };
    let seal_at = place(room, seal.first);
    let Erased { upto } = dynamo.get(WHAT, Table::Messages, seal_at.clone()).await?.unwrap_or_default();
    let groups = Query {
        what: WHAT,
        table: Table::Messages,
        condition: "#room = :room AND #first BETWEEN :from AND :upto",
        values: vec![
            (":room", s(room.as_str())),
            (":from", n(upto + 1)),
            (":upto", n((upto + n_messages as u64).min(seal.first - 1))),
        ],
        is_reverse: false,
        most: None,
        only: Some("#first, #n"),
    };
    if upto + 1 >= seal.first {
        return Ok(false);
    }
    let groups: Vec<super::super::rows::GroupEnd> = dynamo.query(groups).await?;
    let firsts = groups.iter().map(|group| place(room, group.first)).collect();
    empty(dynamo, Table::Messages, firsts, "REMOVE #messages").await?;
    let upto = upto + n_messages as u64;
    remember(dynamo, Table::Messages, seal_at, upto).await?;
    Ok(upto + 1 < seal.first)
}

async fn erase_changes(dynamo: &Dynamo, room: &RoomId, n_changes: usize) -> Result<bool, Unavailable> {
    let Some(seal) = last_row(dynamo, WHAT, room).await?.filter(changes::ChangeRow::is_seal) else {
        return Ok(false);
    };
    let seal_at = changes::place(room, seal.place());
    let Erased { upto } = dynamo.get(WHAT, Table::Changes, seal_at.clone()).await?.unwrap_or_default();
    let rows = rows_from(dynamo, WHAT, room, (Sequence(upto + 1), Some(n_changes))).await?;
    let rows: Vec<_> = rows.into_iter().filter(|row| !row.is_seal()).collect();
    let Some(last) = rows.last().map(changes::ChangeRow::place) else { return Ok(false) };
    for name in rows.iter().filter_map(|row| row.name(room)) {
        dynamo.delete(WHAT, Table::Changes, name).await?;
    }
    let places = rows.iter().map(|row| changes::place(room, row.place())).collect();
    empty(dynamo, Table::Changes, places, "REMOVE #change").await?;
    remember(dynamo, Table::Changes, seal_at, last).await?;
    Ok(last + 1 < seal.place())
}

async fn empty(
    dynamo: &Dynamo,
    table: Table,
    places: Vec<Item>,
    update: &'static str,
) -> Result<(), Unavailable> {
    let writes = places.into_iter().map(|place| Write::update(table, place, update));
    let written = stream::iter(writes.map(|write| dynamo.update(WHAT, write))).buffer_unordered(AT_ONCE);
    written.try_for_each(|_| async { Ok(()) }).await
}

async fn remember(dynamo: &Dynamo, table: Table, seal: Item, upto: u64) -> Result<(), Unavailable> {
    let write = Write::update(table, seal, "SET #upto = :upto").value(":upto", n(upto));
    dynamo.update(WHAT, write).await.map(drop)
}
