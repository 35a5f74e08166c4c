//! Who is in which room, as rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use chat::ports::{Membership, Memberships, MembershipsError, Start, Unavailable};
use protocol::{MemberId, RoomId, Sequence};

use crate::{
    database::{Database, Failed},
    rows::{limit, sequence, stored, text, timestamp},
};

/// Memberships: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqliteMemberships {
    database: Database,
}

impl SqliteMemberships {
    /// The memberships kept in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl Memberships for SqliteMemberships {
    async fn join(
        &self,
        room: &RoomId,
        member: &MemberId,
        start: &Start,
    ) -> Result<Membership, MembershipsError> {
        let (room, member, start) = (room.clone(), member.clone(), *start);
        let joined = self.database.write("memberships while joining", move |connection| {
            if let Some(membership) = find(connection, &room, &member)? {
                return Ok(membership);
            }
            if n_rooms(connection, &member)? >= start.rooms_max {
                return Err(Failed::Refused(MembershipsError::TooMany));
            }
            let membership = Membership { room, member, joined: start.at, read: start.head };
            insert(connection, &membership)?;
            Ok(membership)
        });
        joined.await
    }

    async fn leave(&self, room: &RoomId, member: &MemberId) -> Result<(), Unavailable> {
        let (room, member) = (room.clone(), member.clone());
        let left = self.database.write("memberships while leaving", move |connection| {
            let mut statement =
                connection.prepare_cached("DELETE FROM memberships WHERE member = ?1 AND room = ?2")?;
            statement.execute((member.as_str(), room.as_str()))?;
            Ok(())
        });
        left.await
    }

    async fn find(&self, room: &RoomId, member: &MemberId) -> Result<Option<Membership>, Unavailable> {
        let (room, member) = (room.clone(), member.clone());
        let found = self
            .database
            .read("memberships while finding one", move |connection| Ok(find(connection, &room, &member)?));
        found.await
    }

    async fn of_member(&self, member: &MemberId) -> Result<Vec<Membership>, Unavailable> {
        let member = member.clone();
        let listed = self.database.read("memberships while listing a member's", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT room, member, joined, read FROM memberships WHERE member = ?1 ORDER BY no",
            )?;
            let memberships: rusqlite::Result<_> =
                statement.query_map([member.as_str()], to_membership)?.collect();
            Ok(memberships?)
        });
        listed.await
    }

    async fn of_room(&self, room: &RoomId, n: usize) -> Result<(usize, Vec<MemberId>), Unavailable> {
        let room = room.clone();
        let listed = self.database.read("memberships while listing a room's", move |connection| {
            let count = "SELECT count(*) FROM memberships WHERE room = ?1";
            let n_members: i64 =
                connection.prepare_cached(count)?.query_row([room.as_str()], |row| row.get(0))?;
            let mut statement = connection
                .prepare_cached("SELECT member FROM memberships WHERE room = ?1 ORDER BY no LIMIT ?2")?;
            let members: rusqlite::Result<_> =
                statement.query_map((room.as_str(), limit(n)), |row| text(row, 0))?.collect();
            Ok((usize::try_from(n_members).expect("a count is not negative"), members?))
        });
        listed.await
    }

    async fn read(
        &self,
        room: &RoomId,
        member: &MemberId,
        upto: Sequence,
    ) -> Result<Option<Sequence>, Unavailable> {
        let (room, member) = (room.clone(), member.clone());
        let read = self.database.write("memberships while moving a read cursor", move |connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE memberships SET read = max(read, ?3) WHERE member = ?1 AND room = ?2 RETURNING read",
            )?;
            let params = (member.as_str(), room.as_str(), stored(upto.0));
            Ok(statement.query_row(params, |row| sequence(row, 0)).optional()?)
        });
        read.await
    }
}

fn find(connection: &Connection, room: &RoomId, member: &MemberId) -> rusqlite::Result<Option<Membership>> {
    let mut statement = connection.prepare_cached(
        "SELECT room, member, joined, read FROM memberships WHERE member = ?1 AND room = ?2",
    )?;
    statement.query_row((member.as_str(), room.as_str()), to_membership).optional()
}

fn n_rooms(connection: &Connection, member: &MemberId) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM memberships WHERE member = ?1")?;
    let n: i64 = statement.query_row([member.as_str()], |row| row.get(0))?;
    Ok(usize::try_from(n).expect("a count is not negative"))
}

fn insert(connection: &Connection, membership: &Membership) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("INSERT INTO memberships (member, room, joined, read) VALUES (?1, ?2, ?3, ?4)")?;
    statement.execute(params![
        membership.member.as_str(),
        membership.room.as_str(),
        stored(membership.joined.0),
        stored(membership.read.0),
    ])?;
    Ok(())
}

fn to_membership(row: &Row<'_>) -> rusqlite::Result<Membership> {
    Ok(Membership {
        room: text(row, 0)?,
        member: text(row, 1)?,
        joined: timestamp(row, 2)?,
        read: sequence(row, 3)?,
    })
}
