//! The part of the stack that keeps an index up, with engines of its own: no nodes, no pages, no front door.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::{
    engines::OwnEngines,
    functions::{Functions, Programs},
    running::Plan,
};
use crate::{
    build::Built,
    engines::{Engine, Listening, Ports},
    process,
    setup::EnginePrograms,
};

/// What the names of tables and indexes begin with.
const PREFIX: &str = "hubbub";

/// What keeps an index up. Dropping ends it.
pub(crate) struct Indexing {
    pub(crate) functions: Functions,
    pub(crate) engines: OwnEngines,
}

/// What it is made of.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) built: &'a Built,
    pub(crate) engines: &'a EnginePrograms,
    pub(crate) cargo_lambda: &'a Path,
}

impl Indexing {
    /// Starts it, with everything in a folder below another, and waits until the functions can be called. The poller is
    /// told more.
    ///
    /// # Errors
    /// When something cannot be started, or does not answer.
    pub(crate) fn start(
        above: &Path,
        polling: &[&str],
        made_of: Parts<'_>,
        ports: &mut Ports,
    ) -> Result<Self> {
        let Parts { built, engines: programs, cargo_lambda } = made_of;
        let engines = OwnEngines::start(programs, above, ports)?;
        let plan = plan(&engines, polling);
        let told = |program: &str| {
            let ports = engines.ports();
            plan.beside(built.program(program), (ports.dynamodb, ports.redis))
        };
        process::output(told("hubbub").args(["tables", "create"]))?;
        let programs = Programs {
            cargo_lambda: cargo_lambda.to_owned(),
            indexer: told("indexer"),
            search: told("search"),
            bench: built.program("bench"),
        };
        Ok(Self { functions: Functions::start(&plan, programs, ports.take()?)?, engines })
    }

    /// A program that works on the same tables and the same index.
    pub(crate) fn beside(&self, command: Command) -> Command {
        let plan = plan(&self.engines, &[]);
        let ports = self.engines.ports();
        let mut command = plan.beside(command, (ports.dynamodb, ports.redis));
        command.env("HUBBUB_INDEX", self.engines.opensearch.address());
        command.env("HUBBUB_DEAD_LETTERS", &self.functions.letters);
        command
    }

    /// The alias by which the index is read.
    pub(crate) fn alias() -> String {
        format!("{PREFIX}-messages")
    }

    /// The table of messages.
    pub(crate) fn table() -> String {
        format!("{PREFIX}-messages")
    }

    /// Whether everything still runs but for what is down, as `is_down` says of OpenSearch, the indexer and the poller.
    ///
    /// # Errors
    /// When something else has ended; its log is told.
    pub(crate) fn check_but(&mut self, [opensearch, indexer, poller]: [bool; 3]) -> Result<()> {
        self.engines.check_but(false, opensearch)?;
        let Functions { caller, indexer: function, poller: polls, .. } = &mut self.functions;
        let indexer = (!indexer).then_some(function);
        let poller = (!poller).then_some(polls);
        [caller].into_iter().chain(indexer).chain(poller).try_for_each(Engine::check)
    }
}

fn plan<'a>(engines: &OwnEngines, polling: &'a [&'a str]) -> Plan<'a> {
    Plan {
        folder: engines.folder.path.clone(),
        port: 0,
        n_nodes: 0,
        engines: engines.ports(),
        prefix: PREFIX.to_owned(),
        settings: &[],
        polling,
        logs: Listening::Log,
        is_updated: false,
    }
}
