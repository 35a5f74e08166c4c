//! One of our own programs, which serves on a port.

use std::{net::Ipv4Addr, path::Path, process::Command};

use anyhow::{Result, ensure};

use crate::engines::{Engine, Listening, ask_http};

/// A program that serves on a port.
pub(crate) struct Program {
    pub(crate) engine: Engine,
    pub(crate) port: u16,
}

impl Program {
    /// Starts it, with its folder and log below `folder`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(
        name: &str,
        command: &Command,
        port: u16,
        (folder, logs): (&Path, Listening),
    ) -> Result<Self> {
        Ok(Self { engine: Engine::start_with(name, command, &folder.join(name), logs)?, port })
    }

    /// Waits until it says that it is ready.
    ///
    /// # Errors
    /// When it does not, with its log.
    pub(crate) fn wait(&mut self) -> Result<()> {
        let port = self.port;
        self.engine.wait_until(|| {
            let request = "GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
            let answer = ask_http((Ipv4Addr::LOCALHOST, port), request)?;
            ensure!(answer.starts_with("HTTP/1.1 200 "), "it answers {answer}");
            Ok(())
        })
    }
}
