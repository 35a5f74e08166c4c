//! The index in OpenSearch: the port's suite on a real node behind a gate that lets in what OpenSearch Serverless would.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod fixture;
mod gate;
#[path = "../shared/http1.rs"]
mod http1;
mod node;
mod operations;
mod own;
mod rebuild;
mod refusals;
mod signature;

use backend_aws::OpenSearchIndex;

use self::fixture::Fixture;

chat::message_index_contract!(fresh().await);

/// An index of its own: what others write moves the weights by which pages of the best go on.
async fn fresh() -> (OpenSearchIndex, impl AsyncFn()) {
    let fixture = Fixture::fresh().await;
    (fixture.index.clone(), async move || fixture.catch_up().await)
}
