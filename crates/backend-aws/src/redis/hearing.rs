//! What is heard of Redis in this process: one subscription of a channel, however many hear it.

use std::{
    collections::{BTreeSet, HashMap},
    mem,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

use fred::{
    clients::Client,
    error::Error,
    interfaces::{ClientLike as _, EventInterface as _, PubsubInterface as _},
    types::{
        Message, Value,
        config::{Options, Server},
    },
};
use futures::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::sync::{
    Notify,
    broadcast::{self, error::RecvError},
    mpsc, oneshot, watch,
};

use super::{
    counters::Counters,
    fault::Fault,
    link::{Kind, REDIRECTIONS_MAX},
    slots::Slots,
};

/// Events that may wait for a subscriber of a channel, for each of which there is room from the start. One who is further
/// behind hears that some were lost.
const WAITING_MAX: usize = 128;
/// Those who may wait to be taken note of.
const ASKS_MAX: usize = 256;

/// What a subscriber is told.
#[derive(Clone)]
pub(super) enum Told {
    /// A message.
    Body(Value),
    /// Some were lost.
    Lost,
}

/// Somebody wants to hear a channel.
pub(super) struct Ask {
    pub(super) channel: String,
    pub(super) reply: Reply,
}

type Reply = oneshot::Sender<Result<Hearer, Fault>>;

/// One subscriber. The receiver goes before its place, which tells that it has gone.
pub(super) struct Hearer {
    receiver: broadcast::Receiver<Told>,
    _place: Place,
}

impl Hearer {
    /// What is told next; none when the subscription has ended.
    pub(super) async fn next(&mut self) -> Option<Told> {
        match self.receiver.recv().await {
            Ok(told) => Some(told),
            Err(RecvError::Lagged(_)) => Some(Told::Lost),
            Err(RecvError::Closed) => None,
        }
    }
}

struct Place {
    channel: String,
    left: Arc<Left>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut channels = self.left.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.insert(mem::take(&mut self.channel));
        drop(channels);
        self.left.notify.notify_one();
    }
}

/// Channels that a subscriber has left.
#[derive(Default)]
struct Left {
    channels: Mutex<BTreeSet<String>>,
    notify: Notify,
}

/// All that is heard on one connection, or on those to the nodes of a cluster. Dropped, it ends every subscription.
pub(super) struct Hearing {
    client: Client,
    kind: Kind,
    counters: Arc<Counters>,
    slots: Slots,
    slots_now: watch::Receiver<Slots>,
    asks: mpsc::Receiver<Ask>,
    left: Arc<Left>,
    messages: broadcast::Receiver<Message>,
    reconnected: broadcast::Receiver<Server>,
    channels: HashMap<String, Channel>,
    under_way: FuturesUnordered<BoxFuture<'static, Done>>,
    n_channels_ever: u64,
}

struct Channel {
    /// Tells it from an earlier one of the same name.
    number: u64,
    told: broadcast::Sender<Told>,
    state: State,
    /// Those who came after the command was sent that is under way: they are answered by the next.
    waiting: Vec<Reply>,
}

/// Redis is told one thing at once about a channel, so that the last one told is what holds.
enum State {
    /// Nothing is under way.
    Settled,
    Subscribing(Vec<Reply>),
    Unsubscribing,
}

/// Redis has answered.
struct Done {
    name: String,
    number: u64,
    answer: Result<(), Error>,
}

impl Hearing {
    /// Begins to hear on a client that is connected. `slots` is kept up to date by who made it.
    pub(super) fn begin(
        client: &Client,
        kind: Kind,
        slots: watch::Receiver<Slots>,
        counters: &Arc<Counters>,
    ) -> (Self, mpsc::Sender<Ask>) {
        let (ask, asks) = mpsc::channel(ASKS_MAX);
        let slots_before = slots.borrow().clone();
        let hearing = Self {
            client: client.clone(),
            kind,
            counters: Arc::clone(counters),
            slots: slots_before,
            slots_now: slots,
            asks,
            left: Arc::default(),
            messages: client.message_rx(),
            reconnected: client.reconnect_rx(),
            channels: HashMap::new(),
            under_way: FuturesUnordered::new(),
            n_channels_ever: 0,
        };
        (hearing, ask)
    }

    /// Hears until a connection was renewed behind its back: what was subscribed there is heard no longer.
    pub(super) async fn run(&mut self) {
        let left = Arc::clone(&self.left);
        loop {
            tokio::select! {
                _ = self.reconnected.recv() => return,
                Ok(()) = self.slots_now.changed() => self.end_moved(),
                message = self.messages.recv() => match message {
                    Ok(message) => self.tell(message),
                    Err(RecvError::Lagged(_)) => self.tell_lost(),
                    Err(RecvError::Closed) => return,
                },
                Some(done) = self.under_way.next() => self.done(done),
                Some(ask) = self.asks.recv() => self.ask(ask),
                () = left.notify.notified() => {
                    for name in mem::take(&mut *left.channels.lock().unwrap_or_else(PoisonError::into_inner)) {
                        self.settle(&name);
                    }
                }
            }
        }
    }

