//! Signed-in identities, as rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use chat::{
    ports::{Session, Sessions, SessionsError, Unavailable},
    session::SessionKey,
};
use protocol::{MemberId, Timestamp};

use crate::{
    database::{Database, Failed},
    rows::{limit, stored, text, timestamp},
};

/// Sessions: a handle, cheap to clone. Expired ones are swept out as new ones come.
#[derive(Clone)]
pub struct SqliteSessions {
    database: Database,
}

impl SqliteSessions {
    /// The sessions kept in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl Sessions for SqliteSessions {
    async fn create(&self, session: &Session) -> Result<(), SessionsError> {
        let session = session.clone();
        let created = self.database.write("sessions while creating one", move |connection| {
            sweep(connection, session.created)?;
            if is_barred(connection, &session.member)? {
                return Err(Failed::Refused(SessionsError::Barred));
            }
            let mut statement = connection.prepare_cached(
                "INSERT INTO sessions (key, member, created, expires, device) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?;
            statement.execute(params![
                session.key.as_stored(),
                session.member.as_str(),
                stored(session.created.0),
                stored(session.expires.0),
                session.device,
            ])?;
            Ok(())
        });
        created.await
    }

    async fn find(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Session>, Unavailable> {
        let key = key.clone();
        let found = self.database.read("sessions while finding one", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key, member, created, expires, device FROM sessions WHERE key = ?1 AND expires > ?2",
            )?;
            Ok(statement.query_row((key.as_stored(), stored(now.0)), to_session).optional()?)
        });
        found.await
    }

    async fn of_member(
        &self,
        member: &MemberId,
        now: Timestamp,
        n: usize,
    ) -> Result<Vec<Session>, Unavailable> {
        let member = member.clone();
        let listed = self.database.read("sessions while listing a member's", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT key, member, created, expires, device FROM sessions
                 WHERE member = ?1 AND expires > ?2 ORDER BY created DESC, key LIMIT ?3",
            )?;
            let params = (member.as_str(), stored(now.0), limit(n));
            let sessions: rusqlite::Result<_> = statement.query_map(params, to_session)?.collect();
            Ok(sessions?)
        });
        listed.await
    }

    async fn extend(&self, key: &SessionKey, expires: Timestamp) -> Result<(), Unavailable> {
        let key = key.clone();
        let extended = self.database.write("sessions while extending one", move |connection| {
            let mut statement =
                connection.prepare_cached("UPDATE sessions SET expires = ?2 WHERE key = ?1")?;
            statement.execute((key.as_stored(), stored(expires.0)))?;
            Ok(())
        });
        extended.await
    }

    async fn end(&self, key: &SessionKey) -> Result<(), Unavailable> {
        let key = key.clone();
        let ended = self.database.write("sessions while ending one", move |connection| {
            let mut statement = connection.prepare_cached("DELETE FROM sessions WHERE key = ?1")?;
            statement.execute([key.as_stored()])?;
            Ok(())
        });
        ended.await
    }

    async fn end_others(&self, member: &MemberId, keep: Option<&SessionKey>) -> Result<(), Unavailable> {
        let (member, keep) = (member.clone(), keep.cloned());
        let ended = self.database.write("sessions while ending a member's others", move |connection| {
            let mut statement =
                connection.prepare_cached("DELETE FROM sessions WHERE member = ?1 AND key IS NOT ?2")?;
            statement.execute((member.as_str(), keep.as_ref().map(SessionKey::as_stored)))?;
            Ok(())
        });
        ended.await
    }

    async fn bar(&self, member: &MemberId, at: Timestamp) -> Result<bool, Unavailable> {
        let member = member.clone();
        let barred = self.database.write("sessions while barring a member", move |connection| {
            let id = member.as_str();
            connection.prepare_cached("DELETE FROM sessions WHERE member = ?1")?.execute([id])?;
            let mut statement =
                connection.prepare_cached("INSERT OR IGNORE INTO barred (member, at) VALUES (?1, ?2)")?;
            Ok(statement.execute((id, stored(at.0)))? > 0)
        });
        barred.await
    }

    async fn unbar(&self, member: &MemberId) -> Result<bool, Unavailable> {
        let member = member.clone();
        let let_in = self.database.write("sessions while letting a member in again", move |connection| {
            let mut statement = connection.prepare_cached("DELETE FROM barred WHERE member = ?1")?;
            Ok(statement.execute([member.as_str()])? > 0)
        });
        let_in.await
    }
}

fn is_barred(connection: &Connection, member: &MemberId) -> rusqlite::Result<bool> {
    let mut statement =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM barred WHERE member = ?1)")?;
    statement.query_row([member.as_str()], |row| row.get(0))
}

/// Forgets some of the sessions that have expired: more than come in, so that they do not gather.
fn sweep(connection: &Connection, now: Timestamp) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(
        "DELETE FROM sessions WHERE key IN (SELECT key FROM sessions WHERE expires <= ?1 LIMIT 16)",
    )?;
    statement.execute([stored(now.0)])?;
    Ok(())
}

fn to_session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        key: SessionKey::from_stored(row.get(0)?),
        member: text(row, 1)?,
        created: timestamp(row, 2)?,
        expires: timestamp(row, 3)?,
        device: row.get(4)?,
    })
}
