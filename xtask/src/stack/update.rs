//! Another build takes the place of the one that runs, while members talk.

use std::{mem, thread};

use anyhow::{Context as _, Result};

use super::{
    front_door::LOOKS_AGAIN_AFTER,
    program::Program,
    running::{Plan, Stack},
};
use crate::build::{self, Built};

impl Stack {
    /// Does it as a deployment does: what browsers load comes first, then one node after the other, then the pages. Each begins
    /// beside the one whose place it takes, and only when the front door knows it that one is asked to stop.
    ///
    /// # Errors
    /// When there is no place for it, when something newer is not ready, or something older does not stop.
    pub(super) fn update(&mut self, plan: &Plan<'_>, built: &Built) -> Result<()> {
        let Self { nodes, app, grounds, .. } = self;
        build::copy(&built.site, &grounds.assets)?;
        let mut spare = grounds.spare.context("this stack has no place for something newer")?;
        for (node, n) in nodes.iter_mut().zip(1..) {
            let mut newer = plan.node(n, built, (spare.node, grounds))?;
            wait_until_known(&mut newer.program)?;
            let mut older = mem::replace(node, newer);
            spare.node = older.program.port;
            older.program.engine.stop()?;
        }
        let mut newer = plan.web(built, (spare.web, grounds))?;
        wait_until_known(&mut newer)?;
        let mut older = mem::replace(app, newer);
        spare.web = older.port;
        older.engine.stop()?;
        grounds.spare = Some(spare);
        Ok(())
    }
}

/// Waits until it is ready, and the front door has noticed, which counts in whole seconds.
fn wait_until_known(newer: &mut Program) -> Result<()> {
    newer.wait()?;
    thread::sleep(LOOKS_AGAIN_AFTER * 2);
    Ok(())
}
