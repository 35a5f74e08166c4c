//! A thousand comings, goings and failures, from a seed.

use std::{collections::BTreeSet, time::Duration};

use protocol::ServerMessage;

use super::world::{Node, Tab, World, pass};

/// Nodes that are killed and stopped, besides one that stays.
const N_NODES: u64 = 3;
const N_MEMBERS: u64 = 12;
const N_BATCHES: u64 = 40;
const N_IN_BATCH: u64 = 25;
/// Everything is known everywhere after this time: a reload's grace and a lease.
const SETTLED_AFTER: Duration = Duration::from_secs(20);

/// A node and the connections that it has.
struct Living {
    node: Node,
    tabs: Vec<(String, Tab)>,
}

#[tokio::test(start_paused = true)]
async fn whoever_opens_a_room_on_any_node_sees_who_is_here() {
    let mut world = World::begin().await;
    let mut random = Random(41);
    let mut nodes = Vec::new();
    for _ in 0..N_NODES {
        nodes.push(Living { node: world.node(), tabs: Vec::new() });
    }
    let stays = world.node();
    let mut watcher = stays.tab("watcher").await;
    let mut seen = watcher.open(&stays).await.here;

    for batch in 0..N_BATCHES {
        for _ in 0..N_IN_BATCH {
            act(&mut world, &mut nodes, &mut random).await;
            pass(Duration::from_millis(random.below(500))).await;
        }
        (world.cut_bus)(false);
        pass(SETTLED_AFTER).await;

        let tabs = nodes.iter().flat_map(|it| &it.tabs).map(|(name, _)| name.clone());
        let model: BTreeSet<String> = tabs.chain(["watcher".to_owned()]).collect();
        for it in &nodes {
            assert_eq!(it.node.shows().await, model, "batch {batch}, on {}", it.node.hub.node);
        }
        let shown = watcher.open(&stays).await;
        shown.before.into_iter().for_each(|message| follow(&mut seen, message));
        seen.remove("late");
        assert_eq!(seen, model, "batch {batch}, to who was told of all changes");
        seen = shown.here;
    }
}

/// Something happens.
async fn act(world: &mut World, nodes: &mut [Living], random: &mut Random) {
    let at = usize::try_from(random.below(N_NODES)).unwrap();
    let it = &mut nodes[at];
    match random.below(100) {
        0..45 => {
            let name = format!("m{}", random.below(N_MEMBERS));
            let tab = it.node.tab(&name).await;
            it.tabs.push((name, tab));
        }
        45..75 => drop(random.take(&mut it.tabs)),
        75..87 => {
            if let Some((_, tab)) = random.take(&mut it.tabs) {
                tab.leaves(&it.node).await;
            }
        }
        87..91 => {
            let killed = std::mem::replace(it, Living { node: world.node(), tabs: Vec::new() });
            killed.node.kill(killed.tabs.into_iter().map(|(_, tab)| tab));
        }
        91..93 => {
            let stopped = std::mem::replace(it, Living { node: world.node(), tabs: Vec::new() });
            stopped.node.drain(stopped.tabs.into_iter().map(|(_, tab)| tab)).await;
        }
        93..96 => world.forget(&it.node).await,
        _ => {
            let is_cut = random.below(2) == 0;
            (world.cut_bus)(is_cut);
        }
    }
}

/// What a client does with what it is told.
fn follow(seen: &mut BTreeSet<String>, message: ServerMessage) {
    if let ServerMessage::Presence { came, went, n_here, .. } = message {
        seen.extend(came.iter().map(|person| person.id.as_str().to_owned()));
        for member in went {
            seen.remove(member.as_str());
        }
        assert_eq!(seen.len(), n_here);
    }
}

/// Numbers from a seed. Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % end
    }

    fn take<T>(&mut self, all: &mut Vec<T>) -> Option<T> {
        let n = u64::try_from(all.len()).unwrap();
        (n > 0).then(|| all.swap_remove(usize::try_from(self.below(n)).unwrap()))
    }
}
