//! Who makes things go wrong, one after the other and some at the same time, as a seed has it.

use std::time::{Duration, Instant};

use anyhow::Result;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use super::fault::{Fault, Target, World};

/// Makes things go wrong.
pub(super) struct Nemesis {
    random: StdRng,
    /// From the beginning of one fault to that of the next.
    every: Duration,
    next_at: Instant,
    /// No rebuild begins after this.
    rebuilds_until: Instant,
    /// What is still to come before everything comes again.
    to_come: Vec<Fault>,
    going_on: Vec<GoingOn>,
    n_begun: u64,
}

struct GoingOn {
    fault: Fault,
    until: Instant,
    is_mended: bool,
}

impl Nemesis {
    /// One that begins something `every` so often, from now on. The index is made anew for so long only: one that is made of
    /// all that was written would have whatever was left out of the one before.
    pub(super) fn new(seed: u64, every: Duration, rebuilds_for: Duration) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            every,
            next_at: Instant::now() + every,
            rebuilds_until: Instant::now() + rebuilds_for,
            to_come: Vec::new(),
            going_on: Vec::new(),
            n_begun: 0,
        }
    }

    /// How many faults have begun.
    pub(super) fn n_begun(&self) -> u64 {
        self.n_begun
    }

    /// Mends what is due, and begins the next fault if its time has come. Returns it, with how long it lasts.
    ///
    /// # Errors
    /// When something cannot be done or mended, or a program has ended that nobody ended.
    pub(super) fn act(&mut self, world: &mut World) -> Result<Option<(Fault, Duration)>> {
        self.mend_due(world)?;
        self.check(world)?;
        let now = Instant::now();
        if now < self.next_at {
            return Ok(None);
        }
        let Some(fault) = self.choose() else { return Ok(None) };
        self.next_at = now + self.every;
        let (least, most) = fault.lasts();
        let lasts = self.random.random_range(least..=most);
        fault.begin(world)?;
        self.n_begun += 1;
        self.going_on.push(GoingOn { fault, until: Instant::now() + lasts, is_mended: false });
        Ok(Some((fault, lasts)))
    }

    /// Mends what is going on, without waiting for its time. Whether all is well; if not, that takes a while.
    ///
    /// # Errors
    /// When something cannot be mended, or a program has ended that nobody ended.
    pub(super) fn calm_down(&mut self, world: &mut World) -> Result<bool> {
        for it in &mut self.going_on {
            it.until = Instant::now();
        }
        self.mend_due(world)?;
        self.check(world)?;
        Ok(self.going_on.is_empty())
    }

    /// The next fault about something that is well. What is not well for long does not hold up the others: they come again.
    fn choose(&mut self) -> Option<Fault> {
        if self.well().is_none() && self.to_come.len() < Fault::ALL.len() {
            let mut round = Fault::ALL;
            round.shuffle(&mut self.random);
            self.to_come.extend(round);
        }
        if Instant::now() >= self.rebuilds_until {
            self.to_come.retain(|fault| fault.target() != Target::Rebuild);
        }
        self.well().map(|at| self.to_come.remove(at))
    }

    /// Which of those to come is the next about something that is well.
    fn well(&self) -> Option<usize> {
        let is_well = |target: Target| self.going_on.iter().all(|it| it.fault.target() != target);
        self.to_come.iter().position(|fault| is_well(fault.target()))
    }

    fn mend_due(&mut self, world: &mut World) -> Result<()> {
        for mut it in std::mem::take(&mut self.going_on) {
            if !it.is_mended && Instant::now() >= it.until {
                it.fault.mend(world)?;
                it.is_mended = true;
            }
            if !it.is_mended || !it.fault.is_well(world)? {
                self.going_on.push(it);
            }
        }
        Ok(())
    }

    /// Whether everything runs that should.
    fn check(&self, world: &mut World) -> Result<()> {
        let is_down = |target| {
            let ended = |it: &GoingOn| it.fault.target() == target && it.fault.ends() && !it.is_mended;
            self.going_on.iter().any(ended)
        };
        world.indexing.check_but([Target::OpenSearch, Target::Indexer, Target::Poller].map(is_down))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_once_before_anything_comes_again_and_nothing_twice_at_a_time() {
        let mut nemesis = Nemesis::new(7, Duration::ZERO, Duration::from_mins(1));

        let round: Vec<Fault> = Fault::ALL.iter().map(|_| nemesis.choose().unwrap()).collect();
        assert!(Fault::ALL.iter().all(|fault| round.contains(fault)), "{round:?}");

        for fault in [Fault::KillIndexer, Fault::KillOpenSearch, Fault::Rebuild, Fault::Malform] {
            nemesis.going_on.push(GoingOn { fault, until: Instant::now(), is_mended: true });
        }
        for _ in 0..100 {
            assert!(matches!(nemesis.choose(), None | Some(Fault::KillPoller)));
        }
    }

    #[test]
    fn what_is_not_well_holds_up_nothing_else_and_rebuilds_come_to_an_end() {
        let mut nemesis = Nemesis::new(7, Duration::ZERO, Duration::ZERO);
        let (fault, until) = (Fault::KillOpenSearch, Instant::now());
        nemesis.going_on.push(GoingOn { fault, until, is_mended: true });

        let chosen: Vec<Fault> = (0..12).filter_map(|_| nemesis.choose()).collect();

        assert!(chosen.len() > Fault::ALL.len(), "{chosen:?}");
        let targets = [Target::OpenSearch, Target::Rebuild];
        assert!(!chosen.iter().any(|fault| targets.contains(&fault.target())), "{chosen:?}");
    }
}
