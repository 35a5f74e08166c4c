//! DynamoDB Local, in memory.

use std::{path::Path, process::Command};

use anyhow::Result;
use serde_json::json;

use super::{
    engine::Engine,
    http::{Aws, ask_aws},
};
use crate::setup::DynamodbLocal;

/// How long it is to live.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Life {
    /// It starts in half the time: it serves tests.
    Short,
    /// It becomes faster by a fifth after a minute or so.
    Long,
}

/// Makes Java do with less memory.
const SMALL: [&str; 2] = ["-XX:+UseSerialGC", "-Xmx512m"];

/// A running DynamoDB Local. It listens on every address of this machine: it knows no way not to.
pub(crate) struct Dynamodb {
    engine: Engine,
    pub(crate) port: u16,
}

impl Dynamodb {
    /// Starts one that has its folder and log below `folder`.
    ///
    /// # Errors
    /// When Java cannot be started.
    pub(crate) fn start(local: &DynamodbLocal, folder: &Path, port: u16, life: Life) -> Result<Self> {
        let engine = Engine::start("DynamoDB Local", &command(local, port, life), &folder.join("dynamodb"))?;
        Ok(Self { engine, port })
    }

    /// Waits until it lists its tables.
    ///
    /// # Errors
    /// When it does not, with its log.
    pub(crate) fn wait(&mut self) -> Result<()> {
        let port = self.port;
        self.engine.wait_until(|| ask_aws(port, Aws::DynamoDb, "ListTables", &json!({})).map(drop))
    }

    /// Where it is: `http://127.0.0.1:15000`.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

fn command(local: &DynamodbLocal, port: u16, life: Life) -> Command {
    let mut libraries = std::ffi::OsString::from("-Djava.library.path=");
    libraries.push(local.folder.join("DynamoDBLocal_lib"));
    let mut java = Command::new(&local.java);
    java.args(SMALL);
    if let Life::Short = life {
        java.arg("-XX:TieredStopAtLevel=1"); // It translates quickly, and not well.
    }
    java.arg(libraries).arg("-jar").arg(local.folder.join("DynamoDBLocal.jar"));
    // One store, whatever region and keys a client names.
    java.args(["-inMemory", "-sharedDb", "-disableTelemetry", "-port", &port.to_string()]);
    java
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_all_in_memory_and_tells_nobody() {
        let local = DynamodbLocal { java: "/opt/java".into(), folder: "/tools/dynamodb".into() };

        let java = command(&local, 15_000, Life::Long);

        let line: Vec<_> = java.get_args().map(|it| it.to_string_lossy()).collect();
        let line = line.join(" ");
        assert_eq!(java.get_program(), "/opt/java");
        assert!(
            line.contains("-Djava.library.path=/tools/dynamodb/DynamoDBLocal_lib -jar /tools/dynamodb/"),
            "{line}"
        );
        assert!(line.ends_with(".jar -inMemory -sharedDb -disableTelemetry -port 15000"), "{line}");
    }
}
