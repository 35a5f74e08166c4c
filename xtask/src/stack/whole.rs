//! The stack with engines of its own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use super::{
    engines::OwnEngines,
    running::{Plan, Stack},
};
use crate::{
    build::Built,
    engines::{Listening, Ports},
    setup::{self, EnginePrograms},
};

/// The programs that are not ours.
pub(crate) struct Installed {
    pub(crate) engines: EnginePrograms,
    pub(crate) tools: Tools,
}

/// What stands between ours.
pub(crate) struct Tools {
    pub(crate) nginx: PathBuf,
    pub(crate) cargo_lambda: PathBuf,
}

impl Installed {
    /// Finds them, or brings what is missing.
    ///
    /// # Errors
    /// When one cannot be had.
    pub(crate) fn find() -> Result<Self> {
        let tools = Tools { nginx: setup::nginx()?, cargo_lambda: setup::cargo_lambda()? };
        Ok(Self { engines: setup::engines()?, tools })
    }
}

/// Everything there is. Dropping ends it.
pub(crate) struct Whole {
    pub(crate) stack: Stack,
    pub(crate) engines: OwnEngines,
}

/// What is started.
#[derive(Clone, Copy)]
pub(crate) struct Order<'a> {
    /// Below which folder everything writes.
    pub(crate) above: &'a Path,
    /// Where the front door is.
    pub(crate) port: u16,
    /// How many nodes there are.
    pub(crate) n_nodes: u16,
    /// What programs are told besides where everything is.
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// What the poller is told besides.
    pub(crate) polling: &'a [&'a str],
}

impl Whole {
    /// Starts engines, nodes, pages and the front door, and waits until the engines answer.
    ///
    /// # Errors
    /// When something cannot be started, or an engine does not answer.
    pub(crate) fn start(
        order: Order<'_>,
        built: &Built,
        installed: &Installed,
        ports: &mut Ports,
    ) -> Result<Self> {
        let Installed { engines: programs, tools } = installed;
        let engines = OwnEngines::start(programs, order.above, ports)?;
        let stack = Stack::start(&plan(order, &engines), built, tools, ports)?;
        Ok(Self { stack, engines })
    }

    /// Whether everything still runs, but for Redis and the nodes that are down.
    ///
    /// # Errors
    /// When something else has ended; its log is told.
    pub(crate) fn check_but(
        &mut self,
        redis_is_down: bool,
        is_node_down: impl Fn(usize) -> bool,
    ) -> Result<()> {
        self.stack.check_but(is_node_down)?;
        self.engines.check_but(redis_is_down, false)
    }

    /// A program that works on the tables beside the nodes.
    pub(crate) fn beside(&self, order: Order<'_>, command: Command) -> Command {
        let ports = self.engines.ports();
        plan(order, &self.engines).beside(command, (ports.dynamodb, ports.redis))
    }
}

fn plan<'a>(order: Order<'a>, engines: &OwnEngines) -> Plan<'a> {
    let Order { port, n_nodes, settings, polling, .. } = order;
    let (folder, prefix) = (engines.folder.path.clone(), "hubbub".to_owned());
    let engines = engines.ports();
    Plan {
        folder,
        port,
        n_nodes,
        engines,
        prefix,
        settings,
        polling,
        logs: Listening::Log,
        is_updated: false,
    }
}
