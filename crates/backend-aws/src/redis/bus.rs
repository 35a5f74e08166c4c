//! Events between nodes, by Redis's publishing and subscribing.

use std::sync::atomic::{AtomicBool, Ordering};

use fred::{interfaces::PubsubInterface as _, types::Value};
use futures::{StreamExt as _, stream};
use tokio::sync::oneshot;

use chat::ports::{Bus, Channel, Event, Heard, Subscription, Unavailable};

use super::{
    Redis,
    fault::Fault,
    hearing::{Ask, Hearer, Told},
    link::Kind,
};

/// The bus between nodes: a handle, cheap to clone.
///
/// However many hear a channel in this process, Redis knows of one. Every subscription ends when one of the connections
/// to Redis is lost, or when its channel moves to another node of the cluster.
#[derive(Clone)]
pub struct RedisBus {
    redis: Redis,
}

impl RedisBus {
    pub(super) fn new(redis: &Redis) -> Self {
        Self { redis: redis.clone() }
    }

    fn named(&self, channel: &Channel) -> String {
        match channel {
            Channel::Room(room) => self.redis.named(format_args!("room:{room}")),
            Channel::Members => self.redis.named("members"),
        }
    }
}

impl Bus for RedisBus {
    async fn publish(&self, channel: &Channel, event: &Event) -> Result<(), Unavailable> {
        const WHAT: &str = "bus while publishing";
        let live = self.redis.live(WHAT).await?;
        let channel = self.named(channel);
        let event = serde_json::to_string(event).expect("an event is plain data");
        self.redis.count(|counters| &counters.publish, 1);
        let published = match live.kind {
            Kind::Cluster => live.commands.spublish::<(), _, _>(channel, event).await,
            Kind::Single => live.commands.publish::<(), _, _>(channel, event).await,
        };
        published.map_err(|error| Unavailable::new(WHAT, Fault::from(error)))
    }

    async fn subscribe(&self, channel: &Channel) -> Result<Subscription, Unavailable> {
        const WHAT: &str = "bus while subscribing";
        let live = self.redis.live(WHAT).await?;
        let (reply, replied) = oneshot::channel();
        let ask = Ask { channel: self.named(channel), reply };
        let hearer = match live.asks.send(ask).await {
            Ok(()) => replied.await.unwrap_or(Err(Fault::Lost)), // Whoever was to reply is gone with the connections.
            Err(_) => Err(Fault::Lost),
        };
        let hearer = hearer.map_err(|fault| Unavailable::new(WHAT, fault))?;
        Ok(stream::unfold(hearer, hear).boxed())
    }
}

async fn hear(mut hearer: Hearer) -> Option<(Heard, Hearer)> {
    let heard = match hearer.next().await? {
        Told::Body(body) => understood(&body).map_or(Heard::Lost, Heard::Event),
        Told::Lost => Heard::Lost,
    };
    Some((heard, hearer))
}

/// The event in a message, unless another version's node told it in words of its own.
fn understood(body: &Value) -> Option<Event> {
    static IS_WARNED: AtomicBool = AtomicBool::new(false);
    let error = match serde_json::from_slice(body.as_bytes().unwrap_or_default()) {
        Ok(event) => return Some(event),
        Err(error) => error,
    };
    // An error's text may quote what people wrote.
    let column = error.column();
    if IS_WARNED.swap(true, Ordering::Relaxed) {
        tracing::debug!(column, "Cannot read an event of another version's node");
    } else {
        tracing::warn!(column, "Cannot read an event of another version's node: what it tells is looked up");
    }
    None
}

#[cfg(test)]
mod tests {
    use chat::ports::NodeId;

    use super::*;

    #[test]
    fn what_another_version_tells_is_passed_over() {
        let event =
            Event::Presence { node: NodeId::from_random(1), number: 7, came: Vec::new(), went: Vec::new() };

        assert_eq!(understood(&serde_json::to_string(&event).unwrap().into()), Some(event));
        assert_eq!(understood(&r#"{"danced":{"by":"ada"}}"#.into()), None);
        assert_eq!(understood(&Value::Null), None);
    }
}
