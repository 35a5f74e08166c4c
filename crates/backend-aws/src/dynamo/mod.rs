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

use aws_sdk_dynamodb::Client;

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
use crate::account::{self, Patience};

const PATIENCE: Patience =
    Patience { attempt: Duration::from_secs(2), answer: Duration::from_secs(5), attempts: 4 };

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
        let mut loader = account::patient(&PATIENCE);
        if let Some(endpoint) = &config.endpoint {
            loader = account::of_stand_in(loader.endpoint_url(endpoint), "local");
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
