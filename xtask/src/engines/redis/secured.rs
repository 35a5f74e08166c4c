//! Redis as one has it in a cloud: over TLS only, with a name and a password.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};

use super::{super::certificates::Certificates, Engine, command};
use crate::{process, setup::EnginePrograms};

/// Who may use it.
const USER: &str = "hubbub";

/// Their password. It guards nothing, and nobody from elsewhere reaches it.
const PASSWORD: &str = "only-for-tests";

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running Redis that wants TLS, a name and a password.
pub(in crate::engines) struct Secured {
    engine: Engine,
    port: u16,
    authority: PathBuf,
    openssl: PathBuf,
}

impl Secured {
    /// Makes its certificates and starts it in a folder, with its log beside it.
    ///
    /// # Errors
    /// When there can be no certificates, or it cannot be started.
    pub(in crate::engines) fn start(programs: &EnginePrograms, folder: &Path, port: u16) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let certificates = Certificates::make(&programs.openssl, folder)
            .context("cannot make certificates for a Redis behind TLS")?;
        let redis = secured(&programs.redis, &certificates, port);
        let engine = Engine::start("Redis behind TLS", &redis, folder)?;
        Ok(Self { engine, port, authority: certificates.authority, openssl: programs.openssl.clone() })
    }

    /// Waits until it answers, over TLS, to whom knows the password.
    ///
    /// # Errors
    /// When it does not, with its log.
    pub(in crate::engines) fn wait(&mut self) -> Result<()> {
        let Self { engine, port, authority, openssl } = self;
        engine.wait_until(|| {
            let mut client = Command::new(&*openssl);
            client.args(["s_client", "-quiet", "-verify_return_error", "-connect"]);
            client.arg(format!("localhost:{port}")).arg("-CAfile").arg(&*authority);
            let words = format!("AUTH {USER} {PASSWORD}\r\nPING\r\nQUIT\r\n");
            let answer = process::answer_within(&mut client, &words, PATIENCE)?;
            ensure!(answer.contains("+PONG"), "it answers {answer}");
            Ok(())
        })
    }

    /// Where it is, with name and password. By the name that its certificate has.
    pub(in crate::engines) fn address(&self) -> String {
        format!("rediss://{USER}:{PASSWORD}@localhost:{}", self.port)
    }

    /// The certificate of whom to trust, in PEM.
    pub(in crate::engines) fn authority(&self) -> &Path {
        &self.authority
    }

    pub(in crate::engines) fn engine(&mut self) -> &mut Engine {
        &mut self.engine
    }
}

fn secured(server: &Path, certificates: &Certificates, port: u16) -> Command {
    let mut redis = command(server);
    // `localhost` may be either.
    redis.args(["--bind", "127.0.0.1", "-::1", "--port", "0", "--tls-port", &port.to_string()]);
    redis.arg("--tls-cert-file").arg(&certificates.server);
    redis.arg("--tls-key-file").arg(&certificates.key);
    redis.arg("--tls-ca-cert-file").arg(&certificates.authority);
    redis.args(["--tls-auth-clients", "no", "--user", "default", "off"]);
    redis.args(["--user", USER, "on", &format!(">{PASSWORD}"), "~*", "&*", "+@all"]);
    redis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_comes_in_without_tls_or_without_a_name() {
        let [authority, server, key] = ["/a.pem", "/s.pem", "/s.key"].map(PathBuf::from);

        let redis = secured(Path::new("redis-server"), &Certificates { authority, server, key }, 15_000);

        let line: Vec<_> = redis.get_args().map(|it| it.to_string_lossy()).collect();
        let line = line.join(" ");
        assert!(line.contains("--port 0 --tls-port 15000 "), "{line}");
        assert!(line.contains("--user default off --user hubbub on >only-for-tests "), "{line}");
    }
}
