//! The rooms, as rows.

use rusqlite::{Connection, OptionalExtension, Row, params};

use chat::ports::{Deed, Done, Membership, MembershipsError, Role, Rooms, RoomsError, Start, Unavailable};
use protocol::{MemberId, RoomId, RoomInfo, Timestamp};

use crate::{
    database::{Database, Failed},
    memberships,
    records::record,
    rows::{limit, stored, text},
};

/// The rooms: a handle, cheap to clone.
#[derive(Clone)]
pub struct SqliteRooms {
    database: Database,
}

impl SqliteRooms {
    /// The rooms kept in a database.
    pub fn new(database: &Database) -> Self {
        Self { database: database.clone() }
    }
}

impl Rooms for SqliteRooms {
    async fn create(&self, room: &RoomInfo, at: Timestamp) -> Result<(), RoomsError> {
        let room = room.clone();
        let created = self.database.write("rooms while creating one", move |connection| {
            match insert(connection, &room, at)? {
                0 => Err(Failed::Refused(RoomsError::Exists)),
                _ => Ok(()),
            }
        });
        created.await
    }

    async fn create_by(
        &self,
        room: &RoomInfo,
        founder: &MemberId,
        start: &Start,
    ) -> Result<Membership, RoomsError> {
        let (room, founder, start) = (room.clone(), founder.clone(), start.clone());
        let created = self.database.write("rooms while creating one", move |connection| {
            if insert(connection, &room, start.at)? == 0 {
                return Err(Failed::Refused(RoomsError::Exists));
            }
            record(connection, &room.id, &Deed::of(&founder, start.at), &Done::Created)?;
            memberships::begin(connection, (&room.id, &founder), Role::Admin, &start).map_err(|failed| {
                match failed {
                    Failed::Engine(error) => Failed::Engine(error),
                    Failed::Refused(MembershipsError::TooMany) => Failed::Refused(RoomsError::TooMany),
                    Failed::Refused(_) => Failed::Refused(RoomsError::NoSuchRoom),
                }
            })
        });
        created.await
    }

    async fn find(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        let room = room.clone();
        let found =
            self.database.read("rooms while finding one", move |connection| Ok(find(connection, &room)?));
        found.await
    }

    async fn find_public(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        let room = room.clone();
        let found = self.database.read("rooms while finding a public one", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, topic, private FROM rooms WHERE id = ?1 AND private = 0 AND deleted IS NULL",
            )?;
            Ok(statement.query_row([room.as_str()], to_room).optional()?)
        });
        found.await
    }

    async fn list(&self, after: Option<&RoomId>, n: usize) -> Result<Vec<RoomInfo>, Unavailable> {
        let after = after.map_or(String::new(), |room| room.as_str().to_owned()); // Every address is after none.
        let listed = self.database.read("rooms while listing them", move |connection| {
            let mut statement = connection.prepare_cached(
                "SELECT id, name, topic, private FROM rooms
                 WHERE id > ?1 AND private = 0 AND deleted IS NULL ORDER BY id LIMIT ?2",
            )?;
            let rooms: rusqlite::Result<_> = statement.query_map((after, limit(n)), to_room)?.collect();
            Ok(rooms?)
        });
        listed.await
    }

    async fn describe(&self, room: &RoomInfo, deed: &Deed) -> Result<(), RoomsError> {
        let (room, deed) = (room.clone(), deed.clone());
        let described = self.database.write("rooms while describing one", move |connection| {
            let before = find(connection, &room.id)?.ok_or(Failed::Refused(RoomsError::NoSuchRoom))?;
            let mut statement =
                connection.prepare_cached("UPDATE rooms SET name = ?2, topic = ?3 WHERE id = ?1")?;
            statement.execute((room.id.as_str(), room.name.as_str(), room.topic.as_str()))?;
            if before.name != room.name {
                record(connection, &room.id, &deed, &Done::Renamed(room.name))?;
            }
            if before.topic != room.topic {
                record(connection, &room.id, &deed, &Done::Retopiced(room.topic))?;
            }
            Ok(())
        });
        described.await
    }
}

fn find(connection: &Connection, room: &RoomId) -> rusqlite::Result<Option<RoomInfo>> {
    let mut statement = connection
        .prepare_cached("SELECT id, name, topic, private FROM rooms WHERE id = ?1 AND deleted IS NULL")?;
    statement.query_row([room.as_str()], to_room).optional()
}

/// How many were inserted: none when the address is taken.
fn insert(connection: &Connection, room: &RoomInfo, at: Timestamp) -> rusqlite::Result<usize> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO rooms (id, name, topic, private, created) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (id) DO NOTHING",
    )?;
    let RoomInfo { id, name, topic, private } = room;
    statement.execute(params![id.as_str(), name.as_str(), topic.as_str(), private, stored(at.0)])
}

fn to_room(row: &Row<'_>) -> rusqlite::Result<RoomInfo> {
    Ok(RoomInfo { id: text(row, 0)?, name: text(row, 1)?, topic: text(row, 2)?, private: row.get(3)? })
}
