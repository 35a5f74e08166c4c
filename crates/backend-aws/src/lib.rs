//! The ports over many machines: DynamoDB for what is kept, Redis for what passes, OpenSearch for what is looked for, SQS for
//! what could not be put there.
//!
//! The vendors are named in this crate only.

mod account;
mod dynamo;
mod opensearch;
mod redis;
mod sqs;
mod tls;

pub use self::opensearch::{
    OpenSearchConfig, OpenSearchError, OpenSearchIndex, OpenSearchUrl, OpenSearchUrlError, Rebuild,
};
pub use dynamo::{
    CreateError, Dynamo, DynamoArchive, DynamoConfig, DynamoErasures, DynamoInvites, DynamoLog,
    DynamoMembers, DynamoMemberships, DynamoRecords, DynamoRooms, DynamoSessions, Key, Malformed, Reason,
    TABLES, TableSchema, Used, streamed,
};
pub use redis::{
    NoRoots, Redis, RedisBus, RedisCommands, RedisPresence, RedisRates, RedisUrl, RedisUrlError,
};
pub use sqs::{Forgotten, QueueUrl, QueueUrlError, SqsLetters, SqsNotices};
