//! Events within one process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{StreamExt, stream};
use tokio::sync::broadcast::{self, error::RecvError};

use chat::ports::{Bus, Channel, Event, Heard, Subscription, Unavailable};

use crate::{database::Database, notices};

/// Events that may wait for a subscriber of a channel. One who is further behind hears that some were lost.
const WAITING_MAX: usize = 256;

/// A bus for everything in this process: a handle, cheap to clone. A channel exists while somebody hears it.
///
/// A command beside a server, on the same database, reaches it on [`Channel::Members`].
#[derive(Clone, Default)]
pub struct LocalBus {
    channels: Channels,
    beyond: Beyond,
}

/// What there is beyond this process.
#[derive(Clone, Default)]
enum Beyond {
    /// Nothing.
    #[default]
    Nothing,
    /// Commands, which are heard.
    Commands(Database),
    /// A server, which is told.
    Server(Database),
}

/// The events are shared: only a second subscriber of a channel costs a copy.
type Channels = Arc<Mutex<HashMap<Channel, broadcast::Sender<Arc<Event>>>>>;

impl LocalBus {
    /// The bus of a server: it hears the commands that work on its database.
    pub fn of_server(database: &Database) -> Self {
        Self { beyond: Beyond::Commands(database.clone()), ..Self::default() }
    }

    /// The bus of a command: it tells the server that has its database open, if there is one.
    pub fn of_command(database: &Database) -> Self {
        Self { beyond: Beyond::Server(database.clone()), ..Self::default() }
    }
}

impl Bus for LocalBus {
    async fn publish(&self, channel: &Channel, event: &Event) -> Result<(), Unavailable> {
        if let Some(sender) = lock(&self.channels).get(channel) {
            let _ = sender.send(Arc::new(event.clone())); // The last subscriber is just going.
        }
        match (&self.beyond, channel) {
            (Beyond::Server(database), Channel::Members) => notices::leave(database, event).await,
            _ => Ok(()),
        }
    }

    async fn subscribe(&self, channel: &Channel) -> Result<Subscription, Unavailable> {
        let receiver = lock(&self.channels)
            .entry(channel.clone())
            .or_insert_with(|| broadcast::Sender::new(WAITING_MAX))
            .subscribe();
        let place = Place { channel: channel.clone(), channels: Arc::clone(&self.channels) };
        let heard = stream::unfold(Listener { receiver, _place: place }, Listener::hear);
        match (&self.beyond, channel) {
            (Beyond::Commands(database), Channel::Members) => {
                let notices = notices::hear(database.clone()).await?;
                Ok(stream::select(heard, notices).boxed())
            }
            _ => Ok(heard.boxed()),
        }
    }
}

/// One subscriber. The receiver goes before its place, which looks whether it was the last.
struct Listener {
    receiver: broadcast::Receiver<Arc<Event>>,
    _place: Place,
}

impl Listener {
    async fn hear(mut self) -> Option<(Heard, Self)> {
        let heard = match self.receiver.recv().await {
            Ok(event) => Heard::Event(Arc::unwrap_or_clone(event)),
            Err(RecvError::Lagged(_)) => Heard::Lost,
            Err(RecvError::Closed) => return None, // Cannot be: our place keeps the channel.
        };
        Some((heard, self))
    }
}

/// Keeps a channel; the last place of a channel takes it away.
struct Place {
    channel: Channel,
    channels: Channels,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut channels = lock(&self.channels);
        if channels.get(&self.channel).is_some_and(|sender| sender.receiver_count() == 0) {
            channels.remove(&self.channel);
        }
    }
}

fn lock(channels: &Channels) -> MutexGuard<'_, HashMap<Channel, broadcast::Sender<Arc<Event>>>> {
    channels.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use protocol::RoomId;

    use super::*;

    #[tokio::test]
    async fn a_channel_that_nobody_hears_is_forgotten() {
        let bus = LocalBus::default();
        let channel = Channel::Room(RoomId::parse("lobby").unwrap());

        let first = bus.subscribe(&channel).await.unwrap();
        let second = bus.subscribe(&channel).await.unwrap();
        drop(first);
        assert_eq!(lock(&bus.channels).len(), 1);
        drop(second);

        assert_eq!(lock(&bus.channels).len(), 0);
    }
}
