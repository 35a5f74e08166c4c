//! A program that serves while somebody holds it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use crate::process;

/// How long an engine may take until it answers: some seconds, but the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long before an engine that did not answer is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// How many lines of a log are told.
const N_LINES: usize = 30;

/// Becomes the program that stands behind it. Its input ends with us, however we end: then the program does too.
const GUARD: &str = "exec 3<&0; (read -r _ <&3; kill $$ 2>&-) & exec \"$@\" </dev/null 3<&-";

/// Where what a program says goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listening {
    /// Into a file beside its folder.
    Log,
    /// To whoever listens to us.
    Aloud,
}

/// A running program, ended when dropped.
pub(crate) struct Engine {
    name: String,
    command: Command,
    child: Child,
    log: PathBuf,
}

impl Engine {
    /// Starts a program in a folder, which is made, with all that it says in a log beside the folder.
    ///
    /// # Errors
    /// When folder, log or process cannot be made.
    pub(crate) fn start(name: &str, command: &Command, folder: &Path) -> Result<Self> {
        Self::start_with(name, command, folder, Listening::Log)
    }

    /// As [`start`](Self::start), with what it says going elsewhere.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn start_with(name: &str, command: &Command, folder: &Path, logs: Listening) -> Result<Self> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let log = folder.with_extension("log");
        let mut guarded = Command::new("sh");
        guarded.args(["-c", GUARD, "sh"]).arg(command.get_program()).args(command.get_args());
        guarded.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        guarded.current_dir(folder).stdin(Stdio::piped());
        if logs == Listening::Log {
            let file = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
            guarded.stdout(file.try_clone()?).stderr(file);
        }
        let child = spawn(name, &mut guarded)?;
        Ok(Self { name: name.to_owned(), command: guarded, child, log })
    }

    /// Starts it once more, as before. It must have ended.
    ///
    /// # Errors
    /// When the process cannot be made.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        self.child = spawn(&self.name, &mut self.command)?;
        Ok(())
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

    /// Whether it has ended, however that came.
    ///
    /// # Errors
    /// When the system does not say.
    pub(crate) fn has_ended(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Whether it has ended well; nothing while it runs.
    ///
    /// # Errors
    /// When the system does not say.
    pub(crate) fn has_ended_well(&mut self) -> Result<Option<bool>> {
        Ok(self.child.try_wait()?.map(|status| status.success()))
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, which has a name: `STOP`.
    ///
    /// # Errors
    /// When it cannot be sent.
    pub(crate) fn signal(&self, name: &str) -> Result<()> {
        let number = self.id().to_string();
        process::output(Command::new("kill").args(["-s", name, &number])).map(drop)
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it does not within a minute, or not well: with the end of the log.
    pub(crate) fn stop(&mut self) -> Result<()> {
        self.signal("TERM")?;
        let start = Instant::now();
        loop {
            match self.has_ended_well()? {
                Some(true) => return Ok(()),
                Some(false) => bail!("{} was asked to stop, and failed\n{}", self.name, self.end_of_log()),
                None if start.elapsed() < PATIENCE => thread::sleep(PAUSE),
                None => bail!("{} was asked to stop, and still runs\n{}", self.name, self.end_of_log()),
            }
        }
    }

    /// Ends it from one moment to the next.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn end_of_log(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<_> = log.lines().collect();
        let end = &lines[lines.len().saturating_sub(N_LINES)..];
        format!("{}:\n{}", self.log.display(), end.join("\n"))
    }
}

fn spawn(name: &str, command: &mut Command) -> Result<Child> {
    command.spawn().with_context(|| format!("cannot start {name}"))
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

    #[test]
    fn an_engine_takes_signals_and_its_log_goes_on_when_it_starts_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut engine = start("echo here; exec sleep 600", folder.path());
        let log = folder.path().join("engine.log");
        let says = |n| match fs::read_to_string(&log).unwrap().lines().count() == n {
            true => Ok(()),
            false => bail!("not yet"),
        };
        engine.wait_until(|| says(1)).unwrap();
        assert!(!engine.has_ended().unwrap());

        engine.signal("TERM").unwrap();
        engine.child.wait().unwrap();
        assert!(engine.has_ended().unwrap());
        engine.start_again().unwrap();

        engine.wait_until(|| says(2)).unwrap();
    }

    fn start(script: &str, folder: &Path) -> Engine {
        Engine::start("sh", Command::new("sh").args(["-c", script]), &folder.join("engine")).unwrap()
    }
}
