//! Messages that are written while all that keeps up the index goes wrong.

use anyhow::Result;

use super::{Setting, results, tally::Tally};
use crate::{
    build::Profile,
    found::{self, Options},
    setup,
};

/// Lets it happen, and adds to `to_keep` what came of it. Counts as one test.
pub(super) fn run(setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    let (profile, options) = match setting.is_full {
        true => (Profile::DistributedRelease, Options::FULL),
        false => (Profile::Tested, Options::QUICK),
    };
    setup::lints(setting.toolchain)?;
    let see = |line: &str| to_keep.extend(results::kept(line));
    found::measure(setting.toolchain, profile, &options, see)?;
    Ok(Tally::SUCCESS)
}
