//! What is heard of whoever makes things go wrong, line by line: `fault` with what it is as JSON, and `calm` at last.

use std::io;

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;

use crate::record::Fault;

/// Lines that were said and not taken yet.
const WAITING_MAX: usize = 64;

/// Whoever makes things go wrong, as it is heard.
pub(crate) struct Nemesis {
    lines: mpsc::Receiver<String>,
}

/// What is said.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Fault(Fault),
    Calm,
}

impl Nemesis {
    /// Listens to the input from now on.
    pub(crate) fn listen() -> Self {
        let (heard, lines) = mpsc::channel(WAITING_MAX);
        // Ends with the input or with the process: nobody can be kept from waiting for a line.
        std::thread::spawn(move || {
            for line in io::stdin().lines().map_while(Result::ok) {
                if heard.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines }
    }

    /// Shows to `see` what goes wrong until it is calm.
    ///
    /// # Errors
    /// When whoever says it is gone before: nobody mends then what is broken.
    pub(crate) async fn until_calm(&mut self, mut see: impl FnMut(Fault)) -> anyhow::Result<()> {
        while let Some(line) = self.lines.recv().await {
            match parse(&line) {
                Ok(Said::Fault(fault)) => see(fault),
                Ok(Said::Calm) => return Ok(()),
                Err(error) => complain(&error),
            }
        }
        bail!("whoever makes things go wrong is gone")
    }
}

fn parse(line: &str) -> anyhow::Result<Said> {
    match line.split_once(' ') {
        None if line == "calm" => Ok(Said::Calm),
        Some(("fault", fault)) => {
            Ok(Said::Fault(serde_json::from_str(fault).with_context(|| format!("no fault: {fault}"))?))
        }
        _ => bail!("neither `fault` nor `calm`: {line}"),
    }
}

#[expect(clippy::print_stderr, reason = "the other side listens to what is printed elsewhere")]
fn complain(error: &anyhow::Error) {
    eprintln!("{error:#}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_read_with_its_time_and_calm_is_calm() {
        let said = parse(r#"fault {"at_ms":70,"what":"FLUSHALL","detail":"Redis"}"#);
        let (what, detail) = ("FLUSHALL".to_owned(), "Redis".to_owned());
        assert_eq!(said.unwrap(), Said::Fault(Fault { at_ms: Some(70), what, detail }));
        assert_eq!(parse("calm").unwrap(), Said::Calm);
        assert!(parse("storm").is_err());
    }
}
