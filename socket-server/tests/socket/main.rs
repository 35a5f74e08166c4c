//! The service over real sockets, with clients by other hands than the server's, and with raw bytes.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod client;
mod node;
mod raw;

mod armour;
mod doors;
mod ends;
mod memberships;
mod nodes;
mod private;
mod refusals;
mod resync;
mod revisions;
mod talk;
