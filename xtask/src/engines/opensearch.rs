//! One OpenSearch node.

use std::{net::Ipv4Addr, path::Path, process::Command};

use anyhow::{Result, ensure};

use super::{engine::Engine, http::ask_http};
use crate::setup::OpenSearchNode;

/// Makes Java do with less memory and start sooner: tests run for minutes.
const SMALL: [&str; 3] = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx512m"];

/// What tells its version.
const ROOT: &str = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";

/// A running node. It listens on 127.0.0.1.
pub(crate) struct OpenSearch {
    engine: Engine,
    pub(crate) port: u16,
}

impl OpenSearch {
    /// Starts one that has its folder and log below `folder`.
    ///
    /// # Errors
    /// When Java cannot be started.
    pub(crate) fn start(node: &OpenSearchNode, folder: &Path, port: u16) -> Result<Self> {
        let engine = Engine::start("OpenSearch", &command(node, port), &folder.join("opensearch"))?;
        Ok(Self { engine, port })
    }

    /// Waits until it answers.
    ///
    /// # Errors
    /// When it does not, with its log.
    pub(crate) fn wait(&mut self) -> Result<()> {
        let port = self.port;
        self.engine.wait_until(|| ask(port))
    }

    /// Whether it answers now.
    pub(crate) fn answers(&self) -> bool {
        ask(self.port).is_ok()
    }

    /// Where it is: `http://127.0.0.1:15000`.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

fn ask(port: u16) -> Result<()> {
    let answer = ask_http((Ipv4Addr::LOCALHOST, port), ROOT)?;
    ensure!(answer.starts_with("HTTP/1.1 200 "), "it answers {answer}");
    Ok(())
}

fn command(node: &OpenSearchNode, port: u16) -> Command {
    let mut path = node.folder.join("classes").into_os_string();
    path.push(":");
    path.push(node.folder.join("jars/*"));
    let mut java = Command::new(&node.java);
    java.args(SMALL).arg("-cp").arg(path).args(["OpenSearchNode", &port.to_string()]);
    java
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_small_and_has_its_port() {
        let node = OpenSearchNode { java: "/opt/java".into(), folder: "/tools/opensearch".into() };

        let java = command(&node, 15_000);

        let line: Vec<_> = java.get_args().map(|it| it.to_string_lossy()).collect();
        assert_eq!(
            line.join(" "),
            "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m -cp \
             /tools/opensearch/classes:/tools/opensearch/jars/* OpenSearchNode 15000"
        );
    }
}