    fn tell(&self, message: Message) {
        if let Some(channel) = self.channels.get(&*message.channel) {
            let _ = channel.told.send(Told::Body(message.value)); // The last subscriber is just going.
        }
    }

    fn tell_lost(&self) {
        for channel in self.channels.values() {
            let _ = channel.told.send(Told::Lost); // Nobody is there yet, or any more.
        }
    }

    fn ask(&mut self, Ask { channel: name, reply }: Ask) {
        self.channel(&name).waiting.push(reply);
        self.settle(&name);
    }

    fn channel(&mut self, name: &str) -> &mut Channel {
        self.channels.entry(name.to_owned()).or_insert_with(|| {
            self.n_channels_ever += 1;
            Channel {
                number: self.n_channels_ever,
                told: broadcast::Sender::new(WAITING_MAX),
                state: State::Settled,
                waiting: Vec::new(),
            }
        })
    }

    /// Tells Redis what is to be told about a channel, if anything. Who waits has it confirmed once more where it is
    /// heard already: so nothing comes to them that was published before.
    fn settle(&mut self, name: &str) {
        let Some(channel) = self.channels.get_mut(name) else { return };
        let State::Settled = channel.state else { return };
        let (client, kind, number) = (self.client.clone(), self.kind, channel.number);
        let channel_name = name.to_owned();
        let (told, n_commands) = if !channel.waiting.is_empty() {
            channel.state = State::Subscribing(mem::take(&mut channel.waiting));
            (subscribe(client, kind, channel_name.clone()).boxed(), kind.commands_to_subscribe())
        } else if channel.told.receiver_count() == 0 {
            channel.state = State::Unsubscribing;
            (unsubscribe(client, kind, channel_name.clone()).boxed(), 1)
        } else {
            return;
        };
        self.counters.subscribe.fetch_add(n_commands, Ordering::Relaxed);
        let done = told.map(move |answer| Done { name: channel_name, number, answer });
        self.under_way.push(done.boxed());
    }

    fn done(&mut self, Done { name, number, answer }: Done) {
        // What came before the answer is nothing to those whom it lets in.
        for _ in 0..self.messages.len() {
            match self.messages.try_recv() {
                Ok(message) => self.tell(message),
                Err(broadcast::error::TryRecvError::Lagged(_)) => self.tell_lost(),
                Err(_) => break,
            }
        }
        let Some(channel) = self.channels.get_mut(&name).filter(|channel| channel.number == number) else {
            if answer.is_ok() {
                // It ended meanwhile. Where nobody has begun it again, Redis is told so.
                self.channel(&name);
                self.settle(&name);
            }
            return;
        };
        match mem::replace(&mut channel.state, State::Settled) {
            State::Subscribing(replies) => {
                for reply in replies {
                    let place = Place { channel: name.clone(), left: Arc::clone(&self.left) };
                    let hearer = Hearer { receiver: channel.told.subscribe(), _place: place };
                    // One who has given up leaves its place at once.
                    let _ = reply.send(answer.clone().map(|()| hearer).map_err(Fault::from));
                }
            }
            State::Unsubscribing if channel.waiting.is_empty() => drop(self.channels.remove(&name)),
            State::Unsubscribing | State::Settled => {}
        }
        self.settle(&name);
    }

    /// Ends the channels that another node has now: the one that had them has forgotten us.
    fn end_moved(&mut self) {
        let now = self.slots_now.borrow_and_update().clone();
        self.channels.retain(|name, _| now.owner(name) == self.slots.owner(name));
        self.slots = now;
    }
}

/// Returns when Redis has confirmed it.
async fn subscribe(client: Client, kind: Kind, channel: String) -> Result<(), Error> {
    match kind {
        Kind::Cluster => {
            // The library's setting for it does not reach this command, which then fails where its channel has moved.
            let max_attempts = Some(1 + REDIRECTIONS_MAX);
            let options =
                Options { max_attempts, max_redirections: Some(REDIRECTIONS_MAX), ..Options::default() };
            client.with_options(&options).ssubscribe(channel).await
        }
        Kind::Single => {
            // This one returns when it is written. What is answered after it was answered after that.
            client.subscribe(channel).await?;
            client.ping(None).await
        }
    }
}

/// Returns when it is written.
async fn unsubscribe(client: Client, kind: Kind, channel: String) -> Result<(), Error> {
    match kind {
        Kind::Cluster => client.sunsubscribe(channel).await,
        Kind::Single => client.unsubscribe(channel).await,
    }
}
