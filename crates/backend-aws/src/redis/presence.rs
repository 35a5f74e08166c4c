//! Rosters and who types, in Redis.
//!
//! A node's roster is a key that lapses with its lease. Which nodes there are stands in one set of claims, so that no key
//! is ever searched for; who types in a room, in another for each room.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use fred::{interfaces::KeysInterface as _, types::Expiration};
use futures::future::join_all;
use serde::{Deserialize, Serialize};

use chat::ports::{LEASE, NodeId, Presence, Roster, Typist, Unavailable};
use protocol::{MemberId, Person, RoomId, Sequence, limits};

use super::{Redis, claims, claims::Claim, fault::Fault, link::Live};

/// What nodes say of the people they have: a handle, cheap to clone.
#[derive(Clone)]
pub struct RedisPresence {
    redis: Redis,
}

/// A claim to be typing: the person's own fields, which is all that nodes of earlier versions write and read.
#[derive(Serialize, Deserialize)]
struct StoredTypist {
    #[serde(flatten)]
    person: Person,
    /// Where it is missing any message of theirs counts as a later one.
    #[serde(default)]
    head: Sequence,
}

impl RedisPresence {
    pub(super) fn new(redis: &Redis) -> Self {
        Self { redis: redis.clone() }
    }

    /// The node's roster.
    fn node(&self, node: &NodeId) -> String {
        self.redis.named(format_args!("node:{node}"))
    }

    /// Which nodes there are.
    fn registry(&self) -> String {
        self.redis.named("nodes")
    }

    /// Who types in a room.
    fn typing_in(&self, room: &RoomId) -> String {
        self.redis.named(format_args!("typing:{room}"))
    }

    async fn live(&self) -> Result<Live, Unavailable> {
        self.redis.live("presence").await
    }

    fn count(&self, n: u64) {
        self.redis.count(|counters| &counters.presence, n);
    }

    async fn register(&self, live: &Live, node: &NodeId) -> Result<(), Unavailable> {
        self.count(1);
        claims::make(&live.commands, &self.registry(), &node.to_string(), LEASE).await.map_err(unavailable)
    }

    async fn registered(&self, live: &Live) -> Result<Vec<Claim>, Unavailable> {
        self.count(1);
        claims::current(&live.commands, &self.registry()).await.map_err(unavailable)
    }

    /// The roster of a node that is registered. Where it is missing the node is registered no longer.
    async fn roster(&self, live: &Live, claim: Claim) -> Result<Option<(NodeId, Roster)>, Unavailable> {
        let node = NodeId::from_stored(claim.what.clone());
        self.count(1);
        let roster: Option<String> = live.commands.get(self.node(&node)).await.map_err(unavailable)?;
        let Some(roster) = roster else {
            self.count(1);
            claims::drop_stale(&live.commands, &self.registry(), &claim).await.map_err(unavailable)?;
            return Ok(None);
        };
        Ok(understood(&roster, "roster").map(|roster| (node, roster)))
    }
}

impl Presence for RedisPresence {
    async fn announce(&self, node: &NodeId, roster: &Roster) -> Result<(), Unavailable> {
        let live = self.live().await?;
        let roster = serde_json::to_string(roster).expect("a roster is plain data");
        self.count(1);
        let lease = Some(Expiration::PX(i64::try_from(LEASE.as_millis()).expect("some seconds")));
        let set = live.commands.set::<(), _, _>(self.node(node), roster, lease, None, false);
        set.await.map_err(unavailable)?;
        self.register(&live, node).await
    }

    async fn renew(&self, node: &NodeId) -> Result<bool, Unavailable> {
        let live = self.live().await?;
        self.count(1);
        let lease = i64::try_from(LEASE.as_millis()).expect("some seconds");
        let is_there: bool =
            live.commands.pexpire(self.node(node), lease, None).await.map_err(unavailable)?;
        if is_there {
            self.register(&live, node).await?;
        }
        Ok(is_there)
    }

    async fn rosters(&self) -> Result<BTreeMap<NodeId, Roster>, Unavailable> {
        let live = self.live().await?;
        let claims = self.registered(&live).await?;
        let rosters = join_all(claims.into_iter().map(|claim| self.roster(&live, claim))).await;
        rosters.into_iter().filter_map(Result::transpose).collect()
    }

    async fn nodes(&self) -> Result<BTreeSet<NodeId>, Unavailable> {
        let live = self.live().await?;
        let claims = self.registered(&live).await?;
        Ok(claims.into_iter().map(|claim| NodeId::from_stored(claim.what)).collect())
    }

    async fn withdraw(&self, node: &NodeId) -> Result<(), Unavailable> {
        let live = self.live().await?;
        self.count(2);
        let unregistered = claims::take_back(&live.commands, &self.registry(), &node.to_string()).await;
        live.commands.del::<(), _>(self.node(node)).await.and(unregistered).map_err(unavailable)
    }

    async fn typed(&self, room: &RoomId, typist: &Typist) -> Result<(), Unavailable> {
        let live = self.live().await?;
        let Typist { person, head } = typist.clone();
        let typist = serde_json::to_string(&StoredTypist { person, head }).expect("a person is plain data");
        self.redis.count(|counters| &counters.typing, 1);
        let key = self.typing_in(room);
        claims::make(&live.commands, &key, &typist, limits::TYPING_LAPSES).await.map_err(unavailable)
    }

    async fn typing(&self, room: &RoomId) -> Result<Vec<(Typist, Duration)>, Unavailable> {
        let live = self.live().await?;
        self.redis.count(|counters| &counters.typing, 1);
        let claims = claims::current(&live.commands, &self.typing_in(room)).await.map_err(unavailable)?;
        // Who goes on while the room does, or was renamed, has several claims, of which the last counts.
        let typists = claims.iter().filter_map(|claim| {
            let StoredTypist { person, head } = understood(&claim.what, "typist")?;
            Some((person.id.clone(), (Typist { person, head }, claim.left)))
        });
        let latest: BTreeMap<MemberId, (Typist, Duration)> = typists.collect();
        Ok(latest.into_values().collect())
    }
}

/// What is stored, unless another version's node wrote it in a way of its own.
fn understood<T: serde::de::DeserializeOwned>(stored: &str, what: &str) -> Option<T> {
    // An error's text may quote what people wrote.
    let understood = serde_json::from_str(stored);
    let told = |error: &serde_json::Error| {
        tracing::debug!(column = error.column(), "Passed over a {what} in another version's words");
    };
    understood.inspect_err(told).ok()
}

fn unavailable(error: fred::error::Error) -> Unavailable {
    Unavailable::new("presence", Fault::from(error))
}

#[cfg(test)]
mod tests {
    use protocol::MemberName;

    use super::*;

    #[test]
    fn versions_that_know_of_no_heads_read_what_is_written_and_are_read() {
        let person = Person {
            id: MemberId::parse("ada").unwrap(),
            name: MemberName::parse("Ada").unwrap(),
            guest: true,
        };
        let (before, head) = (serde_json::to_string(&person).unwrap(), Sequence(7));
        let now = serde_json::to_string(&StoredTypist { person: person.clone(), head }).unwrap();

        assert_eq!(understood::<Person>(&now, "person"), Some(person.clone()));
        let read = |stored: &str| understood(stored, "typist").map(|it: StoredTypist| (it.person, it.head));
        assert_eq!(read(&now), Some((person.clone(), head)));
        assert_eq!(read(&before), Some((person, Sequence::ZERO)));
    }
}
