//! The ports over many machines: DynamoDB for what is kept.
//!
//! The vendors are named in this crate only.

mod dynamo;

pub use dynamo::{
    CreateError, Dynamo, DynamoConfig, DynamoErasures, DynamoInvites, DynamoLog, DynamoMembers,
    DynamoMemberships, DynamoRecords, DynamoRooms, DynamoSessions, Key, TABLES, TableSchema, Used,
};
