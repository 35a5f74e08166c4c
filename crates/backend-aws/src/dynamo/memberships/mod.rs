//! Who is in which room, as items: each membership with its member, and in the room's list.

mod begin;
mod end;
mod rows;

use chat::ports::{Deed, Done, Membership, Memberships, MembershipsError, Role, Start, Unavailable};
use protocol::{MemberId, RoomId, Sequence};

pub(super) use self::{
    begin::{Refused, begin, founded, refused},
    end::{demotion, end, end_all},
    rows::{MemberRow, all_of, find},
};
use self::{
    end::{demoted, role_set},
    rows::{PresentRow, place},
};
use super::{
    Dynamo, Table,
    records::recorded,
    requests::{bool, n, row},
    rooms,
    writes::{Conflict, Write, Written},
};

/// Memberships: a handle, cheap to clone.
///
/// A membership that has ended keeps its item: its time line is numbered there, so that it cannot begin twice.
#[derive(Clone)]
pub struct DynamoMemberships {
    dynamo: Dynamo,
}

impl DynamoMemberships {
    /// The memberships kept in the tables.
    pub fn new(dynamo: &Dynamo) -> Self {
        Self { dynamo: dynamo.clone() }
    }
}

impl Memberships for DynamoMemberships {
    async fn join(
        &self,
        room: &RoomId,
        member: &MemberId,
        start: &Start,
    ) -> Result<Membership, MembershipsError> {
        let what = "memberships while joining";
        let mut conflict = Conflict::new(what);
        loop {
            let before = find(&self.dynamo, what, room, member).await?;
            if let Some(membership) = before.as_ref().and_then(MemberRow::membership) {
                return Ok(membership);
            }
            let begun = begin(&self.dynamo, what, ((room, member), before, start)).await?;
            let (membership, mut writes) = begun.ok_or(MembershipsError::NoSuchRoom)?;
            if let Some(by) = &start.added_by {
                writes.push(recorded(room, &Deed::of(by, start.at), &Done::Added(member.clone())));
            }
            match self.dynamo.transact(what, writes).await? {
                Written::Yes => return Ok(membership),
                Written::No(places) => match refused(&places) {
                    Some(Refused::TooMany) => return Err(MembershipsError::TooMany),
                    Some(Refused::NoSuchRoom) => return Err(MembershipsError::NoSuchRoom),
                    None => conflict.wait().await?,
                },
            }
        }
    }

    async fn leave(
        &self,
        room: &RoomId,
        member: &MemberId,
        deed: &Deed,
    ) -> Result<Option<Sequence>, MembershipsError> {
        end(&self.dynamo, "memberships while leaving", (room, member), deed).await
    }

    async fn set_role(
        &self,
        room: &RoomId,
        member: &MemberId,
        role: Role,
        deed: &Deed,
    ) -> Result<(), MembershipsError> {
        let what = "memberships while setting a role";
        let mut conflict = Conflict::new(what);
        loop {
            let before = find(&self.dynamo, what, room, member).await?;
            let before = before.filter(|before| before.inside).ok_or(MembershipsError::NotInRoom)?;
            if before.role() == role {
                return Ok(());
            }
            let (counted, done) = match role {
                Role::Admin => (
                    Write::update(Table::Rooms, rooms::address(room), "SET #admins = #admins + :one")
                        .when("attribute_not_exists(#deleted)"),
                    Done::Promoted(member.clone()),
                ),
                Role::Member => (demoted(room), Done::Demoted(member.clone())),
            };
            let writes =
                vec![role_set(&before, role), counted.value(":one", n(1)), recorded(room, deed, &done)];
            match self.dynamo.transact(what, writes).await? {
                Written::Yes => return Ok(()),
                Written::No(places) if places.contains(&1) => {
                    let row = rooms::find(&self.dynamo, what, room).await?;
                    match row.filter(|row| row.deleted.is_none()) {
                        None => return Err(MembershipsError::NotInRoom),
                        Some(row) if row.admins <= 1 => return Err(MembershipsError::LastAdmin),
                        Some(_) => conflict.wait().await?,
                    }
                }
                Written::No(_) => conflict.wait().await?,
            }
        }
    }

    async fn find(&self, room: &RoomId, member: &MemberId) -> Result<Option<Membership>, Unavailable> {
        let found = find(&self.dynamo, "memberships while finding one", room, member).await?;
        Ok(found.as_ref().and_then(MemberRow::membership))
    }

    async fn find_all(&self, room: &RoomId, members: &[MemberId]) -> Result<Vec<Membership>, Unavailable> {
        let places = members.iter().map(|member| place(room, member)).collect();
        let what = "memberships while finding some";
        let rows: Vec<MemberRow> = self.dynamo.get_all(what, Table::Memberships, places).await?;
        Ok(rows.iter().filter_map(MemberRow::membership).collect())
    }

    async fn of_member(&self, member: &MemberId) -> Result<Vec<Membership>, Unavailable> {
        let rows = all_of(&self.dynamo, "memberships while listing a member's", member).await?;
        Ok(rows.iter().filter_map(MemberRow::membership).collect())
    }

    async fn of_room(
        &self,
        room: &RoomId,
        n_members: usize,
    ) -> Result<(usize, Vec<Membership>), Unavailable> {
        let what = "memberships while listing a room's";
        let row = rooms::find(&self.dynamo, what, room).await?;
        let Some(row) = row.filter(|row| row.deleted.is_none()) else { return Ok((0, Vec::new())) };
        let present = PresentRow::of(&self.dynamo, what, room, Some(n_members)).await?;
        let places = present.iter().map(|present| place(room, &present.member)).collect();
        let mut rows: Vec<MemberRow> = self.dynamo.get_all(what, Table::Memberships, places).await?;
        rows.sort_by_key(|row| row.order);
        let count = usize::try_from(row.members).expect("fewer than fit an address space");
        Ok((count, rows.iter().filter_map(MemberRow::membership).collect()))
    }

    async fn read(
        &self,
        room: &RoomId,
        member: &MemberId,
        upto: Sequence,
    ) -> Result<Option<Sequence>, Unavailable> {
        let what = "memberships while moving a read cursor";
        let write = Write::update(Table::Memberships, place(room, member), "SET #read = :upto")
            .when("#inside = :yes AND #read < :upto")
            .value(":yes", bool(true))
            .value(":upto", n(upto.0));
        match self.dynamo.update(what, write).await? {
            Ok(()) => Ok(Some(upto)),
            Err(None) => Ok(None),
            // It is there already or farther, or nobody is inside.
            Err(Some(there)) => {
                let there: MemberRow = row(what, there)?;
                Ok(there.membership().map(|membership| membership.read))
            }
        }
    }
}
