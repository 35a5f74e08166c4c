//! Who makes things go wrong, one after the other and some at the same time, as a seed has it.

use std::time::{Duration, Instant};

use anyhow::Result;
use rand::{RngExt as _, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use super::fault::{Fault, Target};
use crate::stack::Whole;

/// Makes things go wrong.
pub(super) struct Nemesis {
    random: StdRng,
    n_nodes: usize,
    /// From the beginning of one fault to that of the next.
    every: Duration,
    next_at: Instant,
    /// What is still to come before everything comes again.
    to_come: Vec<Fault>,
    going_on: Vec<GoingOn>,
    n_begun: u64,
}

struct GoingOn {
    fault: Fault,
    target: Target,
    until: Instant,
}

/// What has just begun.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    pub(super) fault: Fault,
    pub(super) target: Target,
    pub(super) lasts: Duration,
}

impl Nemesis {
    /// One that begins something `every` so often, from now on.
    pub(super) fn new(seed: u64, n_nodes: usize, every: Duration) -> Self {
        Self {
            random: StdRng::seed_from_u64(seed),
            n_nodes,
            every,
            next_at: Instant::now() + every,
            to_come: Vec::new(),
            going_on: Vec::new(),
            n_begun: 0,
        }
    }

    /// How many faults have begun.
    pub(super) fn n_begun(&self) -> u64 {
        self.n_begun
    }

    /// Mends what is due, and begins the next fault if its time has come.
    ///
    /// # Errors
    /// When something cannot be done or mended, or a program has ended that nobody ended.
    pub(super) fn act(&mut self, whole: &mut Whole) -> Result<Option<Begun>> {
        self.mend_due(whole)?;
        self.check(whole)?;
        let now = Instant::now();
        if now < self.next_at {
            return Ok(None);
        }
        let Some((fault, target)) = self.choose() else { return Ok(None) };
        self.next_at = now + self.every;
        let (least, most) = fault.lasts();
        let lasts = self.random.random_range(least..=most);
        fault.begin(whole, target)?;
        self.n_begun += 1;
        self.going_on.push(GoingOn { fault, target, until: Instant::now() + lasts });
        Ok(Some(Begun { fault, target, lasts }))
    }

    /// Mends what is going on, without waiting for its time. Whether all is well; if not, that takes a while.
    ///
    /// # Errors
    /// When something cannot be mended.
    pub(super) fn calm_down(&mut self, whole: &mut Whole) -> Result<bool> {
        for it in &mut self.going_on {
            if it.fault != Fault::StopNode {
                it.until = Instant::now();
            }
        }
        self.mend_due(whole)?;
        Ok(self.going_on.is_empty())
    }

    /// The next fault about something that is well.
    fn choose(&mut self) -> Option<(Fault, Target)> {
        if self.to_come.is_empty() {
            self.to_come = Fault::ALL.to_vec();
            self.to_come.shuffle(&mut self.random);
        }
        let node = Target::Node(self.random.random_range(0..self.n_nodes));
        let is_well = |target: Target| self.going_on.iter().all(|it| it.target != target);
        let target = |fault: Fault| fault.engine().unwrap_or(node);
        let at = self.to_come.iter().position(|fault| is_well(target(*fault)))?;
        let fault = self.to_come.remove(at);
        Some((fault, target(fault)))
    }

    fn mend_due(&mut self, whole: &mut Whole) -> Result<()> {
        for it in std::mem::take(&mut self.going_on) {
            match Instant::now() >= it.until || it.fault.is_over(whole, it.target)? {
                true => it.fault.mend(whole, it.target)?,
                false => self.going_on.push(it),
            }
        }
        Ok(())
    }

    /// Whether everything runs that should.
    fn check(&self, whole: &mut Whole) -> Result<()> {
        let is_down = |target| {
            let ends = [Fault::KillNode, Fault::StopNode, Fault::KillRedis];
            self.going_on.iter().any(|it| it.target == target && ends.contains(&it.fault))
        };
        whole.check_but(is_down(Target::Redis), |at| is_down(Target::Node(at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_once_before_anything_comes_again_and_nothing_twice_at_a_time() {
        let mut nemesis = Nemesis::new(7, 2, Duration::ZERO);

        let round: Vec<Fault> = Fault::ALL.iter().map(|_| nemesis.choose().unwrap().0).collect();
        assert!(Fault::ALL.iter().all(|fault| round.contains(fault)), "{round:?}");

        for target in [Target::Redis, Target::Store, Target::Node(0)] {
            nemesis.going_on.push(GoingOn { fault: Fault::FlushRedis, target, until: Instant::now() });
        }
        for _ in 0..100 {
            let chosen = nemesis.choose().map(|(_, target)| target);
            assert!(matches!(chosen, None | Some(Target::Node(1))), "{chosen:?}");
        }
    }
}
