//! The indexer as Lambda runs it, on DynamoDB Local and its stream, OpenSearch and a queue.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

mod aws;
mod events;
mod lambda;
mod program;
mod rebuilds;
mod redrives;
mod world;
