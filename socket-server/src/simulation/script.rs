//! What happens to the nodes while things go wrong: each has its own misfortunes, and now and then all have one.

use std::{sync::Arc, time::Duration};

use bench::random::Random;
use tokio::time::sleep;

use super::{
    trouble::Trap,
    world::{Counts, N_NODES, World},
};
use crate::hub::timestamp;

/// Lets things go wrong until the calm, and then mends them all.
pub(super) async fn run(world: &Arc<World>) {
    let nodes = (0..N_NODES).map(|at| misfortunes(world, at, world.chance()));
    futures::future::join(futures::future::join_all(nodes), outages(world, world.chance())).await;
}

/// What happens to one node. It is there again in the end.
async fn misfortunes(world: &Arc<World>, at: usize, mut random: Random) {
    while !world.is_calm() {
        let node = world.node(at);
        let rest = random.ms(500, 12_000);
        tokio::select! {
            biased;
            () = world.calm() => {}
            () = node.life.over() => {}
            () = sleep(rest) => strike(world, at, &mut random).await,
        }
        if node.life.is_over() {
            passes(world, random.ms(50, 8_000)).await;
            world.note("start", at as u64);
            world.start_again(at);
        }
    }
}

async fn strike(world: &Arc<World>, at: usize, random: &mut Random) {
    let node = world.node(at);
    let what = random.below(100);
    world.note("strike", what);
    match what {
        0..12 => world.kill(&node.life),
        12..30 => node.trouble.set(random.pick(&Trap::ALL)),
        30..60 => {
            Counts::one(&world.counts.pauses);
            let longest = random.pick(&[1_000, 5_000, 40_000]);
            let from = timestamp();
            node.life.pause();
            passes(world, random.ms(50, longest)).await;
            node.life.go_on();
            world.excuses().stood_still(at, from, timestamp());
        }
        60..78 => {
            Counts::one(&world.counts.cuts);
            node.trouble.cut(true);
            passes(world, random.ms(100, 20_000)).await;
            node.trouble.cut(false);
        }
        78..92 => {
            let time = random.ms(500, 10_000);
            node.trouble.storm(time);
        }
        _ => node.stop().await,
    }
}

/// Now and then the bus is away for all.
async fn outages(world: &Arc<World>, mut random: Random) {
    while !world.is_calm() {
        passes(world, random.ms(5_000, 90_000)).await;
        Counts::one(&world.counts.cuts);
        world.note("cut all", 1);
        world.cut_all(true);
        passes(world, random.ms(100, 20_000)).await;
        world.cut_all(false);
    }
}

/// Waits, but not beyond the calm.
pub(super) async fn passes(world: &World, time: Duration) {
    tokio::select! {
        biased;
        () = world.calm() => {}
        () = sleep(time) => {}
    }
}
