//! The real engines that tests run on: DynamoDB Local, OpenSearch and a Java to run them, Redis, what makes its
//! certificates, and moto for queues.

use std::{
    env,
    fmt::{Display, Formatter, Result as FmtResult},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail, ensure};

use super::{
    debian,
    opensearch::{OpenSearchNode, opensearch},
    pypi::{Moto, moto},
};
use crate::{paths, process, tools, ui};

/// The oldest Java that they are run with.
const OLDEST_JAVA: u32 = 17;

/// Debian's packages of Java: the release's own, which on some is older than ours.
const JAVA_PACKAGES: [&str; 2] = ["default-jre-headless", "openjdk-17-jre-headless"];

/// The npm package that carries DynamoDB Local as Amazon built it: the one registry that has it for Java 17 whole.
const CARRIER: &str = "amplify-dynamodb-simulator";

/// The oldest Redis: the first with channels that belong to a shard.
const OLDEST_REDIS: u32 = 7;

/// What a machine may call Redis.
const REDIS_NAMES: [&str; 2] = ["redis-server", "valkey-server"];

/// The programs of all engines.
pub(crate) struct EnginePrograms {
    pub(crate) dynamodb: DynamodbLocal,
    pub(crate) opensearch: OpenSearchNode,
    /// Stands in for SQS.
    pub(crate) moto: Moto,
    /// Redis, or Valkey, which is the same to us.
    pub(crate) redis: PathBuf,
    /// Makes certificates, and asks over TLS.
    pub(crate) openssl: PathBuf,
}

/// DynamoDB Local, and the Java that runs it.
pub(crate) struct DynamodbLocal {
    pub(crate) java: PathBuf,
    /// Has `DynamoDBLocal.jar` in it.
    pub(crate) folder: PathBuf,
}

impl Display for EnginePrograms {
    fn fmt(&self, f: &mut Formatter<'_>) -> FmtResult {
        let DynamodbLocal { java, folder } = &self.dynamodb;
        writeln!(f, "Java:           {}", java.display())?;
        writeln!(f, "DynamoDB Local: {}", folder.display())?;
        writeln!(f, "OpenSearch:     {}", self.opensearch.folder.display())?;
        writeln!(f, "moto's Python:  {}", self.moto.python.display())?;
        writeln!(f, "Redis:          {}", self.redis.display())?;
        write!(f, "openssl:        {}", self.openssl.display())
    }
}

/// Finds the engines or brings them.
///
/// # Errors
/// Says which one is missing, and what would bring it.
pub(crate) fn engines() -> Result<EnginePrograms> {
    Ok(EnginePrograms {
        dynamodb: dynamodb_local().context("DynamoDB Local is missing")?,
        opensearch: opensearch().context("OpenSearch is missing")?,
        moto: moto().context("moto is missing")?,
        redis: redis_server().context("Redis is missing")?,
        openssl: openssl().context("openssl is missing")?,
    })
}

/// Finds DynamoDB Local and a Java for it, or brings them.
///
/// # Errors
/// When a Java or npm is missing and cannot be installed.
pub(crate) fn dynamodb_local() -> Result<DynamodbLocal> {
    let java = java()?;
    let version = tools::pinned(CARRIER)?;
    let folder = paths::tools().join("dynamodb").join(&version);
    if !folder.is_dir() {
        ui::say(format_args!("DynamoDB Local, from the npm package {CARRIER} {version}"));
        unpack(&version, &folder)?;
        let licence = folder.join("LICENSE.txt");
        ui::say(format_args!(
            "Its licence is Amazon's, who want you to have an account: {}",
            licence.display()
        ));
    }
    Ok(DynamodbLocal { java, folder })
}

/// Finds a Redis that is new enough, or brings Debian's.
///
/// # Errors
/// When there is none, or only an older one.
pub(crate) fn redis_server() -> Result<PathBuf> {
    let find = || REDIS_NAMES.into_iter().find_map(paths::program);
    if find().is_none() {
        debian::install(&["redis-server"])?;
    }
    let redis = find().context("redis-server was installed, but is not in PATH")?;
    let told = process::output(Command::new(&redis).arg("--version"))?;
    let version = redis_version(&told).with_context(|| format!("{} tells no version", redis.display()))?;
    ensure!(
        version >= OLDEST_REDIS,
        "{} is of version {version}, but the tests need {OLDEST_REDIS} or newer",
        redis.display(),
    );
    Ok(redis)
}

