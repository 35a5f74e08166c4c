//! The bus, presence and rates in Redis: the ports' suites on every kind of Redis, and what becomes of them when it goes away.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod access;
mod cluster;
mod engine;
mod outages;
mod sharing;

use std::time::Duration;

use backend_aws::{RedisPresence, RedisRates};

use self::engine::Engine;

mod single {
    use super::*;

    chat::bus_contract!(Engine::single().fresh().await.bus());
    chat::presence_contract!(fresh_presence(&Engine::single()).await);
    chat::rates_contract!(fresh_rates(&Engine::single()).await);
    sharing::tests!(Engine::single());
}

mod cluster_of_three {
    use super::*;

    chat::bus_contract!(Engine::cluster().fresh().await.bus());
    chat::presence_contract!(fresh_presence(&Engine::cluster()).await);
    chat::rates_contract!(fresh_rates(&Engine::cluster()).await);
    sharing::tests!(Engine::cluster());
}

mod tls {
    use super::*;

    chat::bus_contract!(Engine::tls().fresh().await.bus());
    chat::presence_contract!(fresh_presence(&Engine::tls()).await);
    chat::rates_contract!(fresh_rates(&Engine::tls()).await);
    sharing::tests!(Engine::tls());
}

/// Its clock is that of Redis: time really passes.
async fn fresh_presence(engine: &Engine) -> (RedisPresence, impl AsyncFn(Duration)) {
    (engine.fresh().await.presence(), tokio::time::sleep)
}

async fn fresh_rates(engine: &Engine) -> (RedisRates, impl AsyncFn(Duration)) {
    (engine.fresh().await.rates(), tokio::time::sleep)
}
