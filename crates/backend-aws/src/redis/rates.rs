//! Rates that all processes share, in Redis.

use std::time::Duration;

use fred::interfaces::LuaInterface as _;

use chat::{
    ports::{Rates, Unavailable},
    rate::Rate,
};

use super::{Redis, fault::Fault};

/// A bucket as one moment: that at which it will be full again. Takes one, and says in milliseconds how long to wait where
/// there is none. The key lapses with that moment.
///
/// Source: the generic cell rate algorithm, ITU-T I.371; its moment holds what a token bucket's level and time do.
const TAKE: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000 + time[2] / 1000
    local each, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
    local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now) + each
    local wait = full - burst * each - now
    if wait > 0 then
        return math.ceil(wait)
    end
    redis.call('SET', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now))
    return 0";

/// What is left of shared rates: a handle, cheap to clone.
#[derive(Clone)]
pub struct RedisRates {
    redis: Redis,
}

impl RedisRates {
    pub(super) fn new(redis: &Redis) -> Self {
        Self { redis: redis.clone() }
    }
}

impl Rates for RedisRates {
    async fn take(&self, key: &str, rate: Rate) -> Result<Result<(), Duration>, Unavailable> {
        const WHAT: &str = "rates while taking from one";
        let live = self.redis.live(WHAT).await?;
        self.redis.count(|counters| &counters.rates, 1);
        let key = self.redis.named(format_args!("rate:{key}"));
        let args = vec![format!("{:.3}", 1000.0 / rate.per_second), rate.burst.to_string()];
        let wait: u64 = live
            .commands
            .eval(TAKE, key, args)
            .await
            .map_err(|error| Unavailable::new(WHAT, Fault::from(error)))?;
        Ok(match wait {
            0 => Ok(()),
            wait => Err(Duration::from_millis(wait)),
        })
    }
}
