//! Many nodes are one chat: each a process of its own, on a real DynamoDB Local and a real Redis.
//!
//! Quick by default; `HUBBUB_FULL=cluster` brings whole crowds. What is measured is printed as `result: …`.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod cluster;
mod figures;
mod gate;
mod http;
mod redis;
mod tab;

mod bus;
mod cost;
mod presence;
mod ready;
mod restarts;
mod storm;
mod typing;
