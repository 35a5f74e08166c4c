//! Invitations to rooms, as items: each with its room, and by its key.

use serde::{Deserialize, Serialize};

use chat::{
    invite::InviteKey,
    ports::{Deed, Done, Invite, Invites, InvitesError, Membership, Start, Unavailable},
};
use protocol::{MemberId, RoomId, Timestamp};

use super::{
    Dynamo, Table,
    memberships::{self, MemberRow, Refused, begin, refused},
    records::recorded,
    requests::{Item, Query, key, n, s},
    rooms,
    writes::{Conflict, Write, Written},
};

/// Invitations: a handle, cheap to clone.
#[derive(Clone)]
pub struct DynamoInvites {
    dynamo: Dynamo,
}

impl DynamoInvites {
    /// The invitations kept in the tables.
    pub fn new(dynamo: &Dynamo) -> Self {
        Self { dynamo: dynamo.clone() }
    }
}

impl Invites for DynamoInvites {
    async fn create(&self, invite: &Invite, most: usize) -> Result<(), InvitesError> {
        let what = "invitations while making one";
        let deed = Deed::of(&invite.by, invite.created);
        let mut conflict = Conflict::new(what);
        loop {
            let room = rooms::find(&self.dynamo, what, &invite.room).await?;
            room.filter(|room| room.deleted.is_none()).ok_or(InvitesError::NoSuchRoom)?;
            for other in all_of(&self.dynamo, what, &invite.room).await? {
                if other.holds(invite.created).is_err() {
                    withdrawn(&self.dynamo, what, &other, None).await?;
                }
            }
            let is_there = "attribute_exists(#part) AND attribute_not_exists(#deleted)";
            let writes = vec![
                Write::check(Table::Rooms, rooms::address(&invite.room), is_there),
                Write::count_up(Table::Invites, count_place(&invite.room), most),
                Write::put(Table::Invites, &InviteRow::from(invite)),
                Write::put(Table::Invites, &KeyRow::of(invite)),
                recorded(&invite.room, &deed, &Done::Invited),
            ];
            match self.dynamo.transact(what, writes).await? {
                Written::Yes => return Ok(()),
                Written::No(places) if places.contains(&0) => return Err(InvitesError::NoSuchRoom),
                Written::No(places) if places.contains(&1) => return Err(InvitesError::TooMany),
                Written::No(_) => conflict.wait().await?,
            }
        }
    }

    async fn list(&self, room: &RoomId) -> Result<Vec<Invite>, Unavailable> {
        let mut invites = all_of(&self.dynamo, "invitations while listing a room's", room).await?;
        invites.sort_by(|one, other| {
            other.created.cmp(&one.created).then_with(|| one.key.as_stored().cmp(other.key.as_stored()))
        });
        Ok(invites)
    }

    async fn find(&self, key: &InviteKey) -> Result<Option<Invite>, Unavailable> {
        find(&self.dynamo, "invitations while finding one", key).await
    }

    async fn withdraw(&self, room: &RoomId, key: &InviteKey, deed: &Deed) -> Result<(), Unavailable> {
        let what = "invitations while withdrawing one";
        match find(&self.dynamo, what, key).await?.filter(|invite| invite.room == *room) {
            Some(invite) => withdrawn(&self.dynamo, what, &invite, Some(deed)).await,
            None => Ok(()),
        }
    }

    async fn redeem(
        &self,
        key: &InviteKey,
        member: &MemberId,
        start: &Start,
    ) -> Result<Membership, InvitesError> {
        let what = "invitations while redeeming one";
        let mut conflict = Conflict::new(what);
        loop {
            let invite = find(&self.dynamo, what, key).await?.ok_or(InvitesError::NoSuchInvite)?;
            let before = memberships::find(&self.dynamo, what, &invite.room, member).await?;
            if let Some(membership) = before.as_ref().and_then(MemberRow::membership) {
                return Ok(membership);
            }
            invite.holds(start.at)?;
            let begun = begin(&self.dynamo, what, ((&invite.room, member), before, start)).await?;
            let (membership, mut writes) = begun.ok_or(InvitesError::NoSuchInvite)?;
            writes.push(
                Write::update(Table::Invites, place(&invite), "SET #uses = #uses + :one")
                    .when("attribute_exists(#part) AND #uses < #uses_max")
                    .value(":one", n(1)),
            );
            match self.dynamo.transact(what, writes).await? {
                Written::Yes => return Ok(membership),
                Written::No(places) => match refused(&places) {
                    Some(Refused::TooMany) => return Err(InvitesError::TooManyRooms),
                    Some(Refused::NoSuchRoom) => return Err(InvitesError::NoSuchInvite),
                    None => conflict.wait().await?,
                },
            }
        }
    }
}

