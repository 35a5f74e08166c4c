//! What goes for good, as items in a queue.
//!
//! What takes more writes than a transaction holds is decided in one, with an item in the queue; the rest follows step by
//! step, and whoever asks for what is pending goes on with it.

use serde::{Deserialize, Serialize};

use chat::ports::{
    Deed, Done, Erased, Erasure, Erasures, ErasuresError, Legacy, MembershipsError, Role, Unavailable,
};
use protocol::{MemberId, RoomId, Sequence, Timestamp};

use super::{
    Dynamo, Table, invites, log, members,
    memberships::{self, MemberRow, demotion},
    records::recorded,
    requests::{Item, Query, bool, key, n, s},
    rooms,
    rows::{order, sorted},
    sessions,
    writes::{Conflict, Write, Written},
};

/// What goes for good: a handle, cheap to clone.
#[derive(Clone)]
pub struct DynamoErasures {
    dynamo: Dynamo,
}

impl DynamoErasures {
    /// The erasures kept in the tables.
    pub fn new(dynamo: &Dynamo) -> Self {
        Self { dynamo: dynamo.clone() }
    }
}

impl Erasures for DynamoErasures {
    async fn delete_room(&self, room: &RoomId, deed: &Deed) -> Result<(), ErasuresError> {
        let what = "erasures while deleting a room";
        let mut conflict = Conflict::new(what);
        loop {
            let row = rooms::find(&self.dynamo, what, room).await?;
            let row = row.filter(|row| row.deleted.is_none()).ok_or(ErasuresError::NoSuchRoom)?;
            let heads = log::heads(&self.dynamo, what, room).await?.ok_or(ErasuresError::NoSuchRoom)?;
            let job = Job::Room { room: room.clone(), ends: true, head: heads.messages };
            let job = JobRow::new(sorted(order()), job, deed.at);
            let mut writes = vec![
                Write::update(Table::Rooms, rooms::address(room), "SET #deleted = :at REMOVE #name, #topic")
                    .when("attribute_not_exists(#deleted)")
                    .value(":at", n(deed.at.0)),
                recorded(room, deed, &Done::Deleted),
                Write::put(Table::Erasures, &job),
            ];
            if !row.is_private() {
                writes.push(Write::delete(Table::Rooms, rooms::listed(room)));
            }
            if let Written::Yes = self.dynamo.transact(what, writes).await? {
                return Ok(self.end_room(what, &job, (room, heads.messages)).await?);
            }
            conflict.wait().await?;
        }
    }

    async fn delete_member(
        &self,
        member: &MemberId,
        legacy: Legacy,
        at: Timestamp,
    ) -> Result<Vec<RoomId>, ErasuresError> {
        let what = "erasures while deleting a member";
        let mut conflict = Conflict::new(what);
        loop {
            let account = members::find(&self.dynamo, what, member).await?;
            let account = account.ok_or(ErasuresError::NoSuchMember)?;
            let rows = memberships::all_of(&self.dynamo, what, member).await?;
            let inside: Vec<MemberRow> = rows.into_iter().filter(|row| row.membership().is_some()).collect();
            let administered: Vec<&MemberRow> =
                inside.iter().filter(|row| row.role() == Role::Admin).collect();
            let job = Job::Member { member: member.clone(), goes: legacy == Legacy::Goes };
            let job = JobRow::new(sorted(order()), job, at);
            let mut writes = vec![Write::put(Table::Erasures, &job)];
            writes.extend(members::gone(&account));
            let (now, before) = administered.split_at(administered.len().min(AT_ONCE));
            self.demote_all(what, before).await?;
            writes.extend(now.iter().flat_map(|row| demotion(row)));
            if let Written::Yes = self.dynamo.transact(what, writes).await? {
                self.end_member(what, &job, (member, legacy == Legacy::Goes)).await?;
                return Ok(inside.into_iter().map(|row| row.entry).collect());
            }
            for row in now {
                self.refuse_last_admin(what, &row.entry).await?;
            }
            conflict.wait().await?;
        }
    }

    async fn pending(&self) -> Result<Option<Erasure>, Unavailable> {
        let what = "erasures while looking for one";
        loop {
            let Some(row) = self.jobs(what, Some(1)).await?.pop() else { return Ok(None) };
            match &row.job {
                Job::Room { room, ends: true, head } => self.end_room(what, &row, (room, *head)).await?,
                Job::Member { member, goes } => self.end_member(what, &row, (member, *goes)).await?,
                Job::Room { room, ends: false, .. } => {
                    return Ok(Some(row.erasure(room.clone(), Erased::Everything)));
                }
                Job::Texts { room, member } => {
                    return Ok(Some(row.erasure(room.clone(), Erased::TextsOf(member.clone()))));
                }
            }
        }
    }

    async fn advance(&self, erasure: &Erasure) -> Result<(), Unavailable> {
        let what = "erasures while advancing one";
        let Some(place) = self.place_of(what, erasure).await? else { return Ok(()) };
        let write = Write::update(Table::Erasures, place, "SET #upto = :upto")
            .when("attribute_exists(#queue)")
            .value(":upto", n(erasure.upto.0));
        // One that is finished meanwhile is finished.
        self.dynamo.update(what, write).await.map(drop)
    }

    async fn finish(&self, erasure: &Erasure) -> Result<(), Unavailable> {
        let what = "erasures while finishing one";
        match self.place_of(what, erasure).await? {
            Some(place) => self.dynamo.delete(what, Table::Erasures, place).await,
            None => Ok(()),
        }
    }
}

