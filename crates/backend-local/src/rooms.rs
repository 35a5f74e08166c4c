//! The rooms, as rows.

use rusqlite::{OptionalExtension, Row, params};

use chat::ports::{Rooms, RoomsError, Unavailable};
use protocol::{RoomId, RoomInfo, Timestamp};

use crate::{
    database::{Database, Failed},
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
            let mut statement = connection.prepare_cached(
                "INSERT INTO rooms (id, name, topic, created) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO NOTHING",
            )?;
            let RoomInfo { id, name, topic } = &room;
            match statement.execute(params![id.as_str(), name.as_str(), topic.as_str(), stored(at.0)])? {
                0 => Err(Failed::Refused(RoomsError::Exists)),
                _ => Ok(()),
            }
        });
        created.await
    }

    async fn find(&self, room: &RoomId) -> Result<Option<RoomInfo>, Unavailable> {
        let room = room.clone();
        let found = self.database.read("rooms while finding one", move |connection| {
            let mut statement =
                connection.prepare_cached("SELECT id, name, topic FROM rooms WHERE id = ?1")?;
            Ok(statement.query_row([room.as_str()], to_room).optional()?)
        });
        found.await
    }

    async fn list(&self, after: Option<&RoomId>, n: usize) -> Result<Vec<RoomInfo>, Unavailable> {
        let after = after.map_or(String::new(), |room| room.as_str().to_owned()); // Every address is after none.
        let listed = self.database.read("rooms while listing them", move |connection| {
            let mut statement = connection
                .prepare_cached("SELECT id, name, topic FROM rooms WHERE id > ?1 ORDER BY id LIMIT ?2")?;
            let rooms: rusqlite::Result<_> = statement.query_map((after, limit(n)), to_room)?.collect();
            Ok(rooms?)
        });
        listed.await
    }
}

fn to_room(row: &Row<'_>) -> rusqlite::Result<RoomInfo> {
    Ok(RoomInfo { id: text(row, 0)?, name: text(row, 1)?, topic: text(row, 2)? })
}
