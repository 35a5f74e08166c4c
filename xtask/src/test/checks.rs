//! Checks that are no tests of a crate: each has to be so, and is told with its time.

use std::time::Instant;

use anyhow::{Context as _, Result};

use super::tally::Tally;
use crate::ui;

/// Something that has to be so.
pub(super) type Check<'a> = (&'a str, &'a (dyn Fn() -> Result<()> + Sync));

/// Does all those of a part, whichever fail.
pub(super) fn each(part: &str, checks: &[Check<'_>]) -> Tally {
    checks.iter().map(|check| one(part, check)).fold(Tally::default(), Tally::and)
}

/// Does those of a part until one fails: each goes on from what the one before has left.
pub(super) fn in_turn(part: &str, checks: &[Check<'_>]) -> Tally {
    let mut tally = Tally::default();
    for check in checks {
        tally = tally.and(one(part, check));
        if tally.failed > 0 {
            break;
        }
    }
    tally
}

fn one(part: &str, (name, check): &Check<'_>) -> Tally {
    let start = Instant::now();
    match check().with_context(|| format!("{part}: {name}")) {
        Ok(()) => {
            ui::say(format_args!("{part}: {name}: {}", ui::seconds(start.elapsed())));
            Tally::SUCCESS
        }
        Err(why) => {
            ui::say(format_args!("{why:#}"));
            Tally::FAILURE
        }
    }
}
