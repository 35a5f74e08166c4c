//! An operator who makes the index anew, and tries again until that is done.

use std::{path::PathBuf, process::Command};

use anyhow::Result;

use crate::{engines::Engine, ui};

/// The command, and what became of it.
pub(super) struct Rebuilds {
    command: Command,
    folder: PathBuf,
    /// The last one that was begun.
    last: Option<Engine>,
    /// Those that came to their end.
    pub(super) n_done: u64,
    /// Those that failed, because OpenSearch was away.
    pub(super) n_failed: u64,
}

impl Rebuilds {
    /// With a command that makes the index anew, and a folder for its log.
    pub(super) fn new(command: Command, folder: PathBuf) -> Self {
        Self { command, folder, last: None, n_done: 0, n_failed: 0 }
    }

    /// Begins one. None may be going on.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn begin(&mut self) -> Result<()> {
        if let Some(engine) = &mut self.last {
            return engine.start_again();
        }
        self.last = Some(Engine::start("The rebuild", &self.command, &self.folder)?);
        Ok(())
    }

    /// Kills the one that goes on, and begins another.
    ///
    /// # Errors
    /// When the system does not let us.
    pub(super) fn kill(&mut self) -> Result<()> {
        let Some(engine) = &mut self.last else { return Ok(()) };
        engine.end()?;
        engine.start_again()
    }

    /// Whether one has come to its end. One that has failed is begun again.
    ///
    /// # Errors
    /// When it cannot be.
    pub(super) fn is_done(&mut self) -> Result<bool> {
        let Some(engine) = &mut self.last else { return Ok(true) };
        match engine.has_ended_well()? {
            None => Ok(false),
            Some(true) => {
                self.n_done += 1;
                Ok(true)
            }
            Some(false) => {
                self.n_failed += 1;
                ui::say("The rebuild failed. It is begun again.");
                engine.start_again().map(|()| false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::*;

    #[test]
    fn it_is_tried_until_it_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "mkdir one || exit 0; exit 1"]);
        let mut rebuilds = Rebuilds::new(command, folder.path().join("rebuild"));

        rebuilds.begin().unwrap();
        while !rebuilds.is_done().unwrap() {
            thread::sleep(Duration::from_millis(5));
        }

        assert_eq!((rebuilds.n_failed, rebuilds.n_done), (1, 1));
    }
}
