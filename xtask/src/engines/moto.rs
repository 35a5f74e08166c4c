//! moto, which stands in for AWS's queues.

use std::{net::Ipv4Addr, path::Path, process::Command};

use anyhow::{Result, ensure};

use super::{engine::Engine, http::ask_http};
use crate::setup::Moto;

/// What shows what it has.
const ROOT: &str = "GET /moto-api/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

/// A running moto. It listens on 127.0.0.1, and keeps all in memory.
pub(crate) struct Queues {
    engine: Engine,
    pub(crate) port: u16,
}

impl Queues {
    /// Starts one that has its folder and log below `folder`.
    ///
    /// # Errors
    /// When Python cannot be started.
    pub(crate) fn start(moto: &Moto, folder: &Path, port: u16) -> Result<Self> {
        let engine = Engine::start("moto", &command(moto, port), &folder.join("moto"))?;
        Ok(Self { engine, port })
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// When it does not, with its log.
    pub(crate) fn wait(&mut self) -> Result<()> {
        let port = self.port;
        self.engine.wait_until(|| {
            let answer = ask_http((Ipv4Addr::LOCALHOST, port), ROOT)?;
            ensure!(answer.starts_with("HTTP/1.1 200 "), "it answers {answer}");
            Ok(())
        })
    }

    /// Where it is: `http://127.0.0.1:15000`.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

fn command(moto: &Moto, port: u16) -> Command {
    let mut python = Command::new(&moto.python);
    python.args(["-m", "moto.server", "--host", "127.0.0.1", "--port", &port.to_string()]);
    python
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_reaches_it() {
        let python = command(&Moto { python: "/tools/moto/bin/python".into() }, 15_000);

        let line: Vec<_> = python.get_args().map(|it| it.to_string_lossy()).collect();
        assert_eq!(line.join(" "), "-m moto.server --host 127.0.0.1 --port 15000");
    }
}
