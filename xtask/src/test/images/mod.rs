//! What the images hold, without Docker: each in a file system of just that, as whoever the image names, on files that
//! nobody can write.

mod dockerfile;
mod root;

use std::{
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use self::root::Root;
use super::{Setting, checks::in_turn, tally::Tally};
use crate::{
    build::{self, Profile},
    engines::{Dynamodb, Folder, Life, Ports, Redis, ask_http, settings},
    process, programs, setup,
    ui::Steps,
};

/// What the task that makes the index anew begins with.
const INDEXER: &str = "/hubbub/indexer";

/// What takes the place of the account, and what programs are told of it.
struct Around {
    folder: Folder,
    /// What the build in the Dockerfile has below `/out`.
    built: PathBuf,
    told: Vec<(&'static str, String)>,
    port: u16,
    _engines: (Dynamodb, Redis),
}

/// Starts all of them. Where runs are whole, what images hold is built for it; otherwise what is tested takes its place.
pub(super) fn run(setting: &Setting) -> Result<Tally> {
    let around = Around::make(setting)?;
    Ok(in_turn(
        "images",
        &[
            ("`commands` makes the tables, and could make the index anew", &|| around.commands()),
            ("`socket-server` serves, says that it is alive, and stops", &|| {
                around.serves("socket-server", "HUBBUB_ADDR", |port| format!("127.0.0.1:{port}"), |_| Ok(()))
            }),
            ("`app` serves, says that it is alive, and stops", &|| {
                around.serves("app", "PORT", |port| port.to_string(), page)
            }),
        ],
    ))
}

impl Around {
    fn make(setting: &Setting) -> Result<Self> {
        let mut unshare = Command::new("unshare");
        let may = process::output(unshare.args(["--user", "--map-root-user", "--mount", "true"]));
        may.context(
            "this system lets nobody make a file system of their own (unprivileged user namespaces)",
        )?;
        let mut steps = Steps::new(build::N_STEPS);
        let built = match setting.is_full {
            true => build::for_images(setting.toolchain, None, &mut steps)?,
            false => build::all(setting.toolchain, Profile::Tested, &mut steps)?,
        };
        let folder = Folder::take(&crate::paths::target().join("images"))?;
        let out = folder.path.join("out");
        programs::put(&built, &out)?;
        let (installed, mut ports) = (setup::engines()?, Ports::new());
        let mut dynamodb = Dynamodb::start(&installed.dynamodb, &folder.path, ports.take()?, Life::Short)?;
        let mut redis = Redis::start(&installed.redis, &folder.path.join("redis"), ports.take()?)?;
        dynamodb.wait()?;
        redis.wait()?;
        let told = settings(dynamodb.address(), redis.address()).to_vec();
        Ok(Self { folder, built: out, told, port: ports.take()?, _engines: (dynamodb, redis) })
    }

    fn root(&self, target: &str) -> Result<Root> {
        Root::make(
            self.folder.path.join(format!("root-of-{target}")),
            dockerfile::image(target)?,
            &self.built,
        )
    }

    fn commands(&self) -> Result<()> {
        let root = self.root("commands")?;
        ensure!(root.run(&["--help"], &[])?.contains("tables"), "its help names no tables");
        root.run(&["tables", "create"], &self.told)?;
        ensure!(root.run_other(INDEXER, &["--help"])?.contains("rebuild"), "its help names no rebuild");
        Ok(())
    }

    /// Starts a program that serves on a port of which it is told so, and looks at it until it has stopped.
    fn serves(
        &self,
        target: &str,
        name: &'static str,
        place: impl Fn(u16) -> String,
        look: impl Fn(u16) -> Result<()>,
    ) -> Result<()> {
        let root = self.root(target)?;
        let told = [self.told.as_slice(), &[(name, place(self.port))]].concat();
        let not_yet = root.ask_health(&told);
        ensure!(not_yet.is_err(), "it is said to be alive before it is there");
        let folder = self.folder.path.join(target);
        let mut program = root.start(target, &told, &folder)?;
        program.wait_until(|| answers(self.port, "/readyz").map(drop))?;
        root.ask_health(&told)?;
        look(self.port)?;
        program.stop()?;
        logged(&folder.with_extension("log"))
    }
}

/// That there is a page, with what it loads.
fn page(port: u16) -> Result<()> {
    let page = answers(port, "/sign-in")?;
    let asset = page.split('"').find(|it| it.starts_with("/pkg/")).context("a page names no asset")?;
    answers(port, asset).map(drop)
}

fn answers(port: u16, path: &str) -> Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    let answer = ask_http((Ipv4Addr::LOCALHOST, port), &request)?;
    ensure!(answer.starts_with("HTTP/1.1 200 "), "{path} is answered with {answer}");
    Ok(answer)
}

/// That all that was logged is for programs, from the first line to the last.
fn logged(log: &Path) -> Result<()> {
    let text = fs::read_to_string(log)?;
    for line in text.lines() {
        serde_json::from_str::<Value>(line).with_context(|| format!("a line is no JSON: {line}"))?;
    }
    ensure!(
        text.contains("Listening") && text.contains("Stopped"),
        "it is not told that it begins and ends:\n{text}"
    );
    Ok(())
}