/// Rooms whose admin goes that fit the transaction which decides it: two writes each, and three of its own.
const AT_ONCE: usize = 48;

impl DynamoErasures {
    /// Of more rooms than fit the transaction that decides it, an admin who goes is a member only, before.
    async fn demote_all(&self, what: &'static str, rows: &[&MemberRow]) -> Result<(), ErasuresError> {
        for row in rows {
            if let Written::No(_) = self.dynamo.transact(what, demotion(row).into()).await? {
                self.refuse_last_admin(what, &row.entry).await?;
            }
        }
        Ok(())
    }

    async fn refuse_last_admin(&self, what: &'static str, room: &RoomId) -> Result<(), ErasuresError> {
        match rooms::find(&self.dynamo, what, room).await? {
            Some(row) if row.deleted.is_none() && row.admins <= 1 => {
                Err(ErasuresError::LastAdmin { room: room.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Ends a deleted room's log, and what its members had of it; the log is then left to be erased. Where the end of the log
    /// was a condition of the deletion itself, a room in which others never stop writing could not be deleted.
    async fn end_room(
        &self,
        what: &'static str,
        job: &JobRow,
        (room, head): (&RoomId, Sequence),
    ) -> Result<(), Unavailable> {
        log::seal(&self.dynamo, what, room).await?;
        memberships::end_all(&self.dynamo, what, room, (head, job.begun)).await?;
        invites::withdraw_all(&self.dynamo, room).await?;
        let ended = Write::update(Table::Erasures, job.place(), "SET #job.#room.#ends = :no")
            .when("attribute_exists(#queue)")
            .value(":no", bool(false));
        self.dynamo.update(what, ended).await.map(drop)
    }

    /// Ends what a deleted member had; their texts are then left to be erased, where they go.
    async fn end_member(
        &self,
        what: &'static str,
        job: &JobRow,
        (member, goes): (&MemberId, bool),
    ) -> Result<(), Unavailable> {
        sessions::end_others(&self.dynamo, what, member, None).await?;
        let deed = Deed::of(member, job.begun);
        for row in memberships::all_of(&self.dynamo, what, member).await? {
            let room = row.entry;
            let ended = memberships::end(&self.dynamo, what, (&room, member), &deed).await;
            // Else made the last admin in the meantime: the room keeps a former member as that.
            if let Err(MembershipsError::Unavailable(error)) = ended {
                return Err(error);
            }
            invites::withdraw_all_of(&self.dynamo, &room, member).await?;
            if goes {
                let texts = Job::Texts { room: room.clone(), member: member.clone() };
                let row = JobRow::new(format!("{}:{room}", job.order), texts, job.now());
                let put = Write::put(Table::Erasures, &row).when("attribute_not_exists(#queue)");
                // There already, where this was interrupted.
                let _ = self.dynamo.put(what, put).await?;
            }
        }
        self.dynamo.delete(what, Table::Erasures, job.place()).await
    }

    async fn jobs(&self, what: &'static str, most: Option<usize>) -> Result<Vec<JobRow>, Unavailable> {
        let jobs = Query {
            what,
            table: Table::Erasures,
            condition: "#queue = :queue",
            values: vec![(":queue", s(QUEUE))],
            is_reverse: false,
            most,
            only: None,
        };
        self.dynamo.query(jobs).await
    }

    async fn place_of(&self, what: &'static str, erasure: &Erasure) -> Result<Option<Item>, Unavailable> {
        let jobs = self.jobs(what, None).await?;
        Ok(jobs.iter().find(|row| row.job.is_of(erasure)).map(JobRow::place))
    }
}

#[derive(Serialize, Deserialize)]
struct JobRow {
    queue: String,
    order: String,
    job: Job,
    upto: Sequence,
    /// When, and for texts since when there are no more of them.
    begun: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Job {
    /// A room's log is erased, once that and what its members had of it has ended. `head` was its last message when it was
    /// deleted.
    Room { room: RoomId, ends: bool, head: Sequence },
    /// What a member had ends.
    Member { member: MemberId, goes: bool },
    /// A former member's texts in a room are erased.
    Texts { room: RoomId, member: MemberId },
}

const QUEUE: &str = "all";

impl JobRow {
    fn new(order: String, job: Job, begun: Timestamp) -> Self {
        Self { queue: QUEUE.to_owned(), order, job, upto: Sequence::ZERO, begun }
    }

    /// The time, by the clock that it was begun by: to end what a member had may have taken long.
    fn now(&self) -> Timestamp {
        let took = self.order.parse().map_or(0, |began: u64| order().saturating_sub(began) / 1_000);
        Timestamp(self.begun.0 + took)
    }

    fn place(&self) -> Item {
        key([("queue", s(QUEUE)), ("order", s(self.order.as_str()))])
    }

    fn erasure(&self, room: RoomId, what: Erased) -> Erasure {
        Erasure { room, what, upto: self.upto, begun: self.begun }
    }
}

impl Job {
    fn is_of(&self, erasure: &Erasure) -> bool {
        match (self, &erasure.what) {
            (Self::Room { room, .. }, Erased::Everything) => *room == erasure.room,
            (Self::Texts { room, member }, Erased::TextsOf(of)) => *room == erasure.room && member == of,
            _ => false,
        }
    }
}
