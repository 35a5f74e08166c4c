//! What the end-to-end tests need: npm packages and a Chromium.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::debian;
use crate::{paths, playwright, process, ui};

/// How long Playwright's own Chromium may take to come.
const PATIENCE: Duration = Duration::from_mins(5);

/// Where Playwright gets its browsers; asked first, since it tries a dead line for minutes.
const PLAYWRIGHTS_BROWSERS: &str = "https://cdn.playwright.dev/chromium.txt";

/// Debian's Chromium without windows, which is what Playwright brings too.
const HEADLESS: &str = "chromium-headless-shell";

/// The browser that the tests drive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Browser {
    /// The Chromium that Playwright brought.
    Playwrights,
    /// One that is installed here.
    Installed(PathBuf),
}

/// Brings the npm packages of the lock file, unless they are there.
pub(crate) fn packages() -> Result<()> {
    let folder = paths::end2end();
    let changed = |it: &str| fs::metadata(folder.join(it)).and_then(|it| it.modified());
    let (locked, installed) = (changed("package-lock.json")?, changed("node_modules/.package-lock.json"));
    if installed.is_ok_and(|it| it >= locked) {
        return Ok(());
    }
    if paths::program("npm").is_none() {
        bail!("the end-to-end tests need Node 20 or newer, with npm: https://nodejs.org");
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
    process::output(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")).map(|_| ())
}

/// Finds a Chromium or brings one, and keeps in mind which. `HUBBUB_CHROMIUM` decides where it is set.
///
/// # Errors
/// When there is none, and none can be had.
pub(crate) fn browser() -> Result<Browser> {
    if let Some(path) = env::var_os("HUBBUB_CHROMIUM").filter(|it| !it.is_empty()) {
        return Ok(Browser::Installed(path.into()));
    }
    let note = paths::tools().join("chromium.txt");
    // A note that cannot be read is written anew.
    if let Some(browser) = fs::read_to_string(&note).ok().and_then(|it| remembered(it.trim())) {
        return Ok(browser);
    }
    let browser = bring()?;
    let text = match &browser {
        Browser::Playwrights => "playwright".to_owned(),
        Browser::Installed(path) => path.display().to_string(),
    };
    fs::create_dir_all(paths::tools())?;
    fs::write(&note, &text).with_context(|| format!("cannot write {}", note.display()))?;
    ui::say(format_args!("Chromium: {text}"));
    Ok(browser)
}

fn remembered(note: &str) -> Option<Browser> {
    if note == "playwright" {
        return playwrights_is_there().then_some(Browser::Playwrights);
    }
    Path::new(note).is_file().then(|| Browser::Installed(note.into()))
}

fn bring() -> Result<Browser> {
    if playwrights_is_there() {
        return Ok(Browser::Playwrights);
    }
    if answers(PLAYWRIGHTS_BROWSERS) {
        let mut install = playwright::program("playwright");
        install.args(["install", "chromium"]);
        if process::succeeds_within(&mut install, PATIENCE) && playwrights_is_there() {
            return Ok(Browser::Playwrights);
        }
    }
    ui::say("Playwright's own Chromium cannot be had here; taking the system's.");
    if let Some(path) = paths::program(HEADLESS) {
        return Ok(Browser::Installed(path));
    }
    match debian::install(&[HEADLESS, "fonts-liberation", "fonts-noto-color-emoji"]) {
        Ok(()) => paths::program(HEADLESS)
            .map(Browser::Installed)
            .with_context(|| format!("{HEADLESS} was installed, but is not in PATH")),
        Err(why) => installed().map(Browser::Installed).ok_or(why),
    }
}

/// A Chromium that has windows too: it takes nearly twice as long for the same tests.
fn installed() -> Option<PathBuf> {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find_map(paths::program)
}

/// Whether Playwright's Chromium is there and starts: it may lack the system's libraries.
fn playwrights_is_there() -> bool {
    let script = "require('@playwright/test').chromium.launch().then(it => it.close())\
        .then(() => process.exit(0), () => process.exit(1))";
    let mut node = Command::new("node");
    node.args(["-e", script]).current_dir(paths::end2end()).stdout(Stdio::null()).stderr(Stdio::null());
    process::succeeds_within(&mut node, Duration::from_secs(30))
}

fn answers(address: &str) -> bool {
    let script = "fetch(process.argv[1], { method: 'HEAD', signal: AbortSignal.timeout(5000) })\
        .then(() => process.exit(0), () => process.exit(1))";
    let mut node = Command::new("node");
    node.args(["-e", script, address]).stdout(Stdio::null()).stderr(Stdio::null());
    process::succeeds_within(&mut node, Duration::from_secs(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_that_went_away_is_looked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("chromium");
        assert_eq!(remembered(&path.display().to_string()), None);

        fs::write(&path, "").unwrap();
        assert_eq!(remembered(&path.display().to_string()), Some(Browser::Installed(path)));
    }
}
