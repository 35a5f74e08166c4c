//! The binary `search`: `/api/search` as a function of Lambda, behind an API Gateway.

use std::{process::ExitCode, sync::Arc};

use anyhow::{Result, anyhow, ensure};

use backend::{Backend, Edge, Setting, Settings, StoreConfig};
use process::LogConfig;
use search::{Config, Service};

/// Everything the program is told from outside.
struct Told {
    log: LogConfig,
    backend: backend::Config,
    edge: Edge,
    own: Config,
}

impl Told {
    fn read(settings: &mut Settings<'_>) -> Self {
        Self {
            log: LogConfig::read(settings),
            backend: backend::Config::read(settings),
            edge: Edge::read(settings),
            own: Config::read(settings),
        }
    }

    fn settings() -> impl Iterator<Item = &'static Setting> {
        let others =
            [LogConfig::settings(), backend::Config::settings(), Edge::settings(), Config::settings()];
        others.into_iter().flatten()
    }
}

fn main() -> ExitCode {
    process::arguments(
        "search",
        "Finds messages, at /api/search behind an API Gateway. Lambda runs it; elsewhere it is a part of `hubbub`.",
        process::help(Told::settings()),
    );
    process::run("search", async {
        ensure!(process::is_function(), "only Lambda can run it: see --help");
        let told = process::from_environment(Told::read)?;
        told.log.start();
        serve(told).await
    })
}

/// Answers search by search, for as long as Lambda gives any. All that can be is made before the first.
async fn serve(Told { log: _, backend, edge, own }: Told) -> Result<()> {
    ensure!(
        !matches!(backend.store, StoreConfig::Sqlite(_)),
        "HUBBUB_STORE is SQLite, which a function would have to itself: give it `dynamodb`, or start `hubbub`"
    );
    let service = Service::new(Backend::connect(&backend).await?, own);
    let router = process::behind(&edge, search::router(Arc::new(service)));
    let served = lambda_http::lambda_runtime::run(search::function(router)).await;
    served.map_err(|error| anyhow!(error))
}
