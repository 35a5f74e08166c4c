//! Items that are none, and the letters that must tell of them.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    engines::{Aws, ask_aws},
    stack::{Indexing, OwnEngines},
};

/// A room that nobody else writes in, and one whose address is none.
const ROOMS: [&str; 2] = ["malformed", "Malformed, too"];
/// Stands in their texts, and must stand in no letter.
const SECRET: &str = "a secret";
/// Letters that are taken at once. Source: SQS gives no more.
const AT_ONCE: u64 = 10;
/// Who takes a letter has it for so long.
const KEPT_SECONDS: u64 = 120;

/// A key of the table.
pub(super) type Key = (String, u64);

/// What was put into the table.
#[derive(Debug, Default)]
pub(super) struct Malformed {
    pub(super) keys: BTreeSet<Key>,
}

/// A letter, as the indexer writes it.
#[derive(Deserialize)]
struct Letter {
    room: String,
    sequence: u64,
    why: String,
}

impl Malformed {
    /// Puts one of each kind into the table.
    ///
    /// # Errors
    /// When the store does not take it.
    pub(super) fn put(&mut self, engines: &OwnEngines) -> Result<()> {
        for item in self.items() {
            let put = json!({ "TableName": Indexing::table(), "Item": item });
            ask_aws(engines.dynamodb.port, Aws::DynamoDb, "PutItem", &put)?;
        }
        Ok(())
    }

    /// One of each kind, which nobody has put yet.
    fn items(&mut self) -> Vec<Value> {
        let message = json!({ "M": { "author": { "S": "ada" }, "nonce": { "S": "n" }, "at": { "N": "5" },
            "revision": { "N": "0" }, "text": { "S": SECRET } } });
        let kinds = [
            // Nothing but its key; not as many messages as it says; messages that are none; an address that is none.
            (ROOMS[0], json!({})),
            (ROOMS[0], json!({ "n": { "N": "3" }, "messages": { "L": [message] } })),
            (ROOMS[0], json!({ "n": { "N": "1" }, "messages": { "S": SECRET } })),
            (ROOMS[1], json!({ "n": { "N": "1" }, "messages": { "L": [message] } })),
        ];
        let mut items = Vec::new();
        for (room, mut item) in kinds {
            let first = self.keys.len() as u64 + 1;
            item["room"] = json!({ "S": room });
            item["first"] = json!({ "N": first.to_string() });
            self.keys.insert((room.to_owned(), first));
            items.push(item);
        }
        items
    }
}

/// What the letters tell of, and how many they are.
///
/// # Errors
/// When the queue does not answer, or a letter has a text in it.
pub(super) fn letters(port: u16, queue: &str) -> Result<(BTreeSet<Key>, usize)> {
    let (mut told, mut receipts) = (BTreeSet::new(), Vec::new());
    loop {
        let receive =
            json!({ "QueueUrl": queue, "MaxNumberOfMessages": AT_ONCE, "VisibilityTimeout": KEPT_SECONDS });
        let received = ask_aws(port, Aws::Sqs, "ReceiveMessage", &receive)?;
        let Some(messages) = received["Messages"].as_array().filter(|it| !it.is_empty()) else { break };
        for message in messages {
            let body = message["Body"].as_str().context("a letter without a body")?;
            let Letter { room, sequence, why } =
                serde_json::from_str(body).with_context(|| format!("no letter: {body}"))?;
            ensure!(!why.contains(SECRET), "a letter tells a text: {why}");
            told.insert((room, sequence));
            receipts.push(message["ReceiptHandle"].clone());
        }
    }
    for receipt in &receipts {
        let back = json!({ "QueueUrl": queue, "ReceiptHandle": receipt, "VisibilityTimeout": 0 });
        ask_aws(port, Aws::Sqs, "ChangeMessageVisibility", &back)?;
    }
    Ok((told, receipts.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_is_put_twice() {
        let mut malformed = Malformed::default();

        let items = [malformed.items(), malformed.items()].concat();

        assert_eq!(malformed.keys.len(), items.len());
        assert_eq!(items[5]["first"], json!({ "N": "6" }));
    }
}
