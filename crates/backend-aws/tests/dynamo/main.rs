//! The stores' suites on DynamoDB Local, and what is DynamoDB's own.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod ends;
mod gate;
#[path = "../shared/http1.rs"]
mod http1;
mod own;
mod stream;
mod tables;

use self::tables::{fresh_tables, shared_tables};

chat::room_log_contract!(shared_tables().await);
chat::rooms_contract!(shared_tables().await);
chat::members_contract!(shared_tables().await.members);
chat::sessions_contract!(shared_tables().await.sessions);
chat::memberships_contract!(shared_tables().await);
chat::invites_contract!(shared_tables().await);
chat::records_contract!(shared_tables().await);
chat::erasures_contract!(fresh_tables().await);
