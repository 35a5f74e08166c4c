//! A thousand comings, goings and failures, from a seed.

use std::{collections::BTreeSet, time::Duration};

use protocol::ServerMessage;

use super::world::{Node, Tab, World, pass};
use bench::random::Random;

/// Nodes that are killed and stopped, besides one that stays.
const N_NODES: usize = 3;
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
    let mut random = Random::from_seed(41);
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
    let at = random.index(N_NODES);
    let it = &mut nodes[at];
    match random.below(100) {
        0..45 => {
            let name = format!("m{}", random.below(N_MEMBERS));
            let tab = it.node.tab(&name).await;
            it.tabs.push((name, tab));
        }
        45..75 => drop(take(&mut it.tabs, random)),
        75..87 => {
            if let Some((_, tab)) = take(&mut it.tabs, random) {
                tab.leaves(&it.node);
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

/// One of them, taken out.
fn take<T>(all: &mut Vec<T>, random: &mut Random) -> Option<T> {
    (!all.is_empty()).then(|| all.swap_remove(random.index(all.len())))
}
