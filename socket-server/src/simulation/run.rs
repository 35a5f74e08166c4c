//! One run, from its seed to the judgement.

use std::{
    ops::AddAssign,
    sync::{Arc, atomic::Ordering},
};

use anyhow::bail;
use bench::{
    checker::{self, Anomaly, History},
    crowd::Member,
    simulation::{page::Page, peace, rooms},
};
use chat::ports::{Change, Changed};

use super::{
    life::take_panic,
    line::Door,
    member, script,
    world::{Counts, World},
};
use crate::hub::timestamp;

/// Clients, and the members that they are of: some have two.
const N_CLIENTS: u8 = 8;
const N_MEMBERS: u8 = 6;

/// A node that stands still and then waits for the store is done with what it had after this time.
const EXCUSED_MS: u64 = 60_000;

/// A run in which nothing was wrong.
pub(super) struct Run {
    /// All that happened, as one number.
    pub(super) fingerprint: u64,
    pub(super) tally: Tally,
}

/// How much there was of what in a run.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) messages: u64,
    pub(super) revised: u64,
    pub(super) turns: u64,
    pub(super) connections: u64,
    pub(super) resyncs: u64,
    pub(super) crashes: u64,
    pub(super) pauses: u64,
    pub(super) cuts: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.revised += other.revised;
        self.turns += other.turns;
        self.connections += other.connections;
        self.resyncs += other.resyncs;
        self.crashes += other.crashes;
        self.pauses += other.pauses;
        self.cuts += other.cuts;
    }
}

/// Runs a seed; what is wrong with it, if anything is.
pub(super) fn simulate(seed: u64) -> Result<Run, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.map_err(|error| error.to_string())?;
    let _ = take_panic(); // Of another run.
    let run = runtime.block_on(run(seed));
    drop(runtime);
    match take_panic() {
        true => Err("a task of a node panicked".to_owned()),
        false => run.map_err(|error| format!("{error:#}")),
    }
}

/// Whether somebody wrote in a room after they had left it because a node stood still, or waited for the store: it had
/// looked the right up before. What is edited or deleted the store itself refuses then.
fn is_of_a_pause(history: &History, anomaly: &Anomaly) -> bool {
    let Anomaly::Outsider { room, member, at } = anomaly else { return false };
    let is_theirs = |change: &Change| {
        change.by == *member && change.at == *at && !matches!(change.what, Changed::Lost(_))
    };
    let turns = history.turns.get(&(room.clone(), member.clone())).map_or(&[][..], Vec::as_slice);
    let before = turns.iter().rev().find(|turn| turn.at <= *at);
    let is_excused = before.is_some_and(|turn| at.0 - turn.at.0 <= EXCUSED_MS);
    is_excused && !history.changes[room].iter().any(is_theirs)
}

async fn run(seed: u64) -> anyhow::Result<Run> {
    let world = World::begin(seed).await;
    let mut members = Vec::new();
    for n in 0..N_MEMBERS {
        members.push(rooms::member(&world.backend, n, timestamp()).await?);
    }
    let living = (0..N_CLIENTS).map(|n| {
        let Member { person, token } = members[usize::from(n % N_MEMBERS)].clone();
        let door = Door { world: Arc::clone(&world), n: n.into(), token };
        let mut page = Page::new(person, door, world.chance());
        tokio::spawn(async move {
            member::live(&mut page).await;
            page
        })
    });
    let living: Vec<_> = living.collect();
    let misfortunes = tokio::spawn({
        let world = Arc::clone(&world);
        async move { script::run(&world).await }
    });
    let mut pages = Vec::new();
    for page in living {
        pages.push(page.await?);
    }
    world.calm_down();
    misfortunes.await?;

    let resyncs = pages.iter().map(Page::n_resyncs).sum();
    let history = peace::make(&world.backend, pages, &[]).await?;
    let mut anomalies = checker::check(&history);
    anomalies.retain(|anomaly| !is_of_a_pause(&history, anomaly));
    if let Some(anomaly) = anomalies.first() {
        bail!("{anomaly}; anomalies: {}", anomalies.len());
    }
    let n = |it: &std::sync::atomic::AtomicU64| it.load(Ordering::Relaxed);
    let Counts { connections, crashes, pauses, cuts } = &world.counts;
    let changes = history.changes.values().flatten();
    let n_revised = changes.filter(|change| !matches!(change.what, Changed::Lost(_))).count();
    let tally = Tally {
        messages: history.logs.values().map(|log| log.len() as u64).sum(),
        revised: n_revised as u64,
        turns: history.turns.values().map(|turns| turns.len() as u64 - 1).sum(),
        connections: n(connections),
        resyncs,
        crashes: n(crashes),
        pauses: n(pauses),
        cuts: n(cuts),
    };
    Ok(Run { fingerprint: world.fingerprint(), tally })
}
