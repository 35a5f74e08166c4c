//! With what AWS's services are asked, and stand-ins for them.

use std::time::Duration;

use aws_config::{BehaviorVersion, ConfigLoader, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::config::Credentials;

use crate::tls;

/// How long a service is waited for.
pub(crate) struct Patience {
    /// A request that has no answer is sent again after this time.
    pub(crate) attempt: Duration,
    /// A request that has no answer by then has failed.
    pub(crate) answer: Duration,
    /// How often a request is sent at most. Between, the SDK waits at random for a time that doubles.
    pub(crate) attempts: u32,
}

/// Credentials and the region, found as AWS's own tools find them.
pub(crate) fn found() -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest()).http_client(tls::https())
}

/// The same for who waits only so long.
pub(crate) fn patient(patience: &Patience) -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(patience.attempt)
        .operation_attempt_timeout(patience.attempt)
        .operation_timeout(patience.answer);
    let retries = RetryConfig::standard().with_max_attempts(patience.attempts);
    found().retry_config(retries).timeout_config(timeouts.build())
}

/// Those of a stand-in, which takes any credentials.
pub(crate) fn of_stand_in(loader: ConfigLoader, region: &'static str) -> ConfigLoader {
    let anybody = Credentials::new("local", "local", None, None, "local");
    loader.region(Region::from_static(region)).credentials_provider(anybody)
}
