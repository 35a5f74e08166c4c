//! The bus and presence in Redis: the ports' suites on every kind of Redis, and what becomes of them when it goes away.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod cluster;
mod engine;
mod outages;
mod sharing;

use std::time::Duration;

use backend_aws::RedisPresence;

use self::engine::Engine;

mod single {
    use super::*;

    chat::bus_contract!(Engine::single().fresh().await.bus());
    chat::presence_contract!(fresh_presence(&Engine::single()).await);
    sharing::tests!(Engine::single());
}

mod cluster_of_three {
    use super::*;

    chat::bus_contract!(Engine::cluster().fresh().await.bus());
    chat::presence_contract!(fresh_presence(&Engine::cluster()).await);
    sharing::tests!(Engine::cluster());
}

mod tls {
    use super::*;

    chat::bus_contract!(Engine::tls().fresh().await.bus());
    chat::presence_contract!(fresh_presence(&Engine::tls()).await);
    sharing::tests!(Engine::tls());
}

/// Its clock is that of Redis: time really passes.
async fn fresh_presence(engine: &Engine) -> (RedisPresence, impl AsyncFn(Duration)) {
    (engine.fresh().await.presence(), tokio::time::sleep)
}
