//! What was done in rooms and who was in them when, as rows.

use rusqlite::{Connection, Row, params};

use chat::ports::{Act, Actor, Deed, Done, Records, Turn, Unavailable, Way};
use protocol::{MemberId, RoomId, Sequence, Timestamp};

use crate::{
    database::Database,
    rows::{limit, sequence, sequence_or_none, stored, text, text_or_none, timestamp},
};

/// The records: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqliteRecords {
    database: Database,
}

impl SqliteRecords {
    /// The records kept in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl Records for SqliteRecords {
    async fn acts(&self, room: &RoomId, before: Option<u64>, n: usize) -> Result<Vec<Act>, Unavailable> {
        let (room, before) = (room.clone(), before.unwrap_or(u64::MAX));
        let acts = self.database.read("records while listing acts", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT no, at, doer, what, whom, wording, message FROM acts
                 WHERE room = ?1 AND no < ?2 ORDER BY no DESC LIMIT ?3",
            )?;
            let params = (room.as_str(), stored(before), limit(n));
            let acts: rusqlite::Result<_> = statement.query_map(params, to_act)?.collect();
            Ok(acts?)
        });
        acts.await
    }

    async fn turns(&self, room: &RoomId, member: &MemberId) -> Result<Vec<Turn>, Unavailable> {
        let (room, member) = (room.clone(), member.clone());
        let turns = self.database.read("records while reading a time line", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT at, head, way FROM turns WHERE member = ?1 AND room = ?2 ORDER BY no",
            )?;
            let turns: rusqlite::Result<_> =
                statement.query_map((member.as_str(), room.as_str()), to_turn)?.collect();
            Ok(turns?)
        });
        turns.await
    }
}

/// Writes down what an admin did, in the transaction that does it.
pub(crate) fn record(
    connection: &Connection,
    room: &RoomId,
    deed: &Deed,
    done: &Done,
) -> rusqlite::Result<()> {
    let (mut whom, mut wording, mut message) = (None, None, None);
    let what = match done {
        Done::Created => CREATED,
        Done::Deleted => DELETED,
        Done::Renamed(name) => {
            wording = Some(name.as_str());
            RENAMED
        }
        Done::Retopiced(topic) => {
            wording = Some(topic.as_str());
            RETOPICED
        }
        Done::Added(member) => {
            whom = Some(member);
            ADDED
        }
        Done::Removed(member) => {
            whom = Some(member);
            REMOVED
        }
        Done::Promoted(member) => {
            whom = Some(member);
            PROMOTED
        }
        Done::Demoted(member) => {
            whom = Some(member);
            DEMOTED
        }
        Done::Invited => INVITED,
        Done::Withdrew => WITHDREW,
        Done::DeletedMessage(sequence) => {
            message = Some(stored(sequence.0));
            DELETED_MESSAGE
        }
    };
    let doer = match &deed.by {
        Actor::Member(member) => Some(member.as_str()),
        Actor::Operator => None,
    };
    let mut statement = connection.prepare_cached(
        "INSERT INTO acts (room, at, doer, what, whom, wording, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    let whom = whom.map(MemberId::as_str);
    statement.execute(params![room.as_str(), stored(deed.at.0), doer, what, whom, wording, message])?;
    Ok(())
}

/// Writes down that a membership begins or ends, in the transaction that does it.
pub(crate) fn turn(
    connection: &Connection,
    (room, member): (&RoomId, &MemberId),
    turn: Turn,
) -> rusqlite::Result<()> {
    let way = match turn.way {
        Way::Joined => JOINED,
        Way::Left => LEFT,
        Way::Removed => REMOVED,
    };
    let mut statement = connection
        .prepare_cached("INSERT INTO turns (room, member, at, head, way) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let (at, head) = (stored(turn.at.0), stored(turn.head.0));
    statement.execute((room.as_str(), member.as_str(), at, head, way))?;
    Ok(())
}

const CREATED: &str = "created";
const DELETED: &str = "deleted";
const RENAMED: &str = "renamed";
const RETOPICED: &str = "retopiced";
const ADDED: &str = "added";
const REMOVED: &str = "removed";
const PROMOTED: &str = "promoted";
const DEMOTED: &str = "demoted";
const INVITED: &str = "invited";
const WITHDREW: &str = "withdrew";
const DELETED_MESSAGE: &str = "deleted message";
const JOINED: &str = "joined";
const LEFT: &str = "left";

fn to_act(row: &Row<'_>) -> rusqlite::Result<Act> {
    let doer: Option<MemberId> = text_or_none(row, 2)?;
    let what = match row.get_ref(3)?.as_str()? {
        CREATED => Done::Created,
        DELETED => Done::Deleted,
        RENAMED => Done::Renamed(text(row, 5)?),
        RETOPICED => Done::Retopiced(text(row, 5)?),
        ADDED => Done::Added(text(row, 4)?),
        REMOVED => Done::Removed(text(row, 4)?),
        PROMOTED => Done::Promoted(text(row, 4)?),
        DEMOTED => Done::Demoted(text(row, 4)?),
        INVITED => Done::Invited,
        WITHDREW => Done::Withdrew,
        DELETED_MESSAGE => Done::DeletedMessage(sequence_or_none(row, 6)?.unwrap_or(Sequence::ZERO)),
        other => return Err(crate::rows::unknown(3, other)),
    };
    let by = doer.map_or(Actor::Operator, Actor::Member);
    let number = sequence(row, 0)?.0;
    Ok(Act { number, deed: Deed { by, at: timestamp(row, 1)? }, what })
}

fn to_turn(row: &Row<'_>) -> rusqlite::Result<Turn> {
    let way = match row.get_ref(2)?.as_str()? {
        JOINED => Way::Joined,
        LEFT => Way::Left,
        REMOVED => Way::Removed,
        other => return Err(crate::rows::unknown(2, other)),
    };
    let at: Timestamp = timestamp(row, 0)?;
    Ok(Turn { at, head: sequence(row, 1)?, way })
}
