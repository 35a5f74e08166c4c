//! What is asked of the engines past the product.

use aws_sdk_dynamodbstreams::{
    config::{BehaviorVersion, Credentials, Region},
    types::ShardIteratorType,
};
use opensearch::{
    OpenSearch, SearchParts,
    http::transport::Transport,
    indices::{IndicesDeleteParts, IndicesGetParts, IndicesRefreshParts},
};
use serde_dynamo::Item;
use serde_json::{Value, json};

/// Makes a client of a crate of AWS's for an engine, which takes any credentials.
macro_rules! client {
    ($sdk:ident, $address:expr) => {
        $sdk::Client::from_conf(
            $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .http_client(aws_smithy_http_client::Builder::new().build_http())
                .endpoint_url($address)
                .region(Region::from_static("us-east-1"))
                .credentials_provider(Credentials::new("local", "local", None, None, "local"))
                .build(),
        )
    };
}

/// DynamoDB, past the product.
pub(crate) fn dynamodb() -> aws_sdk_dynamodb::Client {
    client!(aws_sdk_dynamodb, engines::told("HUBBUB_TEST_DYNAMODB"))
}

/// Makes a queue, and tells its URL.
pub(crate) async fn make_queue(name: &str) -> String {
    let client = client!(aws_sdk_sqs, engines::told("HUBBUB_TEST_SQS"));
    client.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap()
}

/// What a queue holds, seen by whoever looks without taking anything.
pub(crate) async fn n_in_queue(url: &str) -> u64 {
    let client = client!(aws_sdk_sqs, engines::told("HUBBUB_TEST_SQS"));
    let asked = client.get_queue_attributes().queue_url(url);
    let told = asked.attribute_names("All".into()).send().await.unwrap().attributes.unwrap();
    let counts = told.iter().filter(|(name, _)| name.as_str().starts_with("ApproximateNumberOfMessages"));
    counts.map(|(_, n)| n.parse::<u64>().unwrap()).sum()
}

/// Puts a message of somebody else's into a queue.
pub(crate) async fn send(url: &str, body: &str) {
    let client = client!(aws_sdk_sqs, engines::told("HUBBUB_TEST_SQS"));
    client.send_message().queue_url(url).message_body(body).send().await.unwrap();
}

/// A table's stream, read as Lambda reads it.
pub(crate) struct Stream {
    client: aws_sdk_dynamodbstreams::Client,
    table: String,
    /// Where it goes on, once it has begun.
    next: Option<String>,
}

impl Stream {
    /// From its beginning on.
    pub(crate) fn of(table: String) -> Self {
        let client = client!(aws_sdk_dynamodbstreams, engines::told("HUBBUB_TEST_DYNAMODB"));
        Self { client, table, next: None }
    }

    /// What came next, as an event has it; nothing where nothing has come.
    pub(crate) async fn next(&mut self) -> Vec<Value> {
        let from = match self.next.take() {
            Some(from) => from,
            // Not before something has come: DynamoDB Local then takes the beginning for lost.
            None => self.begin().await,
        };
        let page = self.client.get_records().shard_iterator(from).send().await.unwrap();
        self.next = page.next_shard_iterator;
        page.records.unwrap_or_default().into_iter().map(event).collect()
    }

    async fn begin(&self) -> String {
        let streams = self.client.list_streams().table_name(&self.table).send().await.unwrap();
        let stream = streams.streams()[0].stream_arn().unwrap();
        let described = self.client.describe_stream().stream_arn(stream).send().await.unwrap();
        let [shard] = described.stream_description().unwrap().shards() else {
            panic!("of more shards than one")
        };
        let from = self.client.get_shard_iterator().stream_arn(stream).shard_id(shard.shard_id().unwrap());
        let from = from.shard_iterator_type(ShardIteratorType::TrimHorizon).send().await.unwrap();
        from.shard_iterator.unwrap()
    }
}

fn event(record: aws_sdk_dynamodbstreams::types::Record) -> Value {
    let change = record.dynamodb.unwrap();
    let mut dynamodb = json!({
        "ApproximateCreationDateTime": 1_795_694_400.0,
        "Keys": Item::from(change.keys.unwrap()),
        "SequenceNumber": change.sequence_number,
        "SizeBytes": change.size_bytes,
        "StreamViewType": "NEW_IMAGE",
    });
    if let Some(image) = change.new_image {
        dynamodb["NewImage"] = serde_json::to_value(Item::from(image)).unwrap();
    }
    json!({
        "eventID": record.event_id,
        "eventName": record.event_name.unwrap().as_str(),
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": dynamodb,
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:123456789012:table/messages/stream/2026",
    })
}

/// All documents of the index that is read: id, version and the document.
pub(crate) async fn documents(prefix: &str) -> Vec<(String, u64, Value)> {
    let client = search();
    let index = format!("{prefix}-messages");
    let (indices, all) = (client.indices(), format!("{index}*"));
    let refreshed = indices.refresh(IndicesRefreshParts::Index(&[&all])).send().await.unwrap();
    refreshed.error_for_status_code().unwrap();
    let found = client.search(SearchParts::Index(&[&index])).size(10_000).version(true).send().await.unwrap();
    let found: Value = found.error_for_status_code().unwrap().json().await.unwrap();
    let hits = found["hits"]["hits"].as_array().unwrap().iter();
    let known = |hit: &Value| {
        (hit["_id"].as_str().unwrap().to_owned(), hit["_version"].as_u64().unwrap(), hit["_source"].clone())
    };
    hits.map(known).collect()
}

/// The indexes that there are.
pub(crate) async fn indexes(prefix: &str) -> Vec<String> {
    let client = search();
    let found = client.indices().get(IndicesGetParts::Index(&[&format!("{prefix}-messages*")])).send().await;
    let found: Value = found.unwrap().json().await.unwrap();
    found.as_object().unwrap().keys().cloned().collect()
}

/// Has somebody drop an index.
pub(crate) async fn drop_index(name: &str) {
    let client = search();
    let dropped = client.indices().delete(IndicesDeleteParts::Index(&[name])).send().await.unwrap();
    dropped.error_for_status_code().unwrap();
}

fn search() -> OpenSearch {
    OpenSearch::new(Transport::single_node(&engines::told("HUBBUB_TEST_OPENSEARCH")).unwrap())
}
