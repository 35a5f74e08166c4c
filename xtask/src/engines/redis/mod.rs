//! Redis: alone, as a cluster, and behind TLS and a password. All in memory.

mod cluster;
mod secured;
mod wire;

pub(super) use self::{cluster::Cluster, secured::Secured};

use std::{
    net::{Ipv4Addr, TcpStream},
    path::Path,
    process::Command,
    time::Duration,
};

use anyhow::{Result, ensure};

use super::engine::Engine;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running Redis that asks nobody who they are.
pub(crate) struct Redis {
    engine: Engine,
    pub(crate) port: u16,
}

impl Redis {
    /// Starts one in a folder, with its log beside it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(server: &Path, folder: &Path, port: u16) -> Result<Self> {
        let mut redis = command(server);
        redis.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
        Ok(Self { engine: Engine::start("Redis", &redis, folder)?, port })
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// When it does not, with its log.
    pub(crate) fn wait(&mut self) -> Result<()> {
        let port = self.port;
        self.engine.wait_until(|| {
            let answer = ask(port, &["PING"])?;
            ensure!(answer == "PONG", "it answers {answer}");
            Ok(())
        })
    }

    /// Where it is: `redis://127.0.0.1:15000`.
    pub(crate) fn address(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Tells it to do something, over a connection of its own.
    ///
    /// # Errors
    /// When it does not answer, or with a failure.
    pub(crate) fn ask(&self, words: &[&str]) -> Result<String> {
        ask(self.port, words)
    }

    pub(crate) fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

/// Redis that keeps nothing.
fn command(server: &Path) -> Command {
    let mut redis = Command::new(server);
    redis.args(["--save", "", "--appendonly", "no"]);
    redis
}

/// Asks the Redis on a port, over a connection of its own.
fn ask(port: u16, words: &[&str]) -> Result<String> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    wire::ask(&mut stream, words)
}
