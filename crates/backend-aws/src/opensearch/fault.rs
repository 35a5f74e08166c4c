//! Why OpenSearch could not do it.

use opensearch::{
    Error,
    http::{StatusCode, response::Response},
};
use serde::Deserialize;

/// What is told of OpenSearch. Of its own words only the kind of an error, since its reasons quote texts.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// It cannot be reached, is too slow, or answers something else than was asked.
    #[error("opensearch has no answer")]
    NoAnswer(#[from] Error),
    /// It does not do it.
    #[error("opensearch answers {status} {kind}")]
    Refused { status: StatusCode, kind: String },
    /// A part of it could not be asked.
    #[error("opensearch answers in part")]
    Partial,
}

/// An answer of success.
///
/// # Errors
/// [`Fault::Refused`].
pub(super) async fn granted(response: Response) -> Result<Response, Fault> {
    let status = response.status_code();
    if status.is_success() {
        return Ok(response);
    }
    // Who stands between answers without a kind.
    let kind =
        response.json::<Refused>().await.map_or_else(|_| "in other words".to_owned(), |it| it.error.kind);
    Err(Fault::Refused { status, kind })
}

#[derive(Deserialize)]
struct Refused {
    error: Kind,
}

/// What kind of error it is: `mapper_parsing_exception`.
#[derive(Deserialize)]
pub(super) struct Kind {
    #[serde(rename = "type")]
    pub(super) kind: String,
}
