//! A program that serves while somebody holds it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

/// How long an engine may take until it answers: some seconds, but the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long before an engine that did not answer is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// How many lines of a log are told.
const N_LINES: usize = 30;

/// Becomes the program that stands behind it. Its input ends with us, however we end: then the program does too.
const GUARD: &str = "exec 3<&0; (read -r _ <&3; kill $$ 2>&-) & exec \"$@\" </dev/null 3<&-";

/// A running program, ended when dropped.
pub(crate) struct Engine {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Engine {
    /// Starts a program in a folder, which is made, with all that it says in a log beside the folder.
    ///
    /// # Errors
    /// When folder, log or process cannot be made.
    pub(crate) fn start(name: &str, command: &Command, folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let log = folder.with_extension("log");
        let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut guarded = Command::new("sh");
        guarded.args(["-c", GUARD, "sh"]).arg(command.get_program()).args(command.get_args());
        guarded.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        guarded.current_dir(folder).stdin(Stdio::piped()).stdout(file.try_clone()?).stderr(file);
        let child = guarded.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name: name.to_owned(), child, log })
    }

    /// Waits until `ask` succeeds.
    ///
    /// # Errors
    /// When the program ends, or `ask` has no success for a minute: with the end of the log.
    pub(crate) fn wait_until(&mut self, mut ask: impl FnMut() -> Result<()>) -> Result<()> {
        let start = Instant::now();
        loop {
            self.check()?;
            let Err(why) = ask() else { return Ok(()) };
            if start.elapsed() > PATIENCE {
                bail!("{} does not answer: {why:#}\n{}", self.name, self.end_of_log());
            }
            thread::sleep(PAUSE);
        }
    }

    /// Whether it still runs.
    ///
    /// # Errors
    /// When it has ended: with the end of its log.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("{} ended ({status})\n{}", self.name, self.end_of_log()),
        }
    }

    fn end_of_log(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        let end = &lines[lines.len().saturating_sub(N_LINES)..];
        format!("{}:\n{}", self.log.display(), end.join("\n"))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // It may have ended by itself, and there is nothing in it to keep.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;

    #[test]
    fn what_ends_before_it_answers_is_told_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = start("echo one; echo two >&2; exit 3", folder.path());

        let why = engine.wait_until(|| bail!("nothing there")).unwrap_err().to_string();

        assert!(why.starts_with("sh ended (exit status: 3)"), "{why}");
        assert!(why.ends_with("engine.log:\none\ntwo"), "{why}");
    }

    #[test]
    fn an_engine_that_is_dropped_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let engine = start("exec >../pipe; echo here; exec sleep 600", folder.path());
        let mut lines = BufReader::new(File::open(&pipe).unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "here");

        drop(engine);

        assert!(lines.next().is_none(), "its output is still open");
    }

    #[test]
    fn an_engine_ends_with_whoever_held_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = start("exec sleep 600", folder.path());

        drop(engine.child.stdin.take());

        assert!(!engine.child.wait().unwrap().success());
    }

    fn start(script: &str, folder: &Path) -> Engine {
        Engine::start("sh", Command::new("sh").args(["-c", script]), &folder.join("engine")).unwrap()
    }
}
