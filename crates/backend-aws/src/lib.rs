//! The ports over many machines: DynamoDB for what is kept, Redis for what passes, OpenSearch for what is looked for.
//!
//! The vendors are named in this crate only.

mod dynamo;
mod opensearch;
mod redis;
mod tls;

pub use self::opensearch::{
    OpenSearchConfig, OpenSearchError, OpenSearchIndex, OpenSearchUrl, OpenSearchUrlError, Rebuild,
};
pub use dynamo::{
    CreateError, Dynamo, DynamoConfig, DynamoErasures, DynamoInvites, DynamoLog, DynamoMembers,
    DynamoMemberships, DynamoRecords, DynamoRooms, DynamoSessions, Key, TABLES, TableSchema, Used,
};
pub use redis::{
    NoRoots, Redis, RedisBus, RedisCommands, RedisPresence, RedisRates, RedisUrl, RedisUrlError,
};
