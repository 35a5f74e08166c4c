//! The items of memberships.

use serde::{Deserialize, Serialize};

use chat::ports::{Membership, Role, Unavailable};
use protocol::{MemberId, RoomId, Sequence, Timestamp};

use super::super::{
    Dynamo, Table,
    requests::{Item, Query, key, s},
    rows::sorted,
};

/// A membership, of its member.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in super::super) struct MemberRow {
    part: String,
    pub(in super::super) entry: RoomId,
    member: MemberId,
    /// Whether it holds.
    pub(super) inside: bool,
    role: String,
    joined: Timestamp,
    since: Sequence,
    read: Sequence,
    /// Where it stands among those of the member and of the room.
    pub(super) order: u64,
    /// The number of the last beginning or end in its time line.
    pub(super) turn: u64,
}

/// Somebody in a room, in its list.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PresentRow {
    part: String,
    entry: String,
    pub(super) member: MemberId,
}

pub(super) const MEMBER: &str = "member";
pub(super) const ADMIN: &str = "admin";

impl MemberRow {
    pub(super) fn new(membership: &Membership, (order, turn): (u64, u64)) -> Self {
        let Membership { room, member, role, joined, since, read } = membership.clone();
        Self {
            part: part_of(&member),
            entry: room,
            member,
            inside: true,
            role: word(role).to_owned(),
            joined,
            since,
            read,
            order,
            turn,
        }
    }

    /// None where it has ended.
    pub(in super::super) fn membership(&self) -> Option<Membership> {
        let Self { entry: room, member, joined, since, read, .. } = self.clone();
        let role = self.role();
        self.inside.then_some(Membership { room, member, role, joined, since, read })
    }

    pub(in super::super) fn role(&self) -> Role {
        match self.role == ADMIN {
            true => Role::Admin,
            false => Role::Member,
        }
    }

    pub(super) fn member(&self) -> &MemberId {
        &self.member
    }

    /// Who it is that is in the room's list.
    pub(super) fn present(&self) -> PresentRow {
        let (part, entry) = present_place(&self.entry, self.order, &self.member);
        PresentRow { part, entry, member: self.member.clone() }
    }

    /// Where that is.
    pub(super) fn place_in_list(&self) -> Item {
        let (part, entry) = present_place(&self.entry, self.order, &self.member);
        key([("part", s(part)), ("entry", s(entry))])
    }
}

impl PresentRow {
    /// Those in a room, in the order of joining.
    pub(super) async fn of(
        dynamo: &Dynamo,
        what: &'static str,
        room: &RoomId,
        most: Option<usize>,
    ) -> Result<Vec<Self>, Unavailable> {
        let present = Query {
            what,
            table: Table::Memberships,
            condition: "#part = :part",
            values: vec![(":part", s(list_of(room)))],
            is_reverse: false,
            most,
            only: None,
        };
        dynamo.query(present).await
    }
}

/// A membership, also one that has ended.
pub(in super::super) async fn find(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
    member: &MemberId,
) -> Result<Option<MemberRow>, Unavailable> {
    dynamo.get(what, Table::Memberships, place(room, member)).await
}

/// All of a member's, also those that have ended, in the order of joining.
pub(in super::super) async fn all_of(
    dynamo: &Dynamo,
    what: &'static str,
    member: &MemberId,
) -> Result<Vec<MemberRow>, Unavailable> {
    let rows = Query {
        what,
        table: Table::Memberships,
        condition: "#part = :part",
        values: vec![(":part", s(part_of(member)))],
        is_reverse: false,
        most: None,
        only: None,
    };
    let mut rows: Vec<MemberRow> = dynamo.query(rows).await?;
    rows.sort_by_key(|row| row.order);
    Ok(rows)
}

/// Where a membership is.
pub(super) fn place(room: &RoomId, member: &MemberId) -> Item {
    key([("part", s(part_of(member))), ("entry", s(room.as_str()))])
}

/// Where it is told how many rooms a member is in.
pub(super) fn count_place(member: &MemberId) -> Item {
    key([("part", s(format!("count:{member}"))), ("entry", s("rooms"))])
}

pub(super) fn word(role: Role) -> &'static str {
    match role {
        Role::Member => MEMBER,
        Role::Admin => ADMIN,
    }
}

fn part_of(member: &MemberId) -> String {
    format!("member:{member}")
}

fn list_of(room: &RoomId) -> String {
    format!("room:{room}")
}

fn present_place(room: &RoomId, order: u64, member: &MemberId) -> (String, String) {
    (list_of(room), format!("{}:{member}", sorted(order)))
}
