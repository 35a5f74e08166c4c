//! What is deployed, checked without an account: the templates, the image, and `up` and `down` in a mock account.

mod account;
mod choices;
mod files;
mod life;

use std::thread;

use anyhow::Result;

use super::{Setting, checks::each, tally::Tally};
use crate::{
    engines::{Folder, Ports},
    paths, setup,
};

use self::account::Account;

/// Does all of it. What only reads goes on beside what is deployed, and each life in
/// an account of its own beside the other.
pub(super) fn run(setting: &Setting) -> Result<Tally> {
    let checkers = setup::checkers()?;
    let folder = Folder::take(&paths::target().join("deploy"))?;
    let mut ports = Ports::new();
    let mut start =
        |name| Account::start(&checkers, &folder.path.join(name), &mut ports, &setting.this_program);
    let (account, other) = (start("one")?, start("other")?);
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
        let lived_otherwise = scope.spawn(|| choices::run(&other));
        let lived = life::run(&account);
        let others = [read, lived_otherwise].map(|it| it.join().expect("nothing panics there"));
        others.into_iter().fold(lived, Tally::and)
    }))
}
