//! The indexer as a function: a batch of a table's stream as Lambda gives it, and what is to come again.

use std::time::Instant;

use aws_lambda_events::{
    dynamodb::EventRecord,
    streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse},
};
use chat::ports::{DeadLetters, Letter, MessageIndex};
use protocol::Sequence;
use serde::Deserialize;
use serde_json::Value;

use crate::batch::{Record, put_batch};

/// A batch. Its records are read one by one, so that one that cannot be read stands in nobody's way.
#[derive(Debug, Deserialize)]
pub struct Batch {
    #[serde(rename = "Records")]
    records: Vec<Value>,
}

/// Puts in what a batch tells, and names the first record that is to come again: Lambda gives all from it on again.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>
pub async fn handle(
    index: &impl MessageIndex,
    letters: &impl DeadLetters,
    batch: Batch,
) -> DynamoDbEventResponse {
    let began = Instant::now();
    let numbers: Vec<Option<String>> = batch.records.iter().map(number).collect();
    let done = put_batch(index, letters, batch.records.into_iter().map(read).collect()).await;
    let n_again = done.again_from.map_or(0, |from| numbers.len() - from);
    tracing::info!(
        n_records = numbers.len(),
        n_taken = done.n_taken,
        n_set_aside = done.n_set_aside,
        n_again,
        elapsed_ms = began.elapsed().as_millis(),
        "Put in what a batch told"
    );
    let mut response = DynamoDbEventResponse::default();
    if let Some(first) = done.again_from {
        let mut failure = DynamoDbBatchItemFailure::default();
        // Without a number all of the batch comes again.
        failure.item_identifier.clone_from(&numbers[first]);
        response.batch_item_failures.push(failure);
    }
    response
}

/// By which a record is known in its stream.
fn number(record: &Value) -> Option<String> {
    record["dynamodb"]["SequenceNumber"].as_str().map(str::to_owned)
}

fn read(mut record: Value) -> Record {
    if let Ok(EventRecord { event_name, change, .. }) = EventRecord::deserialize(&record) {
        let image = (event_name != "REMOVE").then_some(change.new_image);
        return Ok(backend_aws::streamed(change.keys, image)?);
    }
    // Perhaps it is only the image that nobody can read: its key alone is no group, and is told as that.
    record.pointer_mut("/dynamodb/NewImage").map(Value::take);
    let Ok(EventRecord { change, .. }) = EventRecord::deserialize(&record) else {
        let (room, why) = (String::new(), "it came as no record of a stream".to_owned());
        return Err(Letter { room, sequence: Sequence::ZERO, why });
    };
    Ok(backend_aws::streamed(change.keys.clone(), Some(change.keys))?)
}
