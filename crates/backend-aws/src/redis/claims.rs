//! Claims that lapse unless they are made again: a sorted set of them by when they lapse, on Redis's own clock.

use fred::{
    clients::Client, error::Error, interfaces::LuaInterface as _, interfaces::SortedSetsInterface as _,
};
use tokio::time::Duration;

/// Makes a claim, or makes it again; sweeps what has lapsed. The set itself lapses with its last claim. A later claim
/// lapses later, if only by a thousandth of a millisecond.
const CLAIM: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
    local lapses = now + ARGV[2]
    local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
    if last and tonumber(last) >= lapses then
        lapses = last + 0.001
    end
    redis.call('ZADD', KEYS[1], lapses, ARGV[1])
    redis.call('PEXPIRE', KEYS[1], ARGV[2])
    return 1";

/// The time, then the claims that hold, each followed by when it lapses, the next to lapse first.
const CURRENT: &str = "
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local claims = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf', 'WITHSCORES')
    table.insert(claims, 1, string.format('%.0f', now))
    return claims";

/// Takes a claim back that was not made again since.
const DROP: &str = "
    if redis.call('ZSCORE', KEYS[1], ARGV[1]) == ARGV[2] then
        return redis.call('ZREM', KEYS[1], ARGV[1])
    end
    return 0";

/// A claim, and when it lapses.
pub(super) struct Claim {
    pub(super) what: String,
    /// For how long it held yet when it was read.
    pub(super) left: Duration,
    lapses: String,
}

/// Makes a claim for a time, anew or once more. One command; all claims of a key are made for the same time.
pub(super) async fn make(client: &Client, key: &str, what: &str, time: Duration) -> Result<(), Error> {
    let time_ms = time.as_millis().to_string();
    client.eval(CLAIM, key, vec![what, &time_ms]).await
}

/// The claims that hold, the next to lapse first. One command.
pub(super) async fn current(client: &Client, key: &str) -> Result<Vec<Claim>, Error> {
    let told: Vec<String> = client.eval(CURRENT, key, Vec::<&str>::new()).await?;
    let mut told = told.into_iter();
    let now = told.next().unwrap_or_default();
    let mut claims = Vec::with_capacity(told.len() / 2);
    while let (Some(what), Some(lapses)) = (told.next(), told.next()) {
        claims.push(Claim { what, left: between(&now, &lapses), lapses });
    }
    Ok(claims)
}

/// Takes a claim back.
pub(super) async fn take_back(client: &Client, key: &str, what: &str) -> Result<(), Error> {
    client.zrem(key, what).await
}

/// Takes a claim back, unless it was made again since it was read.
pub(super) async fn drop_stale(client: &Client, key: &str, claim: &Claim) -> Result<(), Error> {
    client.eval(DROP, key, vec![&claim.what, &claim.lapses]).await
}

/// The time from one moment to another, both in milliseconds as Redis writes them.
fn between(now: &str, then: &str) -> Duration {
    let [now, then] = [now, then].map(|at| at.parse::<f64>().unwrap_or_default());
    Duration::try_from_secs_f64((then - now) / 1e3).unwrap_or_default()
}
