//! The stack with engines of its own.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;

use super::running::{EnginePorts, Plan, Stack};
use crate::{
    build::Built,
    engines::{Dynamodb, Engine, Folder, Life, Listening, OpenSearch, Ports, Queues, Redis},
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
    pub(crate) redis: Redis,
    pub(crate) dynamodb: Dynamodb,
    pub(crate) opensearch: OpenSearch,
    queues: Queues,
    /// Where all logs are.
    pub(crate) folder: Folder,
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
        let folder = Folder::take(order.above)?;
        let Installed { engines: programs, tools } = installed;
        let mut opensearch = OpenSearch::start(&programs.opensearch, &folder.path, ports.take()?)?;
        let mut queues = Queues::start(&programs.moto, &folder.path, ports.take()?)?;
        let mut dynamodb = Dynamodb::start(&programs.dynamodb, &folder.path, ports.take()?, Life::Long)?;
        let mut redis = Redis::start(&programs.redis, &folder.path.join("redis"), ports.take()?)?;
        redis.wait()?;
        dynamodb.wait()?;
        queues.wait()?;
        opensearch.wait()?;
        let engines = EnginePorts {
            dynamodb: dynamodb.port,
            redis: redis.port,
            opensearch: opensearch.port,
            queues: queues.port,
        };
        let stack = Stack::start(&plan(order, &folder, engines), built, tools, ports)?;
        Ok(Self { stack, redis, dynamodb, opensearch, queues, folder })
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
        let redis = (!redis_is_down).then(|| self.redis.engine());
        let others = [self.dynamodb.engine(), self.opensearch.engine(), self.queues.engine()];
        others.into_iter().chain(redis).try_for_each(Engine::check)
    }

    /// A program that works on the tables beside the nodes.
    pub(crate) fn beside(&self, order: Order<'_>, command: Command) -> Command {
        let (store, redis) = (self.dynamodb.port, self.redis.port);
        let engines = EnginePorts {
            dynamodb: store,
            redis,
            opensearch: self.opensearch.port,
            queues: self.queues.port,
        };
        plan(order, &self.folder, engines).beside(command, (store, redis))
    }
}

fn plan<'a>(order: Order<'a>, folder: &Folder, engines: EnginePorts) -> Plan<'a> {
    let Order { port, n_nodes, settings, polling, .. } = order;
    let (folder, prefix) = (folder.path.clone(), "hubbub".to_owned());
    Plan { folder, port, n_nodes, engines, prefix, settings, polling, logs: Listening::Log }
}
