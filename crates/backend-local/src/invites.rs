//! Invitations, as rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use chat::{
    invite::InviteKey,
    ports::{
        Deed, Done, Invite, Invites, InvitesError, Membership, MembershipsError, Role, Start, Unavailable,
    },
};
use protocol::{MemberId, RoomId, Timestamp};

use crate::{
    database::{Database, Failed},
    log, memberships,
    records::record,
    rows::{stored, text, timestamp},
};

/// Invitations: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqliteInvites {
    database: Database,
}

impl SqliteInvites {
    /// The invitations kept in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl Invites for SqliteInvites {
    async fn create(&self, invite: &Invite, most: usize) -> Result<(), InvitesError> {
        let invite = invite.clone();
        let created = self.database.write("invitations while making one", move |connection| {
            if log::heads(connection, &invite.room)?.is_none() {
                return Err(Failed::Refused(InvitesError::NoSuchRoom));
            }
            sweep(connection, &invite.room, invite.created)?;
            if n_of_room(connection, &invite.room)? >= most {
                return Err(Failed::Refused(InvitesError::TooMany));
            }
            insert(connection, &invite)?;
            Ok(record(connection, &invite.room, &Deed::of(&invite.by, invite.created), &Done::Invited)?)
        });
        created.await
    }

    async fn list(&self, room: &RoomId) -> Result<Vec<Invite>, Unavailable> {
        let room = room.clone();
        let listed = self.database.read("invitations while listing a room's", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key, room, maker, created, expires, uses, uses_max FROM invites
                 WHERE room = ?1 ORDER BY created DESC, key",
            )?;
            let invites: rusqlite::Result<_> = statement.query_map([room.as_str()], to_invite)?.collect();
            Ok(invites?)
        });
        listed.await
    }

    async fn find(&self, key: &InviteKey) -> Result<Option<Invite>, Unavailable> {
        let key = key.clone();
        let found = self
            .database
            .read("invitations while finding one", move |connection| Ok(find(connection, &key)?));
        found.await
    }

    async fn withdraw(&self, room: &RoomId, key: &InviteKey, deed: &Deed) -> Result<(), Unavailable> {
        let (room, key, deed) = (room.clone(), key.clone(), deed.clone());
        let withdrawn = self.database.write("invitations while withdrawing one", move |connection| {
            let mut statement =
                connection.prepare_cached("DELETE FROM invites WHERE key = ?1 AND room = ?2")?;
            match statement.execute((key.as_stored(), room.as_str()))? {
                0 => Ok(()),
                _ => Ok(record(connection, &room, &deed, &Done::Withdrew)?),
            }
        });
        withdrawn.await
    }

    async fn redeem(
        &self,
        key: &InviteKey,
        member: &MemberId,
        start: &Start,
    ) -> Result<Membership, InvitesError> {
        let (key, member, start) = (key.clone(), member.clone(), start.clone());
        let redeemed = self.database.write("invitations while redeeming one", move |connection| {
            let invite = find(connection, &key)?.ok_or(Failed::Refused(InvitesError::NoSuchInvite))?;
            if let Some(membership) = memberships::find(connection, &invite.room, &member)? {
                return Ok(membership);
            }
            invite.holds(start.at).map_err(Failed::Refused)?;
            let mut statement =
                connection.prepare_cached("UPDATE invites SET uses = uses + 1 WHERE key = ?1")?;
            statement.execute([key.as_stored()])?;
            let began = memberships::begin(connection, (&invite.room, &member), Role::Member, &start);
            began.map_err(|failed| match failed {
                Failed::Engine(error) => Failed::Engine(error),
                Failed::Refused(MembershipsError::TooMany) => Failed::Refused(InvitesError::TooManyRooms),
                Failed::Refused(_) => Failed::Refused(InvitesError::NoSuchInvite),
            })
        });
        redeemed.await
    }
}

/// Lets go of the invitations that a member made, in the transaction that removes them: the links are theirs.
pub(crate) fn withdraw_all_of(
    connection: &Connection,
    room: &RoomId,
    maker: &MemberId,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached("DELETE FROM invites WHERE room = ?1 AND maker = ?2")?;
    statement.execute((room.as_str(), maker.as_str()))?;
    Ok(())
}

/// Lets go of all invitations to a room, in the transaction that deletes it.
pub(crate) fn withdraw_all(connection: &Connection, room: &RoomId) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM invites WHERE room = ?1")?.execute([room.as_str()])?;
    Ok(())
}

fn find(connection: &Connection, key: &InviteKey) -> rusqlite::Result<Option<Invite>> {
    let mut statement = connection.prepare_cached(
        "SELECT key, room, maker, created, expires, uses, uses_max FROM invites WHERE key = ?1",
    )?;
    statement.query_row([key.as_stored()], to_invite).optional()
}

/// Lets go of what nobody can come by any more.
fn sweep(connection: &Connection, room: &RoomId, now: Timestamp) -> rusqlite::Result<()> {
    let mut statement = connection
        .prepare_cached("DELETE FROM invites WHERE room = ?1 AND (expires <= ?2 OR uses >= uses_max)")?;
    statement.execute((room.as_str(), stored(now.0)))?;
    Ok(())
}

fn n_of_room(connection: &Connection, room: &RoomId) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM invites WHERE room = ?1")?;
    let n: i64 = statement.query_row([room.as_str()], |row| row.get(0))?;
    Ok(usize::try_from(n).expect("a count is not negative"))
}

fn insert(connection: &Connection, invite: &Invite) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO invites (key, room, maker, created, expires, uses, uses_max)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    statement.execute(params![
        invite.key.as_stored(),
        invite.room.as_str(),
        invite.by.as_str(),
        stored(invite.created.0),
        stored(invite.expires.0),
        invite.uses,
        invite.uses_max,
    ])?;
    Ok(())
}

fn to_invite(row: &Row<'_>) -> rusqlite::Result<Invite> {
    Ok(Invite {
        key: InviteKey::from_stored(row.get(0)?),
        room: text(row, 1)?,
        by: text(row, 2)?,
        created: timestamp(row, 3)?,
        expires: timestamp(row, 4)?,
        uses: row.get(5)?,
        uses_max: row.get(6)?,
    })
}
