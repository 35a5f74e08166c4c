//! Accounts and guests, as rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use chat::{
    ports::{Account, Credentials, Members, MembersError, Unavailable},
    secrets::{CodeHash, PasswordHash},
};
use protocol::{MemberId, MemberName, Person, Timestamp};

use crate::{
    database::{Database, Failed},
    rows::{stored, text, timestamp},
};

/// Members: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqliteMembers {
    database: Database,
}

impl SqliteMembers {
    /// The members kept in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl Members for SqliteMembers {
    async fn create(
        &self,
        person: &Person,
        credentials: Option<&Credentials>,
        at: Timestamp,
    ) -> Result<(), MembersError> {
        let account = Account { person: person.clone(), created: at, credentials: credentials.cloned() };
        let created = self.database.write("members while creating one", move |connection| {
            match insert(connection, &account)? {
                0 => Err(Failed::Refused(MembersError::NameTaken)),
                _ => Ok(()),
            }
        });
        created.await
    }

    async fn by_name(&self, name: &MemberName) -> Result<Option<Account>, Unavailable> {
        let key = name.key();
        let found = self.database.read("members while looking up a name", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, created, password, recovery FROM members WHERE name_key = ?1",
            )?;
            Ok(statement.query_row([key], to_account).optional()?)
        });
        found.await
    }

    async fn by_id(&self, id: &MemberId) -> Result<Option<Account>, Unavailable> {
        let id = id.clone();
        let found = self
            .database
            .read("members while looking up an id", move |connection| Ok(by_id(connection, &id)?));
        found.await
    }

    async fn people(&self, ids: &[MemberId]) -> Result<Vec<Person>, Unavailable> {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let people = self.database.read("members while telling who they are", move |connection| {
            let mut people = Vec::with_capacity(ids.len());
            for id in &ids {
                people.extend(by_id(connection, id)?.map(|account| account.person));
            }
            Ok(people)
        });
        people.await
    }

    async fn upgrade(
        &self,
        id: &MemberId,
        name: &MemberName,
        credentials: &Credentials,
    ) -> Result<(), MembersError> {
        let (id, name, credentials) = (id.clone(), name.clone(), credentials.clone());
        let upgraded = self.database.write("members while making a guest an account", move |connection| {
            let account = by_id(connection, &id)?.ok_or(Failed::Refused(MembersError::NoSuchMember))?;
            if account.credentials.is_some() {
                return Err(Failed::Refused(MembersError::NotAGuest));
            }
            match make_account(connection, &id, &name, &credentials)? {
                0 => Err(Failed::Refused(MembersError::NameTaken)),
                _ => Ok(()),
            }
        });
        upgraded.await
    }

    async fn rename(&self, id: &MemberId, name: &MemberName) -> Result<(), MembersError> {
        let (id, name) = (id.clone(), name.clone());
        let renamed = self.database.write("members while renaming one", move |connection| {
            by_id(connection, &id)?.ok_or(Failed::Refused(MembersError::NoSuchMember))?;
            let mut statement = connection
                .prepare_cached("UPDATE OR IGNORE members SET name = ?2, name_key = ?3 WHERE id = ?1")?;
            match statement.execute((id.as_str(), name.as_str(), name.key()))? {
                0 => Err(Failed::Refused(MembersError::NameTaken)),
                _ => Ok(()),
            }
        });
        renamed.await
    }

    async fn set_credentials(
        &self,
        id: &MemberId,
        instead_of: &Credentials,
        credentials: &Credentials,
    ) -> Result<(), MembersError> {
        let (id, instead_of, credentials) = (id.clone(), instead_of.clone(), credentials.clone());
        let set = self.database.write("members while replacing credentials", move |connection| {
            let account = by_id(connection, &id)?.ok_or(Failed::Refused(MembersError::NoSuchMember))?;
            match account.credentials {
                Some(now) if now == credentials => return Ok(()), // Said again.
                Some(now) if now == instead_of => {}
                _ => return Err(Failed::Refused(MembersError::Changed)),
            }
            replace_credentials(connection, &id, &credentials)?;
            Ok(())
        });
        set.await
    }
}

fn by_id(connection: &Connection, id: &MemberId) -> rusqlite::Result<Option<Account>> {
    let mut statement = connection
        .prepare_cached("SELECT id, name, created, password, recovery FROM members WHERE id = ?1")?;
    statement.query_row([id.as_str()], to_account).optional()
}

/// How many were inserted: none when the name is taken.
fn insert(connection: &Connection, account: &Account) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO members (id, name, name_key, created, password, recovery) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (name_key) DO NOTHING",
    )?;
    let Account { person, created, credentials } = account;
    statement.execute(params![
        person.id.as_str(),
        person.name.as_str(),
        person.name.key(),
        stored(created.0),
        credentials.as_ref().map(|credentials| credentials.password.as_stored()),
        credentials.as_ref().map(|credentials| credentials.recovery.as_stored()),
    ])
}

/// How many were updated: none when the name is another's.
fn make_account(
    connection: &Connection,
    id: &MemberId,
    name: &MemberName,
    credentials: &Credentials,
) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(
        "UPDATE OR IGNORE members SET name = ?2, name_key = ?3, password = ?4, recovery = ?5 WHERE id = ?1",
    )?;
    statement.execute((
        id.as_str(),
        name.as_str(),
        name.key(),
        credentials.password.as_stored(),
        credentials.recovery.as_stored(),
    ))
}

fn replace_credentials(
    connection: &Connection,
    id: &MemberId,
    credentials: &Credentials,
) -> rusqlite::Result<usize> {
    let mut statement =
        connection.prepare_cached("UPDATE members SET password = ?2, recovery = ?3 WHERE id = ?1")?;
    statement.execute((id.as_str(), credentials.password.as_stored(), credentials.recovery.as_stored()))
}

fn to_account(row: &Row<'_>) -> rusqlite::Result<Account> {
    let password: Option<String> = row.get(3)?;
    let recovery: Option<String> = row.get(4)?;
    let credentials = password.zip(recovery).map(|(password, recovery)| Credentials {
        password: PasswordHash::from_stored(password),
        recovery: CodeHash::from_stored(recovery),
    });
    let person = Person { id: text(row, 0)?, name: text(row, 1)?, guest: credentials.is_none() };
    Ok(Account { person, created: timestamp(row, 2)?, credentials })
}
