//! `cargo xtask screenshots`: takes the README's pictures anew.

use anyhow::{Result, ensure};

use crate::{
    build::{self, Profile},
    playwright, process, setup,
    ui::Steps,
};

/// Builds the product and takes its pictures into docs/pictures.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::new(build::N_STEPS + 3);
    steps.quiet_step("Install what takes the pictures", setup::packages)?;
    let browser = steps.quiet_step("Look for Chromium", setup::browser)?;
    let built = build::all(setup::wasm()?, Profile::Dev, &mut steps)?;
    let mut playwright = playwright::test(&built, &browser);
    playwright.args(["--config", "pictures.config.ts"]);
    let status = steps.step("Take the pictures", || process::watch(&mut playwright, |_| ()))?;
    ensure!(status.success(), "not all pictures could be taken");
    Ok(())
}
