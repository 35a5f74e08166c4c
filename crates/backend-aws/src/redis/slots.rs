//! Which node of a cluster has which channels.

use std::collections::{BTreeMap, BTreeSet};

use fred::{
    clients::Client,
    error::Error,
    interfaces::ClientLike as _,
    types::{ClusterHash, CustomCommand, Value},
    util::redis_keyslot,
};

/// What a cluster says of its nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Slots {
    /// By its first slot, each range's last slot and the node that has it.
    ranges: BTreeMap<u16, (u16, String)>,
    /// Where its nodes are, and those that follow them.
    nodes: BTreeSet<(String, u16)>,
}

impl Slots {
    /// Asks a node of the cluster.
    pub(super) async fn read(client: &Client) -> Result<Self, Error> {
        let command = CustomCommand::new_static("CLUSTER", ClusterHash::Random, false);
        let told: Value = client.custom(command, vec!["SLOTS"]).await?;
        let told = told.into_array();
        let nodes = told.iter().flat_map(|range| nodes(range.clone())).collect();
        Ok(Self { ranges: told.into_iter().filter_map(range).collect(), nodes })
    }

    /// Where the nodes are: should one be gone, others still say how to come to all.
    pub(super) fn nodes(&self) -> impl Iterator<Item = &(String, u16)> {
        self.nodes.iter()
    }

    /// The node that has a channel.
    pub(super) fn owner(&self, channel: &str) -> Option<&str> {
        let slot = redis_keyslot(channel.as_bytes());
        let (_, (last, node)) = self.ranges.range(..=slot).next_back()?;
        (slot <= *last).then_some(node)
    }
}

/// `[first, last, [address, port, id, …], …]`: the first of the nodes has the range, the others follow it.
fn range(range: Value) -> Option<(u16, (u16, String))> {
    let range = range.into_array();
    let slot = |at: usize| u16::try_from(range.get(at)?.as_u64()?).ok();
    let (first, last) = (slot(0)?, slot(1)?);
    let id = range.into_iter().nth(2)?.into_array().into_iter().nth(2)?.into_string()?;
    Some((first, (last, id)))
}

/// The addresses of a range's nodes, as far as they are told: one that does not know its own leaves it out.
fn nodes(range: Value) -> impl Iterator<Item = (String, u16)> {
    range.into_array().into_iter().skip(2).filter_map(|node| {
        let mut node = node.into_array().into_iter();
        let address = node.next()?.into_string().filter(|it| !it.is_empty() && it != "?")?;
        Some((address, u16::try_from(node.next()?.as_u64()?).ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_is_with_the_node_that_has_its_slot() {
        let slots = slots([(0, 12_181, "one"), (12_182, 12_182, "two")]);

        assert_eq!(slots.owner("foo"), Some("two")); // Slot 12182.
        assert_eq!(slots.owner("bar"), Some("one")); // Slot 5061.
        assert_eq!(slots.owner("hello{foo}"), Some("two"));
    }

    #[test]
    fn a_slot_without_a_node_is_nobodys() {
        assert_eq!(slots([(0, 5_000, "one"), (13_000, 16_383, "two")]).owner("foo"), None);
        assert_eq!(Slots::default().owner("foo"), None);
    }

    #[test]
    fn a_range_is_read_with_its_first_node() {
        let node = |id: &str| Value::Array(vec!["127.0.0.1".into(), 7000.into(), id.into()]);
        let unknown = Value::Array(vec!["".into(), 7001.into(), "three".into()]);
        let told = Value::Array(vec![5.into(), 7.into(), node("one"), node("two"), unknown]);

        assert_eq!(range(told.clone()), Some((5, (7, "one".to_owned()))));
        assert_eq!(range(Value::Null), None);
        assert_eq!(nodes(told).collect::<BTreeSet<_>>(), [("127.0.0.1".to_owned(), 7000)].into());
    }

    fn slots<const N: usize>(ranges: [(u16, u16, &str); N]) -> Slots {
        let ranges = ranges.map(|(first, last, node)| (first, (last, node.to_owned()))).into();
        Slots { ranges, ..Slots::default() }
    }
}
