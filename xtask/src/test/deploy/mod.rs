//! What is deployed, checked without an account: the templates, the image, and `up` and `down` in a mock account.

mod account;
mod files;
mod life;

use std::thread;

use anyhow::Result;

use super::{Setting, checks::each, tally::Tally};
use crate::{engines::Folder, paths, setup};

use self::account::Account;

/// Does all of it. What only reads goes on beside what is deployed.
pub(super) fn run(setting: &Setting) -> Result<Tally> {
    let checkers = setup::checkers()?;
    let folder = Folder::take(&paths::target().join("deploy"))?;
    let mut account = Account::start(&checkers, &folder.path, &setting.this_program)?;
    Ok(thread::scope(|scope| {
        let read = scope.spawn(|| {
            each(
                "deploy",
                &[
                    ("cfn-lint", &|| files::cfn_lint(&checkers)),
                    ("checkov", &|| files::checkov(&checkers)),
                    ("hadolint", &|| files::hadolint(&checkers)),
                ],
            )
        });
        let lived = life::run(&mut account);
        read.join().expect("nothing panics there").and(lived)
    }))
}
