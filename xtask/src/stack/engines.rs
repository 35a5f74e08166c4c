//! The engines of one stack, which nobody else uses.

use std::path::Path;

use anyhow::Result;

use super::running::EnginePorts;
use crate::{
    engines::{Dynamodb, Engine, Folder, Life, OpenSearch, Ports, Queues, Redis},
    setup::EnginePrograms,
};

/// Running engines, all of them answering. Dropping ends them.
pub(crate) struct OwnEngines {
    pub(crate) redis: Redis,
    pub(crate) dynamodb: Dynamodb,
    pub(crate) opensearch: OpenSearch,
    pub(crate) queues: Queues,
    /// Where all logs are. Goes last, when nobody writes into it any more.
    pub(crate) folder: Folder,
}

impl OwnEngines {
    /// Starts them with a folder below another, and waits until they answer.
    ///
    /// # Errors
    /// When one cannot be started, or does not answer.
    pub(crate) fn start(programs: &EnginePrograms, above: &Path, ports: &mut Ports) -> Result<Self> {
        let folder = Folder::take(above)?;
        let mut opensearch = OpenSearch::start(&programs.opensearch, &folder.path, ports.take()?)?;
        let mut queues = Queues::start(&programs.moto, &folder.path, ports.take()?)?;
        let mut dynamodb = Dynamodb::start(&programs.dynamodb, &folder.path, ports.take()?, Life::Long)?;
        let mut redis = Redis::start(&programs.redis, &folder.path.join("redis"), ports.take()?)?;
        redis.wait()?;
        dynamodb.wait()?;
        queues.wait()?;
        opensearch.wait()?;
        Ok(Self { redis, dynamodb, opensearch, queues, folder })
    }

    /// Where they are.
    pub(crate) fn ports(&self) -> EnginePorts {
        EnginePorts {
            dynamodb: self.dynamodb.port,
            redis: self.redis.port,
            opensearch: self.opensearch.port,
            queues: self.queues.port,
        }
    }

    /// Whether all of them still run, but for those that are down.
    ///
    /// # Errors
    /// When one has ended; its log is told.
    pub(crate) fn check_but(&mut self, redis_is_down: bool, opensearch_is_down: bool) -> Result<()> {
        let redis = (!redis_is_down).then(|| self.redis.engine());
        let opensearch = (!opensearch_is_down).then(|| self.opensearch.engine());
        let others = [self.dynamodb.engine(), self.queues.engine()];
        others.into_iter().chain(redis).chain(opensearch).try_for_each(Engine::check)
    }
}
