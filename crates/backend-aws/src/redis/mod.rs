//! What passes between nodes, in Redis: alone or a cluster, with TLS or without.

mod address;
mod link;
mod slots;

mod bus;
mod hearing;

mod claims;
mod presence;

mod rates;

mod counters;
mod fault;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::{
    sync::watch,
    time::{Duration, timeout},
};

use chat::ports::Unavailable;

pub use self::{
    address::{RedisUrl, RedisUrlError},
    bus::RedisBus,
    counters::RedisCommands,
    link::NoRoots,
    presence::RedisPresence,
    rates::RedisRates,
};
use self::{
    counters::Counters,
    fault::Fault,
    link::{Link, Live, Task},
};

/// For so long a command waits where it is not known yet whether Redis answers. Where it is known not to, none waits.
const CONNECTING_WAIT: Duration = Duration::from_secs(1);

/// One Redis, or one cluster of them: a handle, cheap to clone. With the last handle the connections end.
#[derive(Clone)]
pub struct Redis {
    shared: Arc<Shared>,
}

struct Shared {
    /// What every key and every channel begins with.
    prefix: String,
    link: watch::Receiver<Link>,
    counters: Arc<Counters>,
    _keeper: Task<()>,
}

impl Redis {
    /// Begins to connect, and goes on with that for as long as it takes: meanwhile nothing is available. Whether it is a
    /// cluster is found out there. Keys and channels begin with `prefix`. Called within a runtime.
    ///
    /// # Errors
    /// [`NoRoots`], which only TLS needs.
    pub fn connect(url: &RedisUrl, prefix: &str) -> Result<Self, NoRoots> {
        let counters = Arc::new(Counters::default());
        let (link, keeper) = link::keep(url, &counters)?;
        Ok(Self { shared: Arc::new(Shared { prefix: prefix.to_owned(), link, counters, _keeper: keeper }) })
    }

    /// Waits until Redis answers, for as long as it takes.
    ///
    /// # Cancel safety
    /// Nothing is lost: the connecting goes on.
    pub async fn connected(&self) {
        let mut link = self.shared.link.clone();
        let connected = link.wait_for(|link| matches!(link, Link::Up(_)));
        connected.await.expect("the keeper of the link lives as long as this handle");
    }

    /// The bus there.
    pub fn bus(&self) -> RedisBus {
        RedisBus::new(self)
    }

    /// Presence there.
    pub fn presence(&self) -> RedisPresence {
        RedisPresence::new(self)
    }

    /// Shared rates there.
    pub fn rates(&self) -> RedisRates {
        RedisRates::new(self)
    }

    /// The commands that were sent so far.
    pub fn commands(&self) -> RedisCommands {
        self.shared.counters.read()
    }

    /// A key or channel.
    fn named(&self, name: impl fmt::Display) -> String {
        format!("{}{name}", self.shared.prefix)
    }

    /// The connections, if Redis answers. `what` names what they are for.
    async fn live(&self, what: &'static str) -> Result<Live, Unavailable> {
        self.try_live().await.map_err(|fault| Unavailable::new(what, fault))
    }

    async fn try_live(&self) -> Result<Live, Fault> {
        let mut link = self.shared.link.clone();
        let known = link.wait_for(|link| !matches!(link, Link::Connecting));
        match timeout(CONNECTING_WAIT, known).await.map_err(|_| Fault::Silent)?.as_deref() {
            Ok(Link::Up(live)) => Ok(live.clone()),
            Ok(Link::Away(fault)) => Err(fault.clone()),
            Ok(Link::Connecting) | Err(_) => Err(Fault::Lost),
        }
    }

    /// Counts commands of a kind that are sent now.
    fn count(&self, kind: impl FnOnce(&Counters) -> &AtomicU64, n: u64) {
        kind(&self.shared.counters).fetch_add(n, Ordering::Relaxed);
    }
}
