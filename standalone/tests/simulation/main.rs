//! Real clients against real nodes on a bad network, with nodes that stop and a store that is opened anew, and members
//! who edit, delete, come, go and are removed: in the end every client has exactly the log, with every draft once and in
//! order and every edit that was acknowledged, and who was removed has none of it.
//!
//! What goes wrong, and what members do, follows from a seed, on a simulated clock. `HUBBUB_SEED=7` runs one seed,
//! `HUBBUB_FULL=units` many.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod clock;
mod door;
mod member;
mod network;
mod nodes;
mod warden;

use std::{ops::RangeInclusive, time::Duration};

use tokio::{
    task::LocalSet,
    time::{Instant, sleep},
};

use bench::{
    checker,
    crowd::Member,
    random::Random,
    simulation::{page::Page, peace, rooms},
};
use chat::ports::Changed;

use self::{
    clock::Clock,
    door::Door,
    network::Network,
    nodes::{AWAY_MAX_MS, N_NODES, Nodes, now},
    warden::Warden,
};

/// How many members there are; the first has two pages.
const N_MEMBERS: u8 = 4;
/// How long things go wrong.
const TROUBLE: Duration = Duration::from_secs(40);

#[test]
fn whatever_happens_every_client_ends_with_exactly_the_log() {
    for seed in seeds(1..=2, 1..=30) {
        simulate(seed);
    }
}

#[expect(clippy::disallowed_methods, reason = "how long tests run is no setting of the product")]
fn seeds(quick: RangeInclusive<u64>, full: RangeInclusive<u64>) -> RangeInclusive<u64> {
    match std::env::var("HUBBUB_SEED") {
        Ok(seed) => {
            let seed = seed.parse().expect("HUBBUB_SEED is a number");
            seed..=seed
        }
        Err(_) if std::env::var("HUBBUB_FULL").is_ok_and(|it| it == "units") => full,
        Err(_) => quick,
    }
}

#[expect(clippy::print_stdout, reason = "what a test has to tell, it prints")]
fn simulate(seed: u64) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    let data = tempfile::tempdir().unwrap();
    let simulation = LocalSet::new();
    let res = simulation.block_on(&runtime, async {
        let clock = Clock::default();
        let passing = tokio::task::spawn_local(clock.clone().run());
        let res = run(seed, data.path(), clock).await;
        passing.abort();
        res
    });
    match res {
        Ok(what) => println!("result: simulation, seed {seed}: {what}"),
        Err(why) => panic!("seed {seed} (HUBBUB_SEED={seed} runs it alone): {why:#}"),
    }
}

/// One simulation; what there was of it.
async fn run(seed: u64, data: &std::path::Path, clock: Clock) -> anyhow::Result<String> {
    let mut random = Random::from_seed(seed);
    let mut nodes = Nodes::start(data.to_owned(), clock).await;
    let network = Network::new();
    network.route(nodes.addrs());
    let mut members = Vec::new();
    for n in 0..N_MEMBERS {
        members.push(rooms::member(&nodes.backend, n, now()).await.unwrap());
    }
    members.push(members[0].clone());
    let mut page_of = |Member { person, token }| {
        let door = Door { network: network.clone(), token };
        Page::new(person, door, random.fork())
    };
    let pages: Vec<Page<Door>> = members.iter().cloned().map(&mut page_of).collect();

    let until = Instant::now() + TROUBLE;
    let mut warden = Warden::new(&members);
    let living = pages.into_iter().map(|mut page| {
        tokio::task::spawn_local(async move {
            member::live(&mut page, until).await;
            page
        })
    });
    let living: Vec<_> = living.collect();
    let n_restarts = make_trouble(&mut nodes, &network, &mut random, &mut warden, until).await;
    network.calm_down();
    let mut pages = Vec::new();
    for page in living {
        pages.push(page.await.unwrap());
    }

    let n_pages = pages.len();
    let n_resyncs: u64 = pages.iter().map(Page::n_resyncs).sum();
    let banished = std::slice::from_ref(&warden.banished);
    let history = peace::make(&nodes.backend, pages, banished).await?;
    warden.check(&history)?;
    if let Some(anomaly) = checker::check(&history).first() {
        anyhow::bail!("{anomaly}");
    }
    let n_messages: usize = history.logs.values().map(Vec::len).sum();
    let changes = history.changes.values().flatten();
    let n_revised = changes.filter(|change| !matches!(change.what, Changed::Lost(_))).count();
    let n_turns: usize = history.turns.values().map(|turns| turns.len() - 1).sum();
    Ok(format!(
        "{n_pages} clients, {} connections, {n_restarts} restarts, {n_resyncs} resyncs, {n_messages} messages, \
         {n_revised} edits and deletions, {n_turns} membership changes; anomalies: 0",
        network.n_connections()
    ))
}

/// Nodes stop and come back, one by one or all at once, and meanwhile members are removed and added again.
async fn make_trouble(
    nodes: &mut Nodes,
    network: &Network,
    random: &mut Random,
    warden: &mut Warden,
    until: Instant,
) -> u64 {
    let mut n_restarts = 0;
    loop {
        sleep(random.ms(1_000, 10_000)).await;
        warden.act(nodes, random).await;
        if Instant::now() >= until {
            warden.end(nodes).await;
            return n_restarts;
        }
        n_restarts += 1;
        match random.below(3) {
            0 => nodes.stop_all().await,
            _ => nodes.stop(random.index(N_NODES)).await,
        }
        network.route(nodes.addrs());
        sleep(random.ms(0, AWAY_MAX_MS)).await;
        warden.act(nodes, random).await;
        for at in 0..N_NODES {
            nodes.start_again(at).await;
        }
        network.route(nodes.addrs());
    }
}
