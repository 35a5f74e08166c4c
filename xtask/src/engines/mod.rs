//! Real engines on this machine, for tests: started all at once, ended when dropped.

mod certificates;
mod dynamodb;
mod engine;
mod folder;
mod http;
mod moto;
mod opensearch;
mod ports;
mod redis;
mod task;

use std::{ffi::OsString, path::PathBuf, time::Instant};

use anyhow::Result;

use self::redis::{Cluster, Secured};
pub(crate) use self::{
    dynamodb::{Dynamodb, Life},
    engine::{Engine, Listening},
    folder::Folder,
    http::{Aws, ask_aws, ask_http, signed_by_anybody},
    moto::Queues,
    opensearch::OpenSearch,
    ports::Ports,
    redis::Redis,
    task::{Options, run},
};
use crate::{paths, setup::EnginePrograms, ui};

/// All engines that tests want, each of them answering. Dropping ends them and removes what they wrote.
pub(crate) struct Engines {
    opensearch: OpenSearch,
    queues: Queues,
    dynamodb: Dynamodb,
    redis: Redis,
    cluster: Cluster,
    secured: Secured,
    /// The program, for tests that start a Redis of their own.
    redis_server: PathBuf,
    /// Goes last, when nobody writes into it any more.
    _folder: Folder,
}

impl Engines {
    /// Starts all of them, waits until the last one answers, and says how long that took.
    ///
    /// # Errors
    /// When one ends or does not answer; its log is told.
    pub(crate) fn start(programs: &EnginePrograms) -> Result<Self> {
        let start = Instant::now();
        let folder = Folder::take(&paths::target().join("engines"))?;
        let mut ports = Ports::new();
        // The slowest first.
        let opensearch = OpenSearch::start(&programs.opensearch, &folder.path, ports.take()?)?;
        let queues = Queues::start(&programs.moto, &folder.path, ports.take()?)?;
        let dynamodb = Dynamodb::start(&programs.dynamodb, &folder.path, ports.take()?, Life::Short)?;
        let cluster = Cluster::start(&programs.redis, &folder.path, &mut ports)?;
        let redis = Redis::start(&programs.redis, &folder.path.join("redis"), ports.take()?)?;
        let secured = Secured::start(programs, &folder.path.join("redis-tls"), ports.take()?)?;
        let redis_server = programs.redis.clone();
        let mut engines =
            Self { opensearch, queues, dynamodb, redis, cluster, secured, redis_server, _folder: folder };
        engines.redis.wait()?;
        engines.secured.wait()?;
        engines.cluster.wait()?;
        engines.dynamodb.wait()?;
        engines.queues.wait()?;
        engines.opensearch.wait()?;
        let elapsed = ui::seconds(start.elapsed());
        ui::say(format_args!("DynamoDB Local, OpenSearch, moto and Redis answer after {elapsed}."));
        Ok(engines)
    }

    /// What tells tests where they are.
    pub(crate) fn environment(&self) -> [(&'static str, OsString); 8] {
        [
            ("HUBBUB_TEST_DYNAMODB", self.dynamodb.address().into()),
            ("HUBBUB_TEST_OPENSEARCH", self.opensearch.address().into()),
            ("HUBBUB_TEST_SQS", self.queues.address().into()),
            ("HUBBUB_TEST_REDIS", self.redis.address().into()),
            ("HUBBUB_TEST_REDIS_CLUSTER", self.cluster.address().into()),
            ("HUBBUB_TEST_REDIS_TLS", self.secured.address().into()),
            ("HUBBUB_TEST_REDIS_SERVER", self.redis_server.clone().into()),
            // Whom clients trust, as rustls and OpenSSL read it.
            ("SSL_CERT_FILE", self.secured.authority().into()),
        ]
    }

    /// What tells programs to keep everything here.
    pub(crate) fn settings(&self) -> [(&'static str, String); 4] {
        let [store, tables, bus] = settings(self.dynamodb.address(), self.redis.address());
        [store, tables, bus, ("HUBBUB_INDEX", self.opensearch.address())]
    }

    /// Whether all of them still run.
    ///
    /// # Errors
    /// When one has ended; its log is told.
    fn check(&mut self) -> Result<()> {
        let Self { opensearch, queues, dynamodb, redis, cluster, secured, .. } = self;
        let alone =
            [opensearch.engine(), queues.engine(), dynamodb.engine(), redis.engine(), secured.engine()];
        alone.into_iter().chain(cluster.engines()).try_for_each(Engine::check)
    }
}

/// What tells programs to keep everything in a DynamoDB and to hear of each other by a Redis, at these addresses.
pub(crate) fn settings(dynamodb: String, redis: String) -> [(&'static str, String); 3] {
    [("HUBBUB_STORE", "dynamodb".into()), ("HUBBUB_DYNAMODB_ENDPOINT", dynamodb), ("HUBBUB_BUS", redis)]
}
