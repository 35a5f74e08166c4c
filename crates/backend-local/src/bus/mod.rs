//! Events within one process.

mod troubled;

use std::{
    collections::HashMap,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{StreamExt, stream};
use tokio::sync::broadcast::{self, error::RecvError};

use chat::ports::{Bus, Channel, Event, Heard, Subscription, Unavailable};

use crate::{between::Between, database::Database, notices};

/// Events that may wait for a subscriber of a channel. One who is further behind hears that some were lost.
const WAITING_MAX: usize = 256;

/// A bus for everything in this process: a handle, cheap to clone. A channel exists while somebody hears it.
///
/// A command beside a server, on the same database, reaches it on [`Channel::Members`].
#[derive(Clone, Default)]
pub struct LocalBus {
    line: Arc<Mutex<Line>>,
    beyond: Beyond,
}

#[derive(Default)]
struct Line {
    /// The events are shared: only a second subscriber of a channel costs a copy.
    channels: HashMap<Channel, broadcast::Sender<Arc<Event>>>,
    is_cut: bool,
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
    /// Trouble on the way from here.
    Trouble(Arc<dyn Between>),
}

impl LocalBus {
    /// The bus of a server: it hears the commands that work on its database.
    pub fn of_server(database: &Database) -> Self {
        Self { beyond: Beyond::Commands(database.clone()), ..Self::default() }
    }

    /// The bus of a command: it tells the server that has its database open, if there is one.
    pub fn of_command(database: &Database) -> Self {
        Self { beyond: Beyond::Server(database.clone()), ..Self::default() }
    }

    /// The same bus, with this on the way to it. For simulations.
    #[must_use]
    pub fn behind(&self, between: Arc<dyn Between>) -> Self {
        Self { line: Arc::clone(&self.line), beyond: Beyond::Trouble(between) }
    }

    /// Takes the bus away, as a network does: all subscriptions end, and nothing is taken. For tests and simulations.
    pub fn cut(&self) {
        *lock(&self.line) = Line { channels: HashMap::new(), is_cut: true };
    }

    /// Brings the bus back. For tests and simulations.
    pub fn mend(&self) {
        lock(&self.line).is_cut = false;
    }
}

impl Bus for LocalBus {
    async fn publish(&self, channel: &Channel, event: &Event) -> Result<(), Unavailable> {
        if let Beyond::Trouble(between) = &self.beyond {
            troubled::arrived("bus while publishing", between.call("bus while publishing")).await?;
        }
        {
            let line = lock(&self.line);
            line.check("bus while publishing")?;
            if let Some(sender) = line.channels.get(channel) {
                let _ = sender.send(Arc::new(event.clone())); // The last subscriber is just going.
            }
        }
        match (&self.beyond, channel) {
            (Beyond::Server(database), Channel::Members) => notices::leave(database, event).await,
            (Beyond::Trouble(between), _) => {
                troubled::arrived("bus while publishing", between.answer("bus while publishing")).await
            }
            _ => Ok(()),
        }
    }

    async fn subscribe(&self, channel: &Channel) -> Result<Subscription, Unavailable> {
        if let Beyond::Trouble(between) = &self.beyond {
            troubled::arrived("bus while subscribing", between.call("bus while subscribing")).await?;
        }
        let receiver = {
            let mut line = lock(&self.line);
            line.check("bus while subscribing")?;
            let new = || broadcast::Sender::new(WAITING_MAX);
            line.channels.entry(channel.clone()).or_insert_with(new).subscribe()
        };
        let place = Place { channel: channel.clone(), line: Arc::clone(&self.line) };
        let heard = stream::unfold(Listener { receiver, _place: place }, Listener::hear);
        match (&self.beyond, channel) {
            (Beyond::Commands(database), Channel::Members) => {
                let notices = notices::hear(database.clone()).await?;
                // Notices have no end of their own.
                let heard = heard.map(Some).chain(stream::once(ready(None)));
                let both = stream::select(heard, notices.map(Some));
                Ok(both.take_while(|heard| ready(heard.is_some())).filter_map(ready).boxed())
            }
            (Beyond::Trouble(between), _) => {
                let heard = troubled::heard(heard.boxed(), Arc::clone(between));
                troubled::arrived("bus while subscribing", between.answer("bus while subscribing")).await?;
                Ok(heard)
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
            Err(RecvError::Closed) => return None,
        };
        Some((heard, self))
    }
}

/// Keeps a channel; the last place of a channel takes it away.
struct Place {
    channel: Channel,
    line: Arc<Mutex<Line>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let channels = &mut lock(&self.line).channels;
        if channels.get(&self.channel).is_some_and(|sender| sender.receiver_count() == 0) {
            channels.remove(&self.channel);
        }
    }
}

impl Line {
    fn check(&self, what: &'static str) -> Result<(), Unavailable> {
        match self.is_cut {
            true => Err(Unavailable::new(what, "the line is cut")),
            false => Ok(()),
        }
    }
}

fn lock(line: &Mutex<Line>) -> MutexGuard<'_, Line> {
    line.lock().unwrap_or_else(PoisonError::into_inner)
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
        assert_eq!(lock(&bus.line).channels.len(), 1);
        drop(second);

        assert_eq!(lock(&bus.line).channels.len(), 0);
    }

    #[tokio::test]
    async fn a_bus_that_is_cut_takes_nothing_and_ends_what_is_heard_until_it_is_mended() {
        let database = Database::in_memory();
        for bus in [LocalBus::default(), LocalBus::of_server(&database)] {
            let event = Event::RoomDeleted { room: RoomId::parse("lobby").unwrap() };
            let mut before = bus.subscribe(&Channel::Members).await.unwrap();

            bus.cut();
            assert_eq!(before.next().await, None);
            assert!(bus.publish(&Channel::Members, &event).await.is_err());
            assert!(bus.subscribe(&Channel::Members).await.is_err());
            bus.mend();

            let mut after = bus.subscribe(&Channel::Members).await.unwrap();
            drop(before);
            bus.publish(&Channel::Members, &event).await.unwrap();
            assert_eq!(after.next().await, Some(Heard::Event(event)));
        }
    }
}
