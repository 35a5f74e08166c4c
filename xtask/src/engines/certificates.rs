//! A certificate authority that only this run's tests trust, and a certificate of it for this machine.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use crate::process;

/// What the certificates say. Strict clients want all of it.
const SETTINGS: &str = "[req]
distinguished_name = name
prompt = no

[name]
CN = localhost

[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash

[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
authorityKeyIdentifier = keyid
";

/// A new key, unencrypted, of a kind that is made at once.
const KEY: [&str; 5] = ["-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];

/// For longer than any run.
const DAYS: [&str; 2] = ["-days", "7"];

/// Files in PEM.
pub(super) struct Certificates {
    /// The authority's certificate: what clients trust.
    pub(super) authority: PathBuf,
    /// The server's certificate.
    pub(super) server: PathBuf,
    /// The server's key.
    pub(super) key: PathBuf,
}

impl Certificates {
    /// Makes them in a folder.
    ///
    /// # Errors
    /// When openssl cannot make them.
    pub(super) fn make(openssl: &Path, folder: &Path) -> Result<Self> {
        fs::write(folder.join("certificates.conf"), SETTINGS)?;
        let run = |args: &[&[&str]]| {
            let mut command = Command::new(openssl);
            process::output(command.args(args.concat()).current_dir(folder)).map(|_| ())
        };
        let settings = ["-config", "certificates.conf"];
        run(&[
            &["req", "-x509", "-extensions", "authority", "-subj", "/CN=Hubbub's tests"],
            &settings,
            &KEY,
            &DAYS,
            &["-keyout", "authority.key", "-out", "authority.pem"],
        ])?;
        run(&[&["req", "-new"], &settings, &KEY, &["-keyout", "server.key", "-out", "server.csr"]])?;
        run(&[
            &["x509", "-req", "-in", "server.csr", "-CA", "authority.pem", "-CAkey", "authority.key"],
            &["-set_serial", "1", "-extfile", "certificates.conf", "-extensions", "server"],
            &DAYS,
            &["-out", "server.pem"],
        ])?;
        Ok(Self {
            authority: folder.join("authority.pem"),
            server: folder.join("server.pem"),
            key: folder.join("server.key"),
        })
    }
}
