//! Signed-in identities, as items: each by its key, and among those of its member.

use serde::{Deserialize, Serialize};

use chat::{
    ports::{Session, Sessions, SessionsError, Unavailable},
    session::SessionKey,
};
use protocol::{MemberId, Timestamp};

use super::{
    Dynamo, Table,
    requests::{Item, Query, key, n, s},
    writes::{Write, Written},
};

/// Sessions: a handle, cheap to clone. DynamoDB itself forgets those that have expired, some time later.
#[derive(Clone)]
pub struct DynamoSessions {
    dynamo: Dynamo,
}

impl DynamoSessions {
    /// The sessions kept in the tables.
    pub fn new(dynamo: &Dynamo) -> Self {
        Self { dynamo: dynamo.clone() }
    }
}

impl Sessions for DynamoSessions {
    async fn create(&self, session: &Session) -> Result<(), SessionsError> {
        let is_free = "attribute_not_exists(#part)";
        let writes = vec![
            Write::check(Table::Sessions, place_of(&session.member, BARRED), is_free),
            Write::put(Table::Sessions, &SessionRow::by_key(session)),
            Write::put(Table::Sessions, &SessionRow::of_member(session)),
        ];
        match self.dynamo.transact("sessions while creating one", writes).await? {
            Written::Yes => Ok(()),
            Written::No(_) => Err(SessionsError::Barred),
        }
    }

    async fn find(&self, key: &SessionKey, now: Timestamp) -> Result<Option<Session>, Unavailable> {
        let found = find(&self.dynamo, "sessions while finding one", key).await?;
        Ok(found.filter(|session| session.expires > now))
    }

    async fn of_member(
        &self,
        member: &MemberId,
        now: Timestamp,
        n: usize,
    ) -> Result<Vec<Session>, Unavailable> {
        let mut sessions = all_of(&self.dynamo, "sessions while listing a member's", member).await?;
        sessions.retain(|session| session.expires > now);
        sessions.sort_by(|one, other| other.created.cmp(&one.created).then_with(|| one.key.cmp(&other.key)));
        sessions.truncate(n);
        Ok(sessions)
    }

    async fn extend(&self, key: &SessionKey, expires: Timestamp) -> Result<(), Unavailable> {
        let what = "sessions while extending one";
        let Some(session) = find(&self.dynamo, what, key).await? else { return Ok(()) };
        let later = |place| {
            Write::update(Table::Sessions, place, "SET #expires = :expires, #gone_at = :gone_at")
                .when("attribute_exists(#part)")
                .value(":expires", n(expires.0))
                .value(":gone_at", n(gone_at(expires)))
        };
        let writes = vec![later(place(key)), later(place_of(&session.member, key.as_stored()))];
        // One that has ended meanwhile has ended.
        self.dynamo.transact(what, writes).await.map(drop)
    }

    async fn end(&self, key: &SessionKey) -> Result<(), Unavailable> {
        let what = "sessions while ending one";
        match find(&self.dynamo, what, key).await? {
            Some(session) => ended(&self.dynamo, what, &session).await,
            None => Ok(()),
        }
    }

    async fn end_others(&self, member: &MemberId, keep: Option<&SessionKey>) -> Result<(), Unavailable> {
        end_others(&self.dynamo, "sessions while ending a member's others", member, keep).await
    }

    async fn bar(&self, member: &MemberId, at: Timestamp) -> Result<bool, Unavailable> {
        let what = "sessions while barring a member";
        let row = BarredRow { part: part_of(member), entry: BARRED.to_owned(), at };
        let put = Write::put(Table::Sessions, &row).when("attribute_not_exists(#part)");
        let is_new = self.dynamo.put(what, put).await?.is_ok();
        // Afterwards: none begins any more.
        end_others(&self.dynamo, what, member, None).await?;
        Ok(is_new)
    }

    async fn unbar(&self, member: &MemberId) -> Result<bool, Unavailable> {
        let what = "sessions while letting a member in again";
        let free = Write::delete(Table::Sessions, place_of(member, BARRED)).when("attribute_exists(#part)");
        Ok(matches!(self.dynamo.transact(what, vec![free]).await?, Written::Yes))
    }
}

#[derive(Serialize, Deserialize)]
struct SessionRow {
    part: String,
    entry: String,
    key: String,
    member: MemberId,
    created: Timestamp,
    expires: Timestamp,
    device: String,
    /// When DynamoDB may forget it, in seconds since 1970.
    gone_at: u64,
}

#[derive(Serialize, Deserialize)]
struct BarredRow {
    part: String,
    entry: String,
    at: Timestamp,
}

/// Not a key: those are hexadecimal.
const BARRED: &str = ".barred";
const SESSION: &str = "session";

impl SessionRow {
    fn by_key(session: &Session) -> Self {
        Self::new(session, key_part(&session.key), SESSION)
    }

    fn of_member(session: &Session) -> Self {
        Self::new(session, part_of(&session.member), session.key.as_stored())
    }

    fn new(session: &Session, part: String, entry: &str) -> Self {
        let Session { key, member, created, expires, device } = session.clone();
        let (key, gone_at) = (key.as_stored().to_owned(), gone_at(expires));
        Self { part, entry: entry.to_owned(), key, member, created, expires, device, gone_at }
    }
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        let SessionRow { key, member, created, expires, device, .. } = row;
        Self { key: SessionKey::from_stored(key), member, created, expires, device }
    }
}

/// Ends all sessions of a member but `keep`.
pub(super) async fn end_others(
    dynamo: &Dynamo,
    what: &'static str,
    member: &MemberId,
    keep: Option<&SessionKey>,
) -> Result<(), Unavailable> {
    for session in all_of(dynamo, what, member).await? {
        if keep != Some(&session.key) {
            ended(dynamo, what, &session).await?;
        }
    }
    Ok(())
}

async fn find(dynamo: &Dynamo, what: &'static str, key: &SessionKey) -> Result<Option<Session>, Unavailable> {
    let row: Option<SessionRow> = dynamo.get(what, Table::Sessions, place(key)).await?;
    Ok(row.map(SessionRow::into))
}

/// All sessions of a member, also those that have expired and are not forgotten yet.
async fn all_of(dynamo: &Dynamo, what: &'static str, member: &MemberId) -> Result<Vec<Session>, Unavailable> {
    let rows = Query {
        what,
        table: Table::Sessions,
        // What stands with a point is none.
        condition: "#part = :part AND #entry > :point",
        values: vec![(":part", s(part_of(member))), (":point", s("/"))],
        is_reverse: false,
        most: None,
        only: None,
    };
    Ok(dynamo.query::<SessionRow>(rows).await?.into_iter().map(SessionRow::into).collect())
}

/// The key first: from then on it is nobody.
async fn ended(dynamo: &Dynamo, what: &'static str, session: &Session) -> Result<(), Unavailable> {
    dynamo.delete(what, Table::Sessions, place(&session.key)).await?;
    let entry = place_of(&session.member, session.key.as_stored());
    dynamo.delete(what, Table::Sessions, entry).await
}

fn place(session: &SessionKey) -> Item {
    key([("part", s(key_part(session))), ("entry", s(SESSION))])
}

fn place_of(member: &MemberId, entry: &str) -> Item {
    key([("part", s(part_of(member))), ("entry", s(entry))])
}

fn key_part(key: &SessionKey) -> String {
    format!("key:{}", key.as_stored())
}

fn part_of(member: &MemberId) -> String {
    format!("member:{member}")
}

fn gone_at(expires: Timestamp) -> u64 {
    expires.0.div_ceil(1000)
}