#[derive(Serialize, Deserialize)]
struct InviteRow {
    part: String,
    entry: String,
    room: RoomId,
    by: MemberId,
    created: Timestamp,
    expires: Timestamp,
    uses: u32,
    uses_max: u32,
}

#[derive(Serialize, Deserialize)]
struct KeyRow {
    part: String,
    entry: String,
    room: RoomId,
}

impl KeyRow {
    fn of(invite: &Invite) -> Self {
        let room = invite.room.clone();
        Self { part: key_part(&invite.key), entry: ROOM.to_owned(), room }
    }
}

impl From<&Invite> for InviteRow {
    fn from(invite: &Invite) -> Self {
        let Invite { key, room, by, created, expires, uses, uses_max } = invite.clone();
        let (part, entry) = (part_of(&room), key.as_stored().to_owned());
        Self { part, entry, room, by, created, expires, uses, uses_max }
    }
}

impl From<InviteRow> for Invite {
    fn from(row: InviteRow) -> Self {
        let InviteRow { part: _, entry, room, by, created, expires, uses, uses_max } = row;
        Self { key: InviteKey::from_stored(entry), room, by, created, expires, uses, uses_max }
    }
}

/// Lets go of the invitations to a room that a member made.
pub(super) async fn withdraw_all_of(
    dynamo: &Dynamo,
    room: &RoomId,
    maker: &MemberId,
) -> Result<(), Unavailable> {
    withdraw_where(dynamo, room, |invite| invite.by == *maker).await
}

/// Lets go of all invitations to a room.
pub(super) async fn withdraw_all(dynamo: &Dynamo, room: &RoomId) -> Result<(), Unavailable> {
    withdraw_where(dynamo, room, |_| true).await
}

async fn withdraw_where(
    dynamo: &Dynamo,
    room: &RoomId,
    goes: impl Fn(&Invite) -> bool,
) -> Result<(), Unavailable> {
    let what = "invitations while withdrawing some";
    for invite in all_of(dynamo, what, room).await?.into_iter().filter(goes) {
        withdrawn(dynamo, what, &invite, None).await?;
    }
    Ok(())
}

/// Lets go of an invitation, and records who did it. Nothing for one that went meanwhile.
async fn withdrawn(
    dynamo: &Dynamo,
    what: &'static str,
    invite: &Invite,
    deed: Option<&Deed>,
) -> Result<(), Unavailable> {
    let mut conflict = Conflict::new(what);
    loop {
        let mut writes = vec![
            Write::delete(Table::Invites, place(invite)).when("attribute_exists(#part)"),
            Write::delete(Table::Invites, key_place(&invite.key)),
            Write::count_down(Table::Invites, count_place(&invite.room)),
        ];
        writes.extend(deed.map(|deed| recorded(&invite.room, deed, &Done::Withdrew)));
        match dynamo.transact(what, writes).await? {
            Written::Yes => return Ok(()),
            Written::No(places) if places.contains(&0) => return Ok(()),
            Written::No(_) => conflict.wait().await?,
        }
    }
}

async fn find(dynamo: &Dynamo, what: &'static str, key: &InviteKey) -> Result<Option<Invite>, Unavailable> {
    let Some(KeyRow { room, .. }) = dynamo.get(what, Table::Invites, key_place(key)).await? else {
        return Ok(None);
    };
    let row: Option<InviteRow> = dynamo.get(what, Table::Invites, entry_of(&room, key.as_stored())).await?;
    Ok(row.map(InviteRow::into))
}

async fn all_of(dynamo: &Dynamo, what: &'static str, room: &RoomId) -> Result<Vec<Invite>, Unavailable> {
    let rows = Query {
        what,
        table: Table::Invites,
        // What stands with a point is none.
        condition: "#part = :part AND #entry > :point",
        values: vec![(":part", s(part_of(room))), (":point", s("/"))],
        is_reverse: false,
        most: None,
        only: None,
    };
    Ok(dynamo.query::<InviteRow>(rows).await?.into_iter().map(InviteRow::into).collect())
}

const ROOM: &str = "room";

fn place(invite: &Invite) -> Item {
    entry_of(&invite.room, invite.key.as_stored())
}

fn count_place(room: &RoomId) -> Item {
    entry_of(room, ".count")
}

fn entry_of(room: &RoomId, entry: &str) -> Item {
    key([("part", s(part_of(room))), ("entry", s(entry))])
}

fn key_place(invite: &InviteKey) -> Item {
    key([("part", s(key_part(invite))), ("entry", s(ROOM))])
}

fn key_part(key: &InviteKey) -> String {
    format!("key:{}", key.as_stored())
}

fn part_of(room: &RoomId) -> String {
    format!("room:{room}")
}
