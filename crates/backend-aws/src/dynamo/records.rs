//! What was done in rooms, and who was in them when, as items.

use serde::{Deserialize, Serialize};

use chat::ports::{Act, Actor, Deed, Done, Records, Turn, Unavailable, Way};
use protocol::{MemberId, RoomId, RoomName, Sequence, Timestamp, Topic};

use super::{
    Dynamo, Table,
    requests::{Query, n, s},
    rows::{order, sorted},
    writes::Write,
};

/// The records: a handle, cheap to clone.
#[derive(Clone)]
pub struct DynamoRecords {
    dynamo: Dynamo,
}

impl DynamoRecords {
    /// The records kept in the tables.
    pub fn new(dynamo: &Dynamo) -> Self {
        Self { dynamo: dynamo.clone() }
    }
}

impl Records for DynamoRecords {
    async fn acts(&self, room: &RoomId, before: Option<u64>, n_acts: usize) -> Result<Vec<Act>, Unavailable> {
        let acts = Query {
            what: "records while listing acts",
            table: Table::Audit,
            condition: "#room = :room AND #number < :before",
            values: vec![(":room", s(room.as_str())), (":before", n(before.unwrap_or(u64::MAX)))],
            is_reverse: true,
            most: Some(n_acts),
            only: None,
        };
        let acts: Vec<ActRow> = self.dynamo.query(acts).await?;
        Ok(acts.into_iter().map(ActRow::into).collect())
    }

    async fn turns(&self, room: &RoomId, member: &MemberId) -> Result<Vec<Turn>, Unavailable> {
        let turns = Query {
            what: "records while reading a time line",
            table: Table::Memberships,
            condition: "#part = :part",
            values: vec![(":part", s(time_line(room, member)))],
            is_reverse: false,
            most: None,
            only: None,
        };
        let turns: Vec<TurnRow> = self.dynamo.query(turns).await?;
        Ok(turns.into_iter().map(TurnRow::into).collect())
    }
}

#[derive(Serialize, Deserialize)]
struct ActRow {
    room: String,
    number: u64,
    at: Timestamp,
    /// None for an operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<MemberId>,
    done: StoredDone,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredDone {
    Created,
    Deleted,
    Renamed(RoomName),
    Retopiced(Topic),
    Added(MemberId),
    Removed(MemberId),
    Promoted(MemberId),
    Demoted(MemberId),
    Invited,
    Withdrew,
    DeletedMessage(Sequence),
}

#[derive(Serialize, Deserialize)]
struct TurnRow {
    part: String,
    entry: String,
    at: Timestamp,
    head: Sequence,
    way: StoredWay,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredWay {
    Joined,
    Left,
    Removed,
}

/// Writes down what an admin did, in the transaction that does it.
pub(super) fn recorded(room: &RoomId, deed: &Deed, done: &Done) -> Write {
    let by = match &deed.by {
        Actor::Member(member) => Some(member.clone()),
        Actor::Operator => None,
    };
    let row = ActRow { room: room.to_string(), number: order(), at: deed.at, by, done: done.into() };
    // Of two nodes that have the same microsecond one tries again, and has another.
    Write::put(Table::Audit, &row).when("attribute_not_exists(#room)")
}

/// Writes down that a membership begins or ends, as the `number`th of its time line, in the transaction that does it.
pub(super) fn turned((room, member): (&RoomId, &MemberId), number: u64, turn: Turn) -> Write {
    let Turn { at, head, way } = turn;
    let (part, entry) = (time_line(room, member), sorted(number));
    let way = match way {
        Way::Joined => StoredWay::Joined,
        Way::Left => StoredWay::Left,
        Way::Removed => StoredWay::Removed,
    };
    Write::put(Table::Memberships, &TurnRow { part, entry, at, head, way })
}

fn time_line(room: &RoomId, member: &MemberId) -> String {
    format!("turns:{member}:{room}")
}

impl From<ActRow> for Act {
    fn from(row: ActRow) -> Self {
        let by = row.by.map_or(Actor::Operator, Actor::Member);
        Self { number: row.number, deed: Deed { by, at: row.at }, what: row.done.into() }
    }
}

impl From<&Done> for StoredDone {
    fn from(done: &Done) -> Self {
        match done.clone() {
            Done::Created => Self::Created,
            Done::Deleted => Self::Deleted,
            Done::Renamed(name) => Self::Renamed(name),
            Done::Retopiced(topic) => Self::Retopiced(topic),
            Done::Added(member) => Self::Added(member),
            Done::Removed(member) => Self::Removed(member),
            Done::Promoted(member) => Self::Promoted(member),
            Done::Demoted(member) => Self::Demoted(member),
            Done::Invited => Self::Invited,
            Done::Withdrew => Self::Withdrew,
            Done::DeletedMessage(sequence) => Self::DeletedMessage(sequence),
        }
    }
}

impl From<StoredDone> for Done {
    fn from(done: StoredDone) -> Self {
        match done {
            StoredDone::Created => Self::Created,
            StoredDone::Deleted => Self::Deleted,
            StoredDone::Renamed(name) => Self::Renamed(name),
            StoredDone::Retopiced(topic) => Self::Retopiced(topic),
            StoredDone::Added(member) => Self::Added(member),
            StoredDone::Removed(member) => Self::Removed(member),
            StoredDone::Promoted(member) => Self::Promoted(member),
            StoredDone::Demoted(member) => Self::Demoted(member),
            StoredDone::Invited => Self::Invited,
            StoredDone::Withdrew => Self::Withdrew,
            StoredDone::DeletedMessage(sequence) => Self::DeletedMessage(sequence),
        }
    }
}

impl From<TurnRow> for Turn {
    fn from(row: TurnRow) -> Self {
        let way = match row.way {
            StoredWay::Joined => Way::Joined,
            StoredWay::Left => Way::Left,
            StoredWay::Removed => Way::Removed,
        };
        Self { at: row.at, head: row.head, way }
    }
}
