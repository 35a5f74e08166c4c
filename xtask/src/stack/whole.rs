//! The stack with engines of its own.

use std::{path::Path, process::Command};

use anyhow::Result;

use super::running::{Plan, Stack};
use crate::{
    build::Built,
    engines::{Dynamodb, Engine, Folder, Life, Listening, Ports, Redis},
    setup::EnginePrograms,
};

/// Everything there is. Dropping ends it.
pub(crate) struct Whole {
    pub(crate) stack: Stack,
    pub(crate) redis: Redis,
    pub(crate) dynamodb: Dynamodb,
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
}

impl Whole {
    /// Starts engines, nodes, pages and the front door, and waits until the engines answer.
    ///
    /// # Errors
    /// When something cannot be started, or an engine does not answer.
    pub(crate) fn start(
        order: Order<'_>,
        built: &Built,
        (programs, nginx): (&EnginePrograms, &Path),
        ports: &mut Ports,
    ) -> Result<Self> {
        let folder = Folder::take(order.above)?;
        let mut dynamodb = Dynamodb::start(&programs.dynamodb, &folder.path, ports.take()?, Life::Long)?;
        let mut redis = Redis::start(&programs.redis, &folder.path.join("redis"), ports.take()?)?;
        redis.wait()?;
        dynamodb.wait()?;
        let plan = plan(order, &folder, (dynamodb.port, redis.port));
        let stack = Stack::start(&plan, built, nginx, ports)?;
        Ok(Self { stack, redis, dynamodb, folder })
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
        [self.dynamodb.engine()].into_iter().chain(redis).try_for_each(Engine::check)
    }

    /// A program that works on the tables beside the nodes.
    pub(crate) fn beside(&self, order: Order<'_>, command: Command) -> Command {
        let engines = (self.dynamodb.port, self.redis.port);
        plan(order, &self.folder, engines).beside(command, engines)
    }
}

fn plan<'a>(order: Order<'a>, folder: &Folder, (store, redis): (u16, u16)) -> Plan<'a> {
    let Order { port, n_nodes, settings, .. } = order;
    Plan { folder: folder.path.clone(), port, n_nodes, store, redis, settings, logs: Listening::Log }
}
