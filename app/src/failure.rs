//! Why a page's own request to the server was not answered.

use leptos::{
    server_fn::codec::JsonEncoding,
    server_fn::error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

use protocol::Refusal;

/// Why a request was not answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// The server says no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It did not get there, or what came back makes no sense.
    #[error("no answer: {0}")]
    NoAnswer(String),
}

impl FromServerFnError for Failure {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        Self::NoAnswer(error.to_string())
    }
}
