//! OpenSearch: its jars from Maven Central, and our program that starts a node of them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result};

use super::{debian, engines::java};
use crate::{paths, process, tools, ui};

/// The oldest Java that it runs on, which it is also compiled for.
const JAVA: &str = "17";

/// Debian's packages of a Java that compiles.
const COMPILERS: [&str; 2] = ["default-jdk-headless", "openjdk-17-jdk-headless"];

/// Which jars.
const POM: &str = include_str!("../../opensearch/pom.xml");

/// What starts a node.
const NODE: &str = include_str!("../../opensearch/OpenSearchNode.java");

/// OpenSearch, and the Java that runs it.
pub(crate) struct OpenSearchNode {
    pub(crate) java: PathBuf,
    /// Has `jars` and `classes` in it.
    pub(crate) folder: PathBuf,
}

/// Finds OpenSearch and a Java for it, or brings them.
///
/// # Errors
/// When Java or Maven are missing and cannot be installed.
pub(super) fn opensearch() -> Result<OpenSearchNode> {
    let java = java()?;
    let version = tools::pinned("opensearch")?;
    let folder = paths::tools().join("opensearch").join(&version);
    if !folder.join("jars").is_dir() {
        ui::say(format_args!("OpenSearch {version}, from Maven Central"));
        bring(&version, &folder)?;
    }
    compile(&folder)?;
    Ok(OpenSearchNode { java, folder })
}

fn bring(version: &str, folder: &Path) -> Result<()> {
    if paths::program("mvn").is_none() {
        debian::install(&["maven"])?;
    }
    let (pom, part) = (folder.join("pom.xml"), folder.join("jars.part"));
    if part.exists() {
        fs::remove_dir_all(&part)?;
    }
    fs::create_dir_all(folder)?;
    fs::write(&pom, POM).with_context(|| format!("cannot write {}", pom.display()))?;
    let plugin = tools::pinned("maven-dependency-plugin")?;
    let mut mvn = Command::new("mvn");
    mvn.args(["--batch-mode", "--quiet", "--strict-checksums", "--file"]).arg(&pom);
    mvn.arg(format!("org.apache.maven.plugins:maven-dependency-plugin:{plugin}:copy-dependencies"));
    mvn.arg(format!("-Dopensearch={version}"));
    mvn.arg(format!("-Dlog4j-core={}", tools::pinned("log4j-core")?));
    let mut to = std::ffi::OsString::from("-DoutputDirectory=");
    to.push(&part);
    process::output(mvn.arg(to))?;
    // Last, and at once: a folder of that name is whole.
    fs::rename(&part, folder.join("jars")).with_context(|| format!("cannot rename {}", part.display()))
}

/// Compiles what starts a node, unless that is done: each start would have to otherwise.
fn compile(folder: &Path) -> Result<()> {
    let source = folder.join("OpenSearchNode.java");
    if fs::read_to_string(&source).is_ok_and(|it| it == NODE) {
        return Ok(());
    }
    let new = folder.join("new");
    fs::create_dir_all(&new)?;
    let file = new.join("OpenSearchNode.java");
    fs::write(&file, NODE)?;
    let mut javac = Command::new(javac()?);
    javac.args(["-proc:none", "--release", JAVA, "-cp"]).arg(folder.join("jars/*"));
    process::output(javac.arg("-d").arg(folder.join("classes")).arg(&file))?;
    // Last: what is there was compiled.
    fs::rename(file, &source).with_context(|| format!("cannot write {}", source.display()))
}

fn javac() -> Result<PathBuf> {
    let installed = || paths::program("javac");
    for package in COMPILERS {
        if installed().is_some() {
            break;
        }
        debian::install(&[package]).with_context(|| format!("it needs a JDK {JAVA} or newer"))?;
    }
    installed().context("a JDK was installed, but javac is not in PATH")
}
