//! What is kept, in DynamoDB.
//!
//! Every read is consistent, and no path that a member triggers scans a table.

mod create;
mod requests;
mod rows;
mod schema;
mod usage;
mod writes;

mod log;
mod records;
mod rooms;

mod memberships;

mod members;
mod sessions;

mod invites;

mod erasures;

mod archive;
mod entries;

use std::{fmt, sync::Arc, time::Duration};

use aws_config::{BehaviorVersion, Region, retry::RetryConfig, timeout::TimeoutConfig};
use aws_sdk_dynamodb::{Client, config::Credentials};

pub use self::{
    archive::DynamoArchive,
    create::CreateError,
    entries::{Malformed, Reason, streamed},
    erasures::DynamoErasures,
    invites::DynamoInvites,
    log::DynamoLog,
    members::DynamoMembers,
    memberships::DynamoMemberships,
    records::DynamoRecords,
    rooms::DynamoRooms,
    schema::{Key, TABLES, TableSchema},
    sessions::DynamoSessions,
    usage::Used,
};
use self::{schema::Table, usage::Usage};
use crate::tls;

/// A request that has no answer is sent again after this time.
const ATTEMPT_WITHIN: Duration = Duration::from_secs(2);
/// A request that has no answer by then has failed.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// How often a request is sent at most. Between, the SDK waits at random for a time that doubles.
const ATTEMPTS: u32 = 4;

/// The tables of one installation: a handle, cheap to clone.
#[derive(Clone)]
pub struct Dynamo {
    client: Client,
    /// What the names of the tables begin with.
    prefix: Arc<str>,
    usage: Arc<Usage>,
}

/// Where the tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamoConfig {
    /// What the names of the tables begin with.
    pub prefix: String,
    /// Another address than AWS's: that of DynamoDB Local, which takes any credentials.
    pub endpoint: Option<String>,
}

impl Dynamo {
    /// Finds credentials and the region as AWS's own tools do, without asking DynamoDB anything.
    pub async fn connect(config: &DynamoConfig) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(ATTEMPT_WITHIN)
            .operation_attempt_timeout(ATTEMPT_WITHIN)
            .operation_timeout(ANSWER_WITHIN);
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .http_client(tls::https())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS))
            .timeout_config(timeouts.build());
        if let Some(endpoint) = &config.endpoint {
            let anybody = Credentials::new("local", "local", None, None, "local");
            loader = loader
                .endpoint_url(endpoint)
                .region(Region::from_static("local"))
                .credentials_provider(anybody);
        }
        let client = Client::new(&loader.load().await);
        Self { client, prefix: config.prefix.as_str().into(), usage: Arc::default() }
    }

    /// What was used so far, by this handle and its clones.
    pub fn used(&self) -> Used {
        self.usage.used()
    }

    /// Requests so far that read a table, by its name after the prefix.
    pub fn reads_of_tables(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.usage.reads_of_tables()
    }

    fn name(&self, table: Table) -> String {
        format!("{}{}", self.prefix, table.name())
    }
}

impl fmt::Debug for Dynamo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dynamo({}…)", self.prefix)
    }
}
