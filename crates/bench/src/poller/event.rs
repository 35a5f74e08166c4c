//! A record of a stream as a function gets it.

use std::collections::HashMap;

use anyhow::Context as _;
use aws_sdk_dynamodbstreams::types::{AttributeValue, Record};
use serde_dynamo::Item;
use serde_json::{Value, json};

use super::rules::Numbered;

/// A record as a function gets it.
#[derive(Clone, Debug)]
pub(super) struct Change {
    number: String,
    pub(super) json: Value,
}

impl Numbered for Change {
    fn number(&self) -> &str {
        &self.number
    }
}

impl Change {
    /// A record of a stream.
    ///
    /// # Errors
    /// When it has not what every record has.
    pub(super) fn of(record: Record, stream: &str) -> anyhow::Result<Self> {
        let change = record.dynamodb.context("a record without a change")?;
        let number = change.sequence_number.context("a record without a number")?;
        let name = record.event_name.context("a record without a name")?;
        let mut json = json!({
            "eventID": record.event_id,
            "eventName": name.as_str(),
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": record.aws_region,
            "eventSourceARN": stream,
            "dynamodb": {
                "ApproximateCreationDateTime": change.approximate_creation_date_time.map(|at| at.secs()),
                "Keys": item(change.keys)?,
                "SequenceNumber": number,
                "SizeBytes": change.size_bytes,
                "StreamViewType": "NEW_IMAGE",
            },
        });
        if change.new_image.is_some() {
            json["dynamodb"]["NewImage"] = item(change.new_image)?;
        }
        Ok(Self { number, json })
    }
}

fn item(attributes: Option<HashMap<String, AttributeValue>>) -> serde_json::Result<Value> {
    serde_json::to_value(Item::from(attributes.unwrap_or_default()))
}
