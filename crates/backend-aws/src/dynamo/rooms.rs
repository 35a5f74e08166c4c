//! The rooms, as items: each at its address, with how many are in it; a public one also in the list.

use serde::{Deserialize, Serialize};

use chat::ports::{Deed, Done, Membership, Rooms, RoomsError, Start, Unavailable};
use protocol::{MemberId, RoomId, RoomInfo, RoomName, Timestamp, Topic};

use super::{
    Dynamo, Table,
    log::begun,
    memberships::{self, Refused},
    records::recorded,
    requests::{Item, Query, key, s},
    writes::{Conflict, Write, Written},
};

/// The rooms: a handle, cheap to clone.
#[derive(Clone)]
pub struct DynamoRooms {
    dynamo: Dynamo,
}

impl DynamoRooms {
    /// The rooms kept in the tables.
    pub fn new(dynamo: &Dynamo) -> Self {
        Self { dynamo: dynamo.clone() }
    }
}

impl Rooms for DynamoRooms {
    async fn create(&self, room: &RoomInfo, at: Timestamp) -> Result<(), RoomsError> {
        match self.dynamo.transact("rooms while creating one", made(room, at, 0)).await? {
            Written::Yes => Ok(()),
            Written::No(_) => Err(RoomsError::Exists),
        }
    }

    async fn create_by(
        &self,
        room: &RoomInfo,
        founder: &MemberId,
        start: &Start,
    ) -> Result<Membership, RoomsError> {
        let what = "rooms while creating one";
        let mut conflict = Conflict::new(what);
        loop {
            let (membership, writes) = memberships::founded(room, founder, start);
            let n_own = writes.len();
            let mut all = writes;
            all.push(recorded(&room.id, &Deed::of(founder, start.at), &Done::Created));
            all.extend(made(room, start.at, 1));
            match self.dynamo.transact(what, all).await? {
                Written::Yes => return Ok(membership),
                Written::No(places) if places.iter().any(|place| *place > n_own) => {
                    return Err(RoomsError::Exists);
                }
                Written::No(places) => match memberships::refused(&places) {
                    Some(Refused::TooMany) => return Err(RoomsError::TooMany),
                    // A number that another act had.
                    _ => conflict.wait().await?,
                },
            }
        }
    }

    async fn find(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        Ok(find(&self.dynamo, "rooms while finding one", room).await?.and_then(RoomRow::info))
    }

    async fn find_public(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        let listed =
            self.dynamo.get::<ListedRow>("rooms while finding a public one", Table::Rooms, listed(room));
        Ok(listed.await?.map(ListedRow::into))
    }

    async fn list(&self, after: Option<&RoomId>, n: usize) -> Result<Vec<RoomInfo>, Unavailable> {
        // Every address is after a space.
        let after = after.map_or(" ", RoomId::as_str);
        let rooms = Query {
            what: "rooms while listing them",
            table: Table::Rooms,
            condition: "#part = :part AND #entry > :after",
            values: vec![(":part", s(PUBLIC)), (":after", s(after))],
            is_reverse: false,
            most: Some(n),
            only: None,
        };
        Ok(self.dynamo.query::<ListedRow>(rooms).await?.into_iter().map(ListedRow::into).collect())
    }

    async fn describe(&self, room: &RoomInfo, deed: &Deed) -> Result<(), RoomsError> {
        let what = "rooms while describing one";
        let mut conflict = Conflict::new(what);
        loop {
            let before = find(&self.dynamo, what, &room.id).await?.and_then(RoomRow::info);
            let before = before.ok_or(RoomsError::NoSuchRoom)?;
            let mut writes = vec![described(address(&room.id), room, &before)];
            if !before.private {
                writes.push(described(listed(&room.id), room, &before));
            }
            if before.name != room.name {
                writes.push(recorded(&room.id, deed, &Done::Renamed(room.name.clone())));
            }
            if before.topic != room.topic {
                writes.push(recorded(&room.id, deed, &Done::Retopiced(room.topic.clone())));
            }
            if let Written::Yes = self.dynamo.transact(what, writes).await? {
                return Ok(());
            }
            conflict.wait().await?;
        }
    }
}

/// A room, deleted ones too: an address is not given twice.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RoomRow {
    part: String,
    entry: String,
    id: RoomId,
    /// None of a deleted room's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<RoomName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic: Option<Topic>,
    private: bool,
    created: Timestamp,
    /// How many are in it.
    pub(super) members: u64,
    /// How many of them are admins.
    pub(super) admins: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deleted: Option<Timestamp>,
}

/// A public room, in the list.
#[derive(Debug, Serialize, Deserialize)]
struct ListedRow {
    part: String,
    entry: RoomId,
    name: RoomName,
    topic: Topic,
}

impl RoomRow {
    /// None for a deleted one.
    fn info(self) -> Option<RoomInfo> {
        let Self { id, name: Some(name), topic: Some(topic), private, deleted: None, .. } = self else {
            return None;
        };
        Some(RoomInfo { id, name, topic, private })
    }

    pub(super) fn is_private(&self) -> bool {
        self.private
    }
}

impl From<ListedRow> for RoomInfo {
    fn from(row: ListedRow) -> Self {
        Self { id: row.entry, name: row.name, topic: row.topic, private: false }
    }
}

/// A room at its address, also a deleted one.
pub(super) async fn find(
    dynamo: &Dynamo,
    what: &'static str,
    room: &RoomId,
) -> Result<Option<RoomRow>, Unavailable> {
    dynamo.get(what, Table::Rooms, address(room)).await
}

/// Where a room is.
pub(super) fn address(room: &RoomId) -> Item {
    key([("part", s(format!("room:{room}"))), ("entry", s("room"))])
}

/// Where a public room is listed.
pub(super) fn listed(room: &RoomId) -> Item {
    key([("part", s(PUBLIC)), ("entry", s(room.as_str()))])
}

const PUBLIC: &str = "public";

/// Makes a room with an empty log, where no other has that address.
fn made(room: &RoomInfo, at: Timestamp, n_admins: u64) -> Vec<Write> {
    let RoomInfo { id, name, topic, private } = room.clone();
    let row = RoomRow {
        part: format!("room:{id}"),
        entry: "room".to_owned(),
        id: id.clone(),
        name: Some(name.clone()),
        topic: Some(topic.clone()),
        private,
        created: at,
        members: n_admins,
        admins: n_admins,
        deleted: None,
    };
    let mut writes = vec![Write::put(Table::Rooms, &row).when("attribute_not_exists(#part)")];
    writes.extend(begun(&id));
    if !private {
        let row = ListedRow { part: PUBLIC.to_owned(), entry: id, name, topic };
        writes.push(Write::put(Table::Rooms, &row));
    }
    writes
}

/// Describes a room anew, if it is still as it was.
fn described(place: Item, room: &RoomInfo, before: &RoomInfo) -> Write {
    Write::update(Table::Rooms, place, "SET #name = :name, #topic = :topic")
        .when("#name = :name_before AND #topic = :topic_before")
        .value(":name", s(room.name.as_str()))
        .value(":topic", s(room.topic.as_str()))
        .value(":name_before", s(before.name.as_str()))
        .value(":topic_before", s(before.topic.as_str()))
}
