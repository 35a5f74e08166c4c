//! What the store has beyond the tail is read and delivered: after a gap, after the bus was away, and now and then.

use tokio::time::Instant;

use chat::{
    ports::{LogError, RoomLog as _},
    tail::Taken,
};

use super::{AGAIN_AFTER, FILL, HEADS_EVERY, Keeper, beginning::hear};
use crate::patience::in_time;

impl Keeper {
    /// Reads and delivers what the store has beyond the tail. Where the store does not answer, or the bus is away, it is
    /// done again soon.
    pub(super) async fn catch_up(&mut self) {
        let caught_up = match self.hear_again().await {
            Ok(()) => self.read_on().await,
            Err(error) => self.read_on().await.and(Err(error)),
        };
        let again_after = match caught_up {
            Ok(()) => HEADS_EVERY,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(room.id = %self.room, error, "Could not read on in {}", self.room);
                AGAIN_AFTER
            }
        };
        self.heads_at = Instant::now() + again_after;
    }

    /// Renews a subscription that has ended: before the heads are read, so that nothing falls between.
    async fn hear_again(&mut self) -> Result<(), LogError> {
        if self.heard.is_none() {
            self.heard = Some(hear(&self.hub, &self.room).await?);
        }
        Ok(())
    }

    async fn read_on(&mut self) -> Result<(), LogError> {
        self.is_doubtful = true;
        let asked = Instant::now();
        let log = self.hub.backend.log.clone();
        let heads = in_time("log while reading heads", log.heads(&self.room)).await?;
        if heads.changes > self.tail.heads().changes {
            self.tail.changed(heads.changes);
            self.hub.board.moved(&self.room, self.tail.heads());
        }
        while self.tail.heads().messages < heads.messages {
            let first = self.tail.heads().messages.next();
            let messages = in_time("log while reading on", log.read(&self.room, first, FILL)).await?;
            match self.tail.take(&messages) {
                Taken::New(n) if n > 0 => {
                    self.deliver(&messages[messages.len() - n..]).await;
                }
                Taken::New(_) | Taken::Gap(_) => return Ok(()), // Less than the head promised: asked again later.
            }
        }
        (self.is_doubtful, self.known_at) = (false, asked);
        Ok(())
    }
}
