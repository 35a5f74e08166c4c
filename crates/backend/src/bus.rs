//! The bus this process was configured with.

#[cfg(feature = "aws")]
use backend_aws::RedisBus;
use backend_local::LocalBus;
use chat::ports::{Bus, Channel, Event, Subscription, Unavailable};

/// The bus this process was configured with: a handle, cheap to clone.
#[derive(Clone)]
pub enum NodeBus {
    /// Within the process.
    Local(LocalBus),
    /// In Redis.
    #[cfg(feature = "aws")]
    Redis(RedisBus),
}

impl Bus for NodeBus {
    async fn publish(&self, channel: &Channel, event: &Event) -> Result<(), Unavailable> {
        match self {
            Self::Local(it) => it.publish(channel, event).await,
            #[cfg(feature = "aws")]
            Self::Redis(it) => Box::pin(it.publish(channel, event)).await,
        }
    }

    async fn subscribe(&self, channel: &Channel) -> Result<Subscription, Unavailable> {
        match self {
            Self::Local(it) => it.subscribe(channel).await,
            #[cfg(feature = "aws")]
            Self::Redis(it) => Box::pin(it.subscribe(channel)).await,
        }
    }
}
