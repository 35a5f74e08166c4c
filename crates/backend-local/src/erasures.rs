//! What goes for good, as rows.

use rusqlite::{Connection, OptionalExtension, Row};

use chat::ports::{Deed, Done, Erased, Erasure, Erasures, ErasuresError, Legacy, Unavailable};
use protocol::{MemberId, RoomId, Timestamp};

use crate::{
    database::{Database, Failed},
    invites, memberships,
    records::record,
    rows::{sequence, stored, text, text_or_none, timestamp},
};

/// What goes for good: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqliteErasures {
    database: Database,
}

impl SqliteErasures {
    /// The erasures kept in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl Erasures for SqliteErasures {
    async fn delete_room(&self, room: &RoomId, deed: &Deed) -> Result<(), ErasuresError> {
        let (room, deed) = (room.clone(), deed.clone());
        let deleted = self.database.write("erasures while deleting a room", move |connection| {
            memberships::end_all(connection, &room, deed.at)?; // While the room's head can be read.
            let mut statement = connection.prepare_cached(
                "UPDATE rooms SET deleted = ?2, name = '', topic = '' WHERE id = ?1 AND deleted IS NULL",
            )?;
            if statement.execute((room.as_str(), stored(deed.at.0)))? == 0 {
                return Err(Failed::Refused(ErasuresError::NoSuchRoom));
            }
            invites::withdraw_all(connection, &room)?;
            record(connection, &room, &deed, &Done::Deleted)?;
            Ok(insert(connection, &room, None, deed.at)?)
        });
        self.database.forget_soon();
        deleted.await
    }

    async fn delete_member(
        &self,
        member: &MemberId,
        legacy: Legacy,
        at: Timestamp,
    ) -> Result<Vec<RoomId>, ErasuresError> {
        let member = member.clone();
        let deleted = self.database.write("erasures while deleting a member", move |connection| {
            let id = member.as_str();
            if connection.prepare_cached("DELETE FROM members WHERE id = ?1")?.execute([id])? == 0 {
                return Err(Failed::Refused(ErasuresError::NoSuchMember));
            }
            connection.prepare_cached("DELETE FROM sessions WHERE member = ?1")?.execute([id])?;
            connection.prepare_cached("DELETE FROM invites WHERE maker = ?1")?.execute([id])?;
            let memberships = memberships::of_member(connection, &member)?;
            for membership in &memberships {
                if memberships::is_last_admin(connection, membership)? {
                    let room = membership.room.clone();
                    return Err(Failed::Refused(ErasuresError::LastAdmin { room }));
                }
                memberships::end(connection, membership, &Deed::of(&member, at))?;
            }
            if legacy == Legacy::Goes {
                for room in rooms_ever_of(connection, &member)? {
                    insert(connection, &room, Some(&member), at)?;
                }
            }
            Ok(memberships.into_iter().map(|membership| membership.room).collect())
        });
        self.database.forget_soon();
        deleted.await
    }

    async fn pending(&self) -> Result<Option<Erasure>, Unavailable> {
        let pending = self.database.read("erasures while looking for one", move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT room, member, upto, begun FROM erasures ORDER BY no LIMIT 1")?;
            Ok(statement.query_row([], to_erasure).optional()?)
        });
        pending.await
    }

    async fn advance(&self, erasure: &Erasure) -> Result<(), Unavailable> {
        let erasure = erasure.clone();
        let advanced = self.database.write("erasures while advancing one", move |connection| {
            let mut statement = connection
                .prepare_cached("UPDATE erasures SET upto = ?3 WHERE room = ?1 AND member IS ?2")?;
            statement.execute((erasure.room.as_str(), member_of(&erasure), stored(erasure.upto.0)))?;
            Ok(())
        });
        advanced.await
    }

    async fn finish(&self, erasure: &Erasure) -> Result<(), Unavailable> {
        let erasure = erasure.clone();
        let finished = self.database.write("erasures while finishing one", move |connection| {
            let mut statement =
                connection.prepare_cached("DELETE FROM erasures WHERE room = ?1 AND member IS ?2")?;
            statement.execute((erasure.room.as_str(), member_of(&erasure)))?;
            Ok(())
        });
        finished.await
    }
}

fn insert(
    connection: &Connection,
    room: &RoomId,
    member: Option<&MemberId>,
    begun: Timestamp,
) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("INSERT INTO erasures (room, member, upto, begun) VALUES (?1, ?2, 0, ?3)")?;
    statement.execute((room.as_str(), member.map(MemberId::as_str), stored(begun.0)))?;
    Ok(())
}

fn rooms_ever_of(connection: &Connection, member: &MemberId) -> rusqlite::Result<Vec<RoomId>> {
    let mut statement = connection.prepare_cached("SELECT DISTINCT room FROM turns WHERE member = ?1")?;
    statement.query_map([member.as_str()], |row| text(row, 0))?.collect()
}

fn member_of(erasure: &Erasure) -> Option<&str> {
    match &erasure.what {
        Erased::Everything => None,
        Erased::TextsOf(member) => Some(member.as_str()),
    }
}

fn to_erasure(row: &Row<'_>) -> rusqlite::Result<Erasure> {
    let member: Option<MemberId> = text_or_none(row, 1)?;
    Ok(Erasure {
        room: text(row, 0)?,
        what: member.map_or(Erased::Everything, Erased::TextsOf),
        upto: sequence(row, 2)?,
        begun: timestamp(row, 3)?,
    })
}
