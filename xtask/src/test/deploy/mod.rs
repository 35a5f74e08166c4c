//! What is deployed, checked without an account: the templates, the image, and `up` and `down` in a mock account.

mod account;
mod checks;
mod life;

use std::{thread, time::Instant};

use anyhow::{Context as _, Result};

use super::{Setting, tally::Tally};
use crate::{engines::Folder, paths, setup, ui};

use self::account::Account;

/// Something that has to be so.
type Check<'a> = (&'a str, &'a (dyn Fn() -> Result<()> + Sync));

/// Does all of it. What only reads goes on beside what is deployed.
pub(super) fn run(setting: &Setting) -> Result<Tally> {
    let checkers = setup::checkers()?;
    let folder = Folder::take(&paths::target().join("deploy"))?;
    let mut account = Account::start(&checkers, &folder.path, &setting.this_program)?;
    Ok(thread::scope(|scope| {
        let read = scope.spawn(|| {
            each(&[
                ("cfn-lint", &|| checks::cfn_lint(&checkers)),
                ("checkov", &|| checks::checkov(&checkers)),
                ("hadolint", &|| checks::hadolint(&checkers)),
            ])
        });
        let lived = life::run(&mut account);
        read.join().expect("nothing panics there").and(lived)
    }))
}

/// Does them all, whichever fail.
fn each(checks: &[Check<'_>]) -> Tally {
    checks.iter().map(one).fold(Tally::default(), Tally::and)
}

/// Does them until one fails: each goes on from what the one before has left.
fn in_turn(checks: &[Check<'_>]) -> Tally {
    let mut tally = Tally::default();
    for check in checks {
        tally = tally.and(one(check));
        if tally.failed > 0 {
            break;
        }
    }
    tally
}

fn one((name, check): &Check<'_>) -> Tally {
    let start = Instant::now();
    match check().with_context(|| format!("deploy: {name}")) {
        Ok(()) => {
            ui::say(format_args!("deploy: {name}: {}", ui::seconds(start.elapsed())));
            Tally::SUCCESS
        }
        Err(why) => {
            ui::say(format_args!("{why:#}"));
            Tally::FAILURE
        }
    }
}
