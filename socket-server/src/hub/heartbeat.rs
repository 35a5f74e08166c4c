//! What a node says of its people, and what it hears of other nodes' lives: each second, and sooner where its people
//! changed; in a task of its own, since it may have to wait.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use chat::ports::{LEASE, Presence as _, Unavailable};

use super::{Command, Hub, ticker::every_second};
use crate::patience::{BUS_WITHIN, within};

/// How often a node says that it lives.
const RENEW_EVERY: Duration = Duration::from_secs(3);
/// Between two writings of the roster passes so much time, however much happens.
const SAY_EVERY: Duration = Duration::from_secs(1);
/// Who comes is in many rooms: what changes within this time is said at once.
const GATHER_FOR: Duration = Duration::from_millis(50);
/// A node whose lease is missing for this long is gone: what was forgotten is said again sooner.
const MISSING_FOR: Duration = RENEW_EVERY;
/// The rosters of all nodes are read again this often, in case the bus lost something.
const ROSTERS_EVERY: Duration = Duration::from_mins(1);

/// Says who is here and hears who is elsewhere, for ever. Owned by the service.
pub(crate) async fn announce_presence(hub: Arc<Hub>) {
    let mut heart = Heart::new(hub);
    let mut second = every_second();
    loop {
        let now = tokio::select! {
            biased;
            now = second.tick() => now,
            now = heart.has_news() => {
                second.reset(); // So that it looks no more often for it.
                now
            }
        };
        heart.beat(now).await;
    }
}

struct Heart {
    hub: Arc<Hub>,
    /// The version of the roster that was said last.
    version: u64,
    /// When it was said, or could not be.
    said_at: Option<Instant>,
    /// The lease, or something of it, may be there.
    has_lease: bool,
    renewed_at: Instant,
    /// Until then no node is taken for gone sooner than its lease lasts: much was forgotten, and is said again.
    patient_until: Instant,
    rosters_at: Instant,
    /// Presence did not answer.
    is_away: bool,
}

impl Heart {
    fn new(hub: Arc<Hub>) -> Self {
        let now = Instant::now();
        Self {
            hub,
            version: 0,
            said_at: None,
            has_lease: false,
            renewed_at: now,
            patient_until: now,
            rosters_at: now + ROSTERS_EVERY,
            is_away: false,
        }
    }

    /// There is something to be said, and it is time. Who begins a room elsewhere is to find in the roster what they were
    /// told too early to hear.
    ///
    /// # Cancel safety
    /// Safe where a beat comes of what won: it says what there is to be said.
    async fn has_news(&self) -> Instant {
        self.hub.board.changed().await;
        let gathered = Instant::now() + GATHER_FOR;
        let at = self.said_at.map_or(gathered, |at| gathered.max(at + SAY_EVERY));
        tokio::time::sleep_until(at).await;
        at
    }

    /// First it looks, since what it says itself would hide that all was forgotten.
    async fn beat(&mut self, now: Instant) {
        let looked = self.look(now).await;
        match looked.and(self.say(now).await) {
            Ok(()) if self.is_away => {
                tracing::info!("Presence is there again");
                self.is_away = false;
            }
            Err(error) if !self.is_away => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "Could not say who is here, or hear who is elsewhere");
                self.is_away = true;
            }
            Ok(()) | Err(_) => {}
        }
    }

    /// Compares the nodes that have a lease with those that are known.
    async fn look(&mut self, now: Instant) -> Result<(), Unavailable> {
        let hub = Arc::clone(&self.hub);
        if hub.rooms().is_empty() {
            hub.nodes.forget();
            return Ok(());
        }
        let nodes = hub.backend.presence.nodes();
        let mut nodes = within::<_, Unavailable>(BUS_WITHIN, "presence while counting nodes", nodes).await?;
        let is_forgotten = !nodes.remove(&hub.node) && self.has_lease;
        if is_forgotten || self.is_away {
            (self.patient_until, self.rosters_at) = (now + LEASE, now);
        }
        let is_somebody_new = hub.nodes.look(&nodes, now);
        let is_due = !hub.nodes.is_empty() && self.rosters_at <= now;
        if (is_somebody_new || is_due)
            && let Some(rosters) = hub.rosters().await
        {
            hub.command_all(|| Command::Rosters(Arc::clone(&rosters)));
            hub.nodes.met(&nodes);
            self.rosters_at = now + ROSTERS_EVERY;
        }
        if self.is_away {
            return Ok(()); // Nobody can renew a lease now.
        }
        let missing_for = if now < self.patient_until { LEASE } else { MISSING_FOR };
        for node in hub.nodes.take_gone(missing_for, now) {
            tracing::info!(%node, "The node {node} is gone, and its people with it");
            hub.command_all(|| Command::Lose(node.clone()));
        }
        Ok(())
    }

    /// Says who is here when that changed, and else that the node lives. A node that has nobody says nothing.
    async fn say(&mut self, now: Instant) -> Result<(), Unavailable> {
        let (hub, presence) = (&self.hub, &self.hub.backend.presence);
        if hub.board.version() == self.version {
            if !self.has_lease || now < self.renewed_at + RENEW_EVERY {
                return Ok(());
            }
            let renewed = presence.renew(&hub.node);
            if within::<_, Unavailable>(BUS_WITHIN, "presence while renewing a lease", renewed).await? {
                self.renewed_at = now;
                return Ok(());
            }
            self.patient_until = now + LEASE;
        }
        self.said_at = Some(now);
        let (version, roster) = hub.board.roster();
        match roster.rooms.is_empty() {
            false => {
                self.has_lease = true; // It may be, whatever is answered.
                let announced = presence.announce(&hub.node, &roster);
                within::<_, Unavailable>(BUS_WITHIN, "presence while announcing", announced).await?;
            }
            true if self.has_lease => {
                let withdrawn = presence.withdraw(&hub.node);
                within::<_, Unavailable>(BUS_WITHIN, "presence while withdrawing", withdrawn).await?;
                self.has_lease = false;
            }
            true => {}
        }
        (self.version, self.renewed_at) = (version, now);
        Ok(())
    }
}
