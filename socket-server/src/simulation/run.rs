//! One run, from its seed to the judgement.

use std::{
    ops::AddAssign,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use anyhow::bail;
use bench::{
    checker::{self, Bounds},
    crowd::Member,
    simulation::{page::Page, peace, rooms},
};
use chat::ports::Changed;

use super::{
    life::take_panic,
    line::Door,
    member, script,
    warden::{Ended, Wardens},
    world::{Counts, World},
};
use crate::hub::timestamp;

/// Clients, and the members that they are of: some have two.
const N_CLIENTS: u8 = 8;
const N_MEMBERS: u8 = 6;
/// What is on its way when things calm down has arrived after this time, and every node has noticed.
const ARRIVES_WITHIN: Duration = Duration::from_secs(30);
/// When the end of a membership is noticed, `Excuses` know better: the checker names all that was taken after it, and nothing
/// that was shown.
const TAKES: Duration = Duration::ZERO;
const SHOWS: Duration = Duration::from_hours(1);

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
    let wardens = Wardens::begin(&world, &members);
    let mut pages = Vec::new();
    for page in living {
        pages.push(page.await?);
    }
    world.calm_down();
    misfortunes.await?;

    let resyncs = pages.iter().map(Page::n_resyncs).sum();
    peace::together(&mut pages, ARRIVES_WITHIN).await;
    let Ended { removals, banished } = wardens.end().await?;
    let mut history = peace::make(&world.backend, pages, &banished).await?;
    removals.check(&world, &history).await?;
    history.bounds = Bounds::of(TAKES, SHOWS);
    let mut anomalies = checker::check(&history);
    anomalies.retain(|anomaly| !world.excuses().excuse(&history, anomaly));
    if let Some(anomaly) = anomalies.first() {
        bail!("{anomaly}; anomalies: {}", anomalies.len());
    }
    if let Some(late) = world.excuses().shown_too_late(&history) {
        bail!(late);
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
