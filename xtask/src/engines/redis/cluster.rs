//! A cluster of three, each with a third of the slots and no replica.

use std::{ops::Range, path::Path};

use anyhow::{Result, ensure};

use super::{super::ports::Ports, Engine, Redis, ask, command};

/// How many: the fewest that can be a cluster.
const N: u16 = 3;

/// How many slots a cluster shares out. Source: Redis's cluster specification, "Key distribution model".
const N_SLOTS: u16 = 16_384;

/// A running cluster.
pub(in crate::engines) struct Cluster {
    nodes: Vec<Redis>,
}

impl Cluster {
    /// Starts its nodes in folders of their own below `folder`. They know nothing of each other yet.
    ///
    /// # Errors
    /// When one cannot be started.
    pub(in crate::engines) fn start(server: &Path, folder: &Path, ports: &mut Ports) -> Result<Self> {
        let start = |n: u16| {
            let port = ports.take_with_bus()?;
            let mut redis = command(server);
            redis.args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--cluster-enabled", "yes"]);
            let folder = folder.join(format!("redis-cluster-{n}"));
            Ok(Redis { engine: Engine::start("a Redis of the cluster", &redis, &folder)?, port })
        };
        Ok(Self { nodes: (0..N).map(start).collect::<Result<_>>()? })
    }

    /// Makes the nodes a cluster, and waits until each of them says that all slots are served.
    ///
    /// # Errors
    /// When one does not answer, with its log, or refuses.
    pub(in crate::engines) fn wait(&mut self) -> Result<()> {
        let first = self.nodes[0].port.to_string();
        for (node, n) in self.nodes.iter_mut().zip(0..) {
            node.wait()?;
            let numbers: Vec<_> = slots(n).map(|it| it.to_string()).collect();
            let mut words = vec!["CLUSTER", "ADDSLOTS"];
            words.extend(numbers.iter().map(String::as_str));
            ask(node.port, &words)?;
            // Each its own: nodes that meet with the same one have to settle it first.
            ask(node.port, &["CLUSTER", "SET-CONFIG-EPOCH", &(n + 1).to_string()])?;
            if n > 0 {
                ask(node.port, &["CLUSTER", "MEET", "127.0.0.1", &first])?;
            }
        }
        for Redis { engine, port } in &mut self.nodes {
            engine.wait_until(|| {
                let info = ask(*port, &["CLUSTER", "INFO"])?;
                ensure!(is_whole(&info), "its cluster is not whole\n{info}");
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Where one of them is, which knows the others.
    pub(in crate::engines) fn address(&self) -> String {
        self.nodes[0].address()
    }

    pub(in crate::engines) fn engines(&mut self) -> impl Iterator<Item = &mut Engine> {
        self.nodes.iter_mut().map(Redis::engine)
    }
}

/// The share of a node, counted from 0.
fn slots(n: u16) -> Range<u16> {
    let from = |n| n * (N_SLOTS / N);
    from(n)..if n + 1 == N { N_SLOTS } else { from(n + 1) }
}

/// Whether what `CLUSTER INFO` told is of a cluster that has all its nodes and serves.
fn is_whole(info: &str) -> bool {
    let says = |line: String| info.lines().any(|it| it == line);
    says("cluster_state:ok".to_owned()) && says(format!("cluster_size:{N}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slot_is_in_one_share() {
        let all: Vec<_> = (0..N).flat_map(slots).collect();

        assert!(all.iter().copied().eq(0..N_SLOTS));
    }

    #[test]
    fn a_cluster_is_whole_when_all_its_nodes_have_slots_and_it_serves() {
        assert!(is_whole("cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_size:3\r\n"));
        assert!(!is_whole("cluster_state:ok\r\ncluster_size:2\r\n"));
        assert!(!is_whole("cluster_state:fail\r\ncluster_size:3\r\n"));
    }
}