/// Finds nginx, or brings Debian's.
///
/// # Errors
/// When there is none.
pub(crate) fn nginx() -> Result<PathBuf> {
    if paths::program("nginx").is_none() {
        debian::install(&["nginx-light"])?;
    }
    paths::program("nginx").context("nginx was installed, but is not in PATH")
}

fn openssl() -> Result<PathBuf> {
    if paths::program("openssl").is_none() {
        debian::install(&["openssl"])?;
    }
    paths::program("openssl").context("openssl was installed, but is not in PATH")
}

/// Finds a Java that is new enough, or brings Debian's.
///
/// # Errors
/// When there is none.
pub(super) fn java() -> Result<PathBuf> {
    if let Some(java) = installed_java() {
        return Ok(java);
    }
    for package in JAVA_PACKAGES {
        debian::install(&[package]).with_context(|| format!("it needs Java {OLDEST_JAVA} or newer"))?;
        if let Some(java) = installed_java() {
            return Ok(java);
        }
    }
    bail!("it needs Java {OLDEST_JAVA} or newer; what was installed is older, or not in PATH")
}

/// The first Java of this machine that is new enough.
fn installed_java() -> Option<PathBuf> {
    let home = env::var_os("JAVA_HOME").filter(|it| !it.is_empty());
    let home = home.map(|it| Path::new(&it).join("bin/java")).filter(|it| it.is_file());
    home.into_iter().chain(paths::program("java")).find(|java| {
        // Java 8 does not know the option, and macOS has a `java` that only says how to get one.
        let told = process::output(Command::new(java).arg("--version"));
        told.is_ok_and(|it| java_version(&it).is_some_and(|it| it >= OLDEST_JAVA))
    })
}

/// Brings the npm package, runs nothing of it, and keeps what Amazon built.
fn unpack(version: &str, folder: &Path) -> Result<()> {
    ensure!(paths::program("npm").is_some(), "it comes by npm, which comes with Node: https://nodejs.org");
    let part = folder.with_extension("part");
    if part.exists() {
        fs::remove_dir_all(&part)?;
    }
    fs::create_dir_all(&part)?;
    let spec = format!("{CARRIER}@{version}");
    process::output(Command::new("npm").args(["pack", "--silent", &spec]).current_dir(&part))?;
    let archive = format!("{CARRIER}-{version}.tgz");
    let mut tar = Command::new("tar");
    tar.args(["-xzf", &archive, "package/emulator"]).current_dir(&part);
    process::output(&mut tar)?;
    // Last, and at once: a folder of that name is whole.
    fs::rename(part.join("package/emulator"), folder)?;
    fs::remove_dir_all(&part).with_context(|| format!("cannot remove {}", part.display()))
}

/// The first number of what `java --version` tells: `openjdk 17.0.15 2025-04-15`.
fn java_version(told: &str) -> Option<u32> {
    leading_number(told.split_whitespace().nth(1)?)
}

/// The first number of what Redis tells: `Redis server v=7.0.15 sha=00000000:0 malloc=…`.
fn redis_version(told: &str) -> Option<u32> {
    leading_number(told.split_once(" v=")?.1)
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn javas_tell_their_versions() {
        assert_eq!(
            java_version("openjdk 17.0.15 2025-04-15\nOpenJDK Runtime Environment (build 17)"),
            Some(17)
        );
        assert_eq!(java_version("java 21 2023-09-19 LTS"), Some(21));
        assert_eq!(java_version("openjdk 27-ea 2026-09-15"), Some(27));
        assert_eq!(java_version("no java here"), None);
    }

    #[test]
    fn redis_and_valkey_tell_their_versions() {
        assert_eq!(redis_version("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0"), Some(7));
        assert_eq!(redis_version("Valkey server v=8.1.3 sha=00000000:0"), Some(8));
        assert_eq!(redis_version("redis"), None);
    }
}
