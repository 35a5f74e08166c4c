//! What there has to be before anything is made: tools, credentials, a region.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail, ensure};

use super::aws::{self, Aws};
use crate::{process, setup};

/// The region that lists all others.
const FIRST_REGION: &str = "us-east-1";

/// What builds, pushes and asks.
pub(crate) struct Tools {
    pub(crate) docker: PathBuf,
    pub(crate) cargo_lambda: PathBuf,
}

/// The account that is meant.
pub(crate) struct Account {
    pub(crate) aws: Aws,
    /// Its number.
    pub(crate) number: String,
}

/// Looks for all tools, and names those that are missing together.
///
/// # Errors
/// With what brings each.
pub(crate) fn tools() -> Result<Tools> {
    let mut missing = Vec::new();
    if aws::program().is_none() {
        missing.push(
            "aws, AWS's command line: https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html",
        );
    }
    let docker = aws::set("HUBBUB_DOCKER").map(PathBuf::from).or_else(|| crate::paths::program("docker"));
    match &docker {
        None => missing
            .push("docker with buildx, which builds the images: https://docs.docker.com/engine/install/"),
        Some(docker) if !answers(docker, &["buildx", "version"]) => {
            missing.push(
                "docker's buildx, which builds the images: https://github.com/docker/buildx#installing",
            );
        }
        Some(docker) if !answers(docker, &["version"]) => {
            missing
                .push("docker's engine, which does not answer: start it, or see to it that you may ask it");
        }
        Some(_) => {}
    }
    ensure!(missing.is_empty(), "These are missing:\n- {}", missing.join("\n- "));
    let cargo_lambda = match aws::set("HUBBUB_CARGO_LAMBDA") {
        Some(program) => program.into(),
        None => setup::cargo_lambda().context("cargo-lambda, which builds the functions, is missing")?,
    };
    Ok(Tools { docker: docker.context("docker was found")?, cargo_lambda })
}

/// Looks whether AWS knows the credentials and has the region.
///
/// # Errors
/// Says what is wrong with them.
pub(crate) fn account(region: Option<&str>) -> Result<Account> {
    let program = aws::program();
    let region = aws::region(region, program.as_ref())?;
    let program = program.context("aws, AWS's command line, is missing")?;
    // Asked elsewhere: where there is no such region, nobody would answer there.
    let first = Aws { program, region: FIRST_REGION.to_owned() };
    let caller = first.ask(&["sts", "get-caller-identity"])?;
    let number = caller["Account"].as_str().context("AWS tells no account")?.to_owned();
    let regions = first.ask(&["ec2", "describe-regions", "--all-regions"])?;
    let regions = regions["Regions"].as_array().into_iter().flatten();
    let state = regions.filter(|it| it["RegionName"] == *region).find_map(|it| it["OptInStatus"].as_str());
    match state {
        None => bail!("AWS has no region {region}."),
        Some("not-opted-in") => bail!("The region {region} is not enabled in the account {number}."),
        Some(_) => Ok(Account { aws: first.in_region(&region), number }),
    }
}

fn answers(program: &PathBuf, words: &[&str]) -> bool {
    process::output(Command::new(program).args(words).stdin(Stdio::null())).is_ok()
}
