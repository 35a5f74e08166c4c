//! Who is in which room, as rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use chat::ports::{
    Actor, Deed, Done, Membership, Memberships, MembershipsError, Role, Start, Turn, Unavailable, Way,
};
use protocol::{MemberId, RoomId, Sequence, Timestamp};

use crate::{
    database::{Database, Failed},
    invites, log,
    records::{record, turn},
    rows::{limit, sequence, stored, text, timestamp, unknown},
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
        let (room, member, start) = (room.clone(), member.clone(), start.clone());
        let joined = self.database.write("memberships while joining", move |connection| {
            if let Some(membership) = find(connection, &room, &member)? {
                return Ok(membership);
            }
            if let Some(by) = &start.added_by {
                record(connection, &room, &Deed::of(by, start.at), &Done::Added(member.clone()))?;
            }
            begin(connection, (&room, &member), Role::Member, &start)
        });
        joined.await
    }

    async fn leave(
        &self,
        room: &RoomId,
        member: &MemberId,
        deed: &Deed,
    ) -> Result<Option<Sequence>, MembershipsError> {
        let (room, member, deed) = (room.clone(), member.clone(), deed.clone());
        let left = self.database.write("memberships while leaving", move |connection| {
            let Some(membership) = find(connection, &room, &member)? else { return Ok(None) };
            if is_last_admin(connection, &membership)? {
                return Err(Failed::Refused(MembershipsError::LastAdmin));
            }
            Ok(end(connection, &membership, &deed)?)
        });
        left.await
    }

    async fn set_role(
        &self,
        room: &RoomId,
        member: &MemberId,
        role: Role,
        deed: &Deed,
    ) -> Result<(), MembershipsError> {
        let (room, member, deed) = (room.clone(), member.clone(), deed.clone());
        let set = self.database.write("memberships while setting a role", move |connection| {
            let membership =
                find(connection, &room, &member)?.ok_or(Failed::Refused(MembershipsError::NotInRoom))?;
            if membership.role == role {
                return Ok(());
            }
            if is_last_admin(connection, &membership)? {
                return Err(Failed::Refused(MembershipsError::LastAdmin));
            }
            let mut statement = connection
                .prepare_cached("UPDATE memberships SET role = ?3 WHERE member = ?1 AND room = ?2")?;
            statement.execute((member.as_str(), room.as_str(), word(role)))?;
            let done = match role {
                Role::Admin => Done::Promoted(member),
                Role::Member => Done::Demoted(member),
            };
            Ok(record(connection, &room, &deed, &done)?)
        });
        set.await
    }

    async fn find(&self, room: &RoomId, member: &MemberId) -> Result<Option<Membership>, Unavailable> {
        let (room, member) = (room.clone(), member.clone());
        let found = self
            .database
            .read("memberships while finding one", move |connection| Ok(find(connection, &room, &member)?));
        found.await
    }

    async fn find_all(&self, room: &RoomId, members: &[MemberId]) -> Result<Vec<Membership>, Unavailable> {
        let (room, members) = (room.clone(), members.to_vec());
        let found = self.database.read("memberships while finding some", move |connection| {
            let found = members.iter().filter_map(|member| find(connection, &room, member).transpose());
            Ok(found.collect::<rusqlite::Result<Vec<_>>>()?)
        });
        found.await
    }

    async fn of_member(&self, member: &MemberId) -> Result<Vec<Membership>, Unavailable> {
        let member = member.clone();
        let listed = self.database.read("memberships while listing a member's", move |connection| {
            Ok(of_member(connection, &member)?)
        });
        listed.await
    }

    async fn of_room(&self, room: &RoomId, n: usize) -> Result<(usize, Vec<Membership>), Unavailable> {
        let room = room.clone();
        let listed = self.database.read("memberships while listing a room's", move |connection| {
            let count = "SELECT count(*) FROM memberships WHERE room = ?1";
            let n_members: i64 =
                connection.prepare_cached(count)?.query_row([room.as_str()], |row| row.get(0))?;
            let mut statement = connection.prepare_cached(
                "SELECT room, member, role, joined, since, read FROM memberships WHERE room = ?1 ORDER BY no LIMIT ?2",
            )?;
            let members: rusqlite::Result<_> =
                statement.query_map((room.as_str(), limit(n)), to_membership)?.collect();
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

/// Begins a membership, in the transaction of what it belongs to.
pub(crate) fn begin(
    connection: &Connection,
    (room, member): (&RoomId, &MemberId),
    role: Role,
    start: &Start,
) -> Result<Membership, Failed<MembershipsError>> {
    let heads = log::heads(connection, room)?.ok_or(Failed::Refused(MembershipsError::NoSuchRoom))?;
    if n_rooms(connection, member)? >= start.rooms_max {
        return Err(Failed::Refused(MembershipsError::TooMany));
    }
    let (room, member) = (room.clone(), member.clone());
    let since = heads.changes;
    let membership = Membership { room, member, role, joined: start.at, since, read: start.head };
    insert(connection, &membership)?;
    let began = Turn { at: start.at, head: heads.messages, way: Way::Joined };
    turn(connection, (&membership.room, &membership.member), began)?;
    Ok(membership)
}

/// Ends a membership, in the transaction of what it belongs to, and returns the place of that among the room's changes.
pub(crate) fn end(
    connection: &Connection,
    membership: &Membership,
    deed: &Deed,
) -> rusqlite::Result<Option<Sequence>> {
    let Membership { room, member, .. } = membership;
    let mut statement =
        connection.prepare_cached("DELETE FROM memberships WHERE member = ?1 AND room = ?2")?;
    statement.execute((member.as_str(), room.as_str()))?;
    // A change has an author: an operator's is the member's own.
    let (by, way) = match &deed.by {
        Actor::Member(by) if by == member => (member, Way::Left),
        Actor::Member(by) => (by, Way::Removed),
        Actor::Operator => (member, Way::Removed),
    };
    if way == Way::Removed {
        record(connection, room, deed, &Done::Removed(member.clone()))?;
        invites::withdraw_all_of(connection, room, member)?;
    }
    let head = log::heads(connection, room)?.unwrap_or_default().messages;
    turn(connection, (room, member), Turn { at: deed.at, head, way })?;
    log::lose(connection, room, (member, by, deed.at))
}

/// Ends all memberships of a room, in the transaction that deletes it.
pub(crate) fn end_all(connection: &Connection, room: &RoomId, at: Timestamp) -> rusqlite::Result<()> {
    let head = log::heads(connection, room)?.unwrap_or_default().messages;
    let mut statement = connection.prepare_cached(
        "INSERT INTO turns (room, member, at, head, way)
         SELECT room, member, ?2, ?3, 'removed' FROM memberships WHERE room = ?1 ORDER BY no",
    )?;
    statement.execute((room.as_str(), stored(at.0), stored(head.0)))?;
    connection.prepare_cached("DELETE FROM memberships WHERE room = ?1")?.execute([room.as_str()])?;
    Ok(())
}

/// Whether a room would have no admin any more without this one.
pub(crate) fn is_last_admin(connection: &Connection, membership: &Membership) -> rusqlite::Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT count(*) FROM memberships WHERE room = ?1 AND role = ?2")?;
    let n_admins: i64 =
        statement.query_row((membership.room.as_str(), word(Role::Admin)), |row| row.get(0))?;
    Ok(membership.role == Role::Admin && n_admins == 1)
}

/// The rooms that a member is in, in the order of joining.
pub(crate) fn of_member(connection: &Connection, member: &MemberId) -> rusqlite::Result<Vec<Membership>> {
    let mut statement = connection.prepare_cached(
        "SELECT room, member, role, joined, since, read FROM memberships WHERE member = ?1 ORDER BY no",
    )?;
    statement.query_map([member.as_str()], to_membership)?.collect()
}

/// A member's membership of a room.
pub(crate) fn find(
    connection: &Connection,
    room: &RoomId,
    member: &MemberId,
) -> rusqlite::Result<Option<Membership>> {
    let mut statement = connection.prepare_cached(
        "SELECT room, member, role, joined, since, read FROM memberships WHERE member = ?1 AND room = ?2",
    )?;
    statement.query_row((member.as_str(), room.as_str()), to_membership).optional()
}

fn n_rooms(connection: &Connection, member: &MemberId) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM memberships WHERE member = ?1")?;
    let n: i64 = statement.query_row([member.as_str()], |row| row.get(0))?;
    Ok(usize::try_from(n).expect("a count is not negative"))
}

fn insert(connection: &Connection, membership: &Membership) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO memberships (member, room, role, joined, since, read) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    statement.execute(params![
        membership.member.as_str(),
        membership.room.as_str(),
        word(membership.role),
        stored(membership.joined.0),
        stored(membership.since.0),
        stored(membership.read.0),
    ])?;
    Ok(())
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Member => MEMBER,
        Role::Admin => ADMIN,
    }
}

const MEMBER: &str = "member";
const ADMIN: &str = "admin";

fn to_membership(row: &Row<'_>) -> rusqlite::Result<Membership> {
    let role = match row.get_ref(2)?.as_str()? {
        MEMBER => Role::Member,
        ADMIN => Role::Admin,
        other => return Err(unknown(2, other)),
    };
    Ok(Membership {
        room: text(row, 0)?,
        member: text(row, 1)?,
        role,
        joined: timestamp(row, 3)?,
        since: sequence(row, 4)?,
        read: sequence(row, 5)?,
    })
}
