//! Real clients against real nodes on a bad network, with nodes that stop and a store that is opened anew: in the end
//! every client has exactly the log, and it holds every draft once and in order.
//!
//! What goes wrong, and what members do, follows from a seed, on a simulated clock. `HUBBUB_SEED=7` runs one seed,
//! `HUBBUB_FULL=1` many.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod clock;
mod network;
mod nodes;
mod page;

use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use tokio::{
    task::LocalSet,
    time::{Instant, sleep},
};

use chat::ports::RoomLog as _;
use protocol::{MemberId, Message, Nonce, RoomId, Sequence};

use self::{
    network::Network,
    nodes::{AWAY_MAX, N_NODES, Nodes, rooms},
    page::Page,
};

/// How many members there are; the first has two pages.
const N_MEMBERS: u8 = 4;
/// How long things go wrong.
const TROUBLE: Duration = Duration::from_secs(40);
/// How long it may then take until everything has settled.
const PEACE: Duration = Duration::from_mins(3);

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
        Err(_) if std::env::var("HUBBUB_FULL").is_ok_and(|it| it == "1") => full,
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
        let clock = tokio::task::spawn_local(clock::run());
        let res = run(seed, data.path()).await;
        clock.abort();
        res
    });
    match res {
        Ok(what) => println!("result: simulation, seed {seed}: {what}"),
        Err(why) => panic!("seed {seed} (HUBBUB_SEED={seed} runs it alone): {why}"),
    }
}

/// One simulation; what there was of it.
async fn run(seed: u64, data: &std::path::Path) -> Result<String, String> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut nodes = Nodes::start(data.to_owned()).await;
    let network = Network::new(seed);
    network.route(nodes.addrs());
    let mut members = Vec::new();
    for n in 0..N_MEMBERS {
        members.push(nodes.member(n).await);
    }
    members.push(members[0].clone());
    let pages =
        members.into_iter().map(|(person, token)| Page::new(person, token, network.clone(), random.random()));

    let until = Instant::now() + TROUBLE;
    let living = pages.map(|mut page| {
        tokio::task::spawn_local(async move {
            page.live(until).await;
            page
        })
    });
    let living: Vec<_> = living.collect();
    let n_restarts = make_trouble(&mut nodes, &network, &mut random, until).await;
    network.calm_down();
    let mut pages = Vec::new();
    for page in living {
        pages.push(page.await.unwrap());
    }

    let logs = make_peace(&nodes, &mut pages).await?;
    check(&pages, &logs)?;
    let n_messages: usize = logs.values().map(Vec::len).sum();
    let n_resyncs: u64 = pages.iter().map(|page| page.n_resyncs).sum();
    Ok(format!(
        "{} clients, {} connections, {n_restarts} restarts, {n_resyncs} resyncs, {n_messages} messages; \
         0 lost, doubled or out of order",
        pages.len(),
        network.n_connections()
    ))
}

/// Nodes stop and come back, one by one or all at once.
async fn make_trouble(nodes: &mut Nodes, network: &Network, random: &mut StdRng, until: Instant) -> u64 {
    let mut n_restarts = 0;
    loop {
        sleep(Duration::from_millis(random.random_range(1_000..15_000))).await;
        if Instant::now() >= until {
            return n_restarts;
        }
        n_restarts += 1;
        match random.random_range(0..3) {
            0 => nodes.stop_all().await,
            _ => nodes.stop(random.random_range(0..N_NODES)).await,
        }
        network.route(nodes.addrs());
        sleep(Duration::from_millis(random.random_range(0..u64::try_from(AWAY_MAX.as_millis()).unwrap())))
            .await;
        for at in 0..N_NODES {
            nodes.start_again(at).await;
        }
        network.route(nodes.addrs());
    }
}

/// Waits until all has gone out and everybody knows; the logs then.
async fn make_peace(nodes: &Nodes, pages: &mut [Page]) -> Result<BTreeMap<RoomId, Vec<Message>>, String> {
    let until = Instant::now() + PEACE;
    for page in &mut *pages {
        page.go_online();
    }
    while !pages.iter().all(Page::has_sent_all) {
        for page in &mut *pages {
            page.retry();
        }
        together(pages, Duration::from_millis(500)).await;
        if Instant::now() >= until {
            return Err("drafts are still unsent".to_owned());
        }
    }
    let mut logs = BTreeMap::new();
    for room in rooms() {
        let heads = nodes.backend.log.heads(&room).await.unwrap();
        let n = usize::try_from(heads.messages.0).unwrap();
        let log = nodes.backend.log.read(&room, Sequence(1), n).await.unwrap();
        logs.insert(room, log);
    }
    let heads: BTreeMap<RoomId, Sequence> =
        logs.iter().map(|(room, log)| (room.clone(), Sequence(log.len() as u64))).collect();
    let settled = futures::future::join_all(pages.iter_mut().map(|page| page.settle(&heads, until))).await;
    settled.into_iter().collect::<Result<(), String>>()?;
    for (room, log) in &logs {
        let read =
            futures::future::join_all(pages.iter_mut().map(|page| page.read_all(room, heads[room], until)))
                .await;
        for (page, read) in pages.iter().zip(read) {
            let read = read?;
            if read != *log {
                let read: Vec<u64> = read.iter().map(|message| message.sequence.0).collect();
                let (name, n) = (&page.person().name, log.len());
                return Err(format!("{name} has {read:?} of {room}, which has {n} messages"));
            }
        }
    }
    Ok(logs)
}

async fn together(pages: &mut [Page], time: Duration) {
    let until = Instant::now() + time;
    futures::future::join_all(pages.iter_mut().map(|page| page.rest(until))).await;
}

/// Every draft is in its log once, in the order in which its page wrote it.
fn check(pages: &[Page], logs: &BTreeMap<RoomId, Vec<Message>>) -> Result<(), String> {
    let mut places: BTreeMap<(&MemberId, &Nonce), Vec<Sequence>> = BTreeMap::new();
    for message in logs.values().flatten() {
        places.entry((&message.author, &message.nonce)).or_default().push(message.sequence);
    }
    for page in pages {
        let name = &page.person().name;
        for ((_, room), nonces) in &page.written {
            let mut last = Sequence::ZERO;
            for nonce in nonces {
                let place = match places.get(&(&page.person().id, nonce)).map_or(&[][..], Vec::as_slice) {
                    [] => return Err(format!("draft {nonce} of {name} is lost")),
                    [place] => *place,
                    places => return Err(format!("draft {nonce} of {name} is at {places:?} of {room}")),
                };
                if place < last {
                    return Err(format!(
                        "draft {nonce} of {name} is at {place} of {room}, after one at {last}"
                    ));
                }
                last = place;
            }
        }
    }
    Ok(())
}
