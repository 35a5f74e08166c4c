//! Runs in which everything goes wrong, a minute of them or whole.

use anyhow::Result;

use super::{Setting, results, tally::Tally};
use crate::{build::Profile, faults, found, setup};

/// Members talk on the stack meanwhile. Counts as one test.
pub(super) fn faults(setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    let options = if setting.is_full { faults::Options::FULL } else { faults::Options::QUICK };
    run(setting, to_keep, |profile, see| faults::measure(setting.toolchain, profile, &options, see))
}

/// Messages are written meanwhile, and looked for in the index. Counts as one test.
pub(super) fn found(setting: &Setting, to_keep: &mut Vec<String>) -> Result<Tally> {
    let options = if setting.is_full { found::Options::FULL } else { found::Options::QUICK };
    run(setting, to_keep, |profile, see| found::measure(setting.toolchain, profile, &options, see))
}

/// Lets it happen, and adds to `to_keep` what came of it.
fn run(
    setting: &Setting,
    to_keep: &mut Vec<String>,
    measure: impl FnOnce(Profile, &mut dyn FnMut(&str)) -> Result<()>,
) -> Result<Tally> {
    setup::lints(setting.toolchain)?;
    let profile = if setting.is_full { Profile::DistributedRelease } else { Profile::Tested };
    measure(profile, &mut |line| to_keep.extend(results::kept(line)))?;
    Ok(Tally::SUCCESS)
}
