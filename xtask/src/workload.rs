//! What works while things go wrong: the program `bench`, and what passes between it and us.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use serde_json::json;

/// The running program, ended when dropped.
pub(crate) struct Workload {
    child: Child,
    to_it: ChildStdin,
    lines: Receiver<String>,
}

/// What it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    /// Members and rooms are there.
    Ready,
    /// So many messages are acknowledged.
    Progress(u64),
    /// Nobody writes any more.
    Talked,
    /// The index has what the store has.
    Equal,
    /// Something for people.
    Line(String),
    /// It has ended.
    Ended,
}

impl Workload {
    /// Starts it.
    ///
    /// # Errors
    /// When that fails.
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("cannot start what works meanwhile")?;
        let to_it = child.stdin.take().expect("the input was asked for");
        let stdout = child.stdout.take().expect("and the output");
        let (say, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if say.send(line).is_err() {
                    return;
                }
            }
        });
        Ok(Self { child, to_it, lines })
    }

    /// What it says next, if it says anything within this time.
    pub(crate) fn hear(&self, within: Duration) -> Option<Said> {
        match self.lines.recv_timeout(within) {
            Ok(line) => Some(Said::of(line)),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Said::Ended),
        }
    }

    /// Tells it what has gone wrong.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn tell(&mut self, at: Duration, what: &str, detail: &str) -> Result<()> {
        let fault = json!({ "at_ms": at.as_millis(), "what": what, "detail": detail });
        self.say(&format!("fault {fault}"))
    }

    /// Tells it that nothing goes wrong any more.
    ///
    /// # Errors
    /// When it has ended.
    pub(crate) fn tell_calm(&mut self) -> Result<()> {
        self.say("calm")
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When it has not ended well.
    pub(crate) fn wait(mut self) -> Result<()> {
        let status = self.child.wait()?;
        if !status.success() {
            bail!("what worked through it all ended with {status}");
        }
        Ok(())
    }

    fn say(&mut self, line: &str) -> Result<()> {
        writeln!(self.to_it, "{line}").context("what works meanwhile has ended")
    }
}

impl Drop for Workload {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Said {
    fn of(line: String) -> Self {
        let progress = line.strip_prefix("progress: acknowledged ").and_then(|it| it.parse().ok());
        match (line.as_str(), progress) {
            ("ready", _) => Self::Ready,
            ("talked", _) => Self::Talked,
            ("equal", _) => Self::Equal,
            (_, Some(n)) => Self::Progress(n),
            _ => Self::Line(line),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_is_understood_and_the_rest_is_for_people() {
        assert_eq!(Said::of("ready".to_owned()), Said::Ready);
        assert_eq!(Said::of("talked".to_owned()), Said::Talked);
        assert_eq!(Said::of("progress: acknowledged 7".to_owned()), Said::Progress(7));
        assert_eq!(Said::of("result: well".to_owned()), Said::Line("result: well".to_owned()));
    }

    #[test]
    fn it_hears_what_goes_wrong_and_its_end_is_noticed() {
        let mut echo = Command::new("sh");
        echo.args(["-c", "read it; echo $it"]);
        let mut workload = Workload::start(echo).unwrap();

        workload.tell_calm().unwrap();

        let patience = Duration::from_secs(30);
        assert_eq!(workload.hear(patience), Some(Said::Line("calm".to_owned())));
        assert_eq!(workload.hear(patience), Some(Said::Ended));
        workload.wait().unwrap();
    }
}
