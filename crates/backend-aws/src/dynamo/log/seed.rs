//! Many messages at once, for rooms made by a command.

use chat::ports::{Draft, GROUP_MAX, LogError, RoomLog as _};
use protocol::{RoomId, Sequence, Timestamp};

use super::{
    super::{
        Table,
        rows::{Group, StoredMessage},
        writes::{Conflict, Write},
    },
    DynamoLog, stored,
};

impl DynamoLog {
    /// Appends any number of messages at the room's head, group by group, and returns the new head. Who is interrupted has
    /// appended some.
    ///
    /// # Errors
    /// As [`RoomLog::append`](chat::ports::RoomLog::append), but for [`LogError::Overtaken`].
    pub async fn seed(&self, room: &RoomId, drafts: Vec<(Timestamp, Draft)>) -> Result<Sequence, LogError> {
        let what = "log while seeding a room";
        let mut head = self.heads(room).await?.messages;
        for drafts in drafts.chunks(GROUP_MAX) {
            let messages: Vec<StoredMessage> = drafts.iter().map(|(at, draft)| stored(*at, draft)).collect();
            let n = messages.len() as u64;
            let mut group = Group { room: room.to_string(), first: 0, n, messages, sealed: false };
            let mut conflict = Conflict::new(what);
            loop {
                group.first = head.next().0;
                let put = Write::put(Table::Messages, &group).when("attribute_not_exists(#room)");
                if self.dynamo.put(what, put).await?.is_ok() {
                    break;
                }
                conflict.wait().await?;
                head = self.heads(room).await?.messages;
            }
            head = head.plus(n);
        }
        Ok(head)
    }
}
