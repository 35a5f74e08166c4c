//! Many messages at once, for rooms made by a command.

use chat::ports::{Draft, LogError};
use protocol::{Message, RoomId, Sequence, Timestamp};

use super::{SqliteLog, message, statements as sql};

impl SqliteLog {
    /// Appends any number of drafts at the room's head, wherever it is, all or none, and returns the new head. Others
    /// wait meanwhile: batches of some ten thousand are fast enough.
    ///
    /// # Errors
    /// [`LogError::NoSuchRoom`], [`LogError::Unavailable`].
    pub async fn seed(&self, room: &RoomId, drafts: Vec<(Timestamp, Draft)>) -> Result<Sequence, LogError> {
        let room = room.clone();
        let seeded = self.database.write("log while seeding", move |connection| {
            let no = sql::room_no(connection, &room)?;
            let head = sql::messages_head(connection, no)?;
            let n = drafts.len() as u64;
            let messages: Vec<Message> =
                (1..).zip(drafts).map(|(n, (at, draft))| message(head.plus(n), at, draft)).collect();
            sql::insert_messages(connection, no, &messages)?;
            Ok(head.plus(n))
        });
        seeded.await
    }
}
