//! A function, called as Lambda's own interface is.

use std::{net::SocketAddr, time::Duration};

use serde::Deserialize;
use serde_json::json;
use tokio::time::timeout;

use super::{event::Change, rules::Answer};
use crate::http;

/// A function, and how long it may take.
pub(super) struct Function {
    pub(super) addr: SocketAddr,
    pub(super) name: String,
    pub(super) answers_within: Duration,
}

/// What a function says that has done a part.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    #[serde(default)]
    batch_item_failures: Vec<Failure>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    /// The record's sequence number; one that is none fails the batch.
    item_identifier: Option<String>,
}

impl Function {
    /// Gives it a batch.
    pub(super) async fn call(&self, batch: &[Change]) -> Answer {
        let records: Vec<_> = batch.iter().map(|change| &change.json).collect();
        let event = json!({ "Records": records }).to_string();
        let path = format!("/2015-03-31/functions/{}/invocations", self.name);
        let Ok(Ok((200, said))) = timeout(self.answers_within, http::post(self.addr, &path, &event)).await
        else {
            return Answer::Failed;
        };
        // Nothing at all is all done, too.
        let said = if said.is_empty() || said == "null" { "{}" } else { &said };
        match serde_json::from_str::<Said>(said) {
            Ok(said) => {
                let failures = said.batch_item_failures.into_iter();
                Answer::Done(failures.map(|it| it.item_identifier.unwrap_or_default()).collect())
            }
            Err(_) => Answer::Failed,
        }
    }
}
