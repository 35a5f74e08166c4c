//! The stream of a table of DynamoDB Local.

use anyhow::Context as _;
use aws_sdk_dynamodbstreams::{
    Client,
    config::{BehaviorVersion, Builder, Credentials, Region},
    types::ShardIteratorType,
};

use super::{event::Change, rules::Numbered as _};

/// Most records that are read at once. Source: DynamoDB's reference, `GetRecords`.
const READ_MAX: i32 = 1_000;

/// A table's stream: a handle, cheap to clone.
#[derive(Clone)]
pub(super) struct Stream {
    client: Client,
    arn: String,
}

/// A part of it.
pub(super) struct StreamShard {
    pub(super) id: String,
    /// What comes before it.
    pub(super) parent: Option<String>,
}

/// Where reading goes on.
pub(super) enum Place {
    Beginning,
    /// By what the last answer said, and the number of the last record that was read, since that is good for some minutes only.
    On(String, Option<String>),
}

impl Stream {
    /// The stream of a table, which must have one.
    ///
    /// # Errors
    /// When there is none.
    pub(super) async fn of(dynamodb: &str, table: &str) -> anyhow::Result<Self> {
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .endpoint_url(dynamodb)
            // DynamoDB Local takes any.
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "local"))
            .build();
        let client = Client::from_conf(config);
        let streams = client.list_streams().table_name(table).send().await?;
        let first = streams.streams.unwrap_or_default().into_iter().next();
        let arn = first.and_then(|it| it.stream_arn).with_context(|| format!("{table} has no stream"))?;
        Ok(Self { client, arn })
    }

    /// The shards that there are by now.
    pub(super) async fn shards(&self) -> anyhow::Result<Vec<StreamShard>> {
        let (mut shards, mut after) = (Vec::new(), None);
        loop {
            let request = self.client.describe_stream().stream_arn(&self.arn);
            let told = request.set_exclusive_start_shard_id(after).send().await?.stream_description;
            let told = told.context("a stream without a description")?;
            for shard in told.shards.unwrap_or_default() {
                let id = shard.shard_id.context("a shard without an id")?;
                shards.push(StreamShard { id, parent: shard.parent_shard_id });
            }
            after = told.last_evaluated_shard_id;
            if after.is_none() {
                return Ok(shards);
            }
        }
    }

    /// Reads on in a shard: what comes next, and where it goes on; nowhere when the shard is closed and read.
    pub(super) async fn read(&self, shard: &str, at: Place) -> anyhow::Result<(Vec<Change>, Option<Place>)> {
        let (iterator, last) = match at {
            Place::Beginning => (self.iterator(shard, None).await?, None),
            Place::On(iterator, last) => (iterator, last),
        };
        let read = self.client.get_records().shard_iterator(iterator).limit(READ_MAX).send().await;
        let read = match read.map_err(aws_sdk_dynamodbstreams::error::SdkError::into_service_error) {
            Ok(read) => read,
            Err(error) if error.is_expired_iterator_exception() => {
                let iterator = self.iterator(shard, last.as_deref()).await?;
                return Ok((Vec::new(), Some(Place::On(iterator, last))));
            }
            // DynamoDB Local says so now and then of a stream that has just begun.
            Err(error) if error.is_trimmed_data_access_exception() => {
                return Ok((Vec::new(), Some(Place::Beginning)));
            }
            Err(error) => return Err(error).with_context(|| format!("{shard} cannot be read")),
        };
        let changes = read.records.unwrap_or_default().into_iter().map(|it| Change::of(it, &self.arn));
        let changes = changes.collect::<anyhow::Result<Vec<_>>>()?;
        let last = changes.last().map(|it| it.number().to_owned()).or(last);
        Ok((changes, read.next_shard_iterator.map(|iterator| Place::On(iterator, last))))
    }

    /// After a record, or from the oldest that there is.
    async fn iterator(&self, shard: &str, after: Option<&str>) -> anyhow::Result<String> {
        let kind = match after {
            Some(_) => ShardIteratorType::AfterSequenceNumber,
            None => ShardIteratorType::TrimHorizon,
        };
        let request = self.client.get_shard_iterator().stream_arn(&self.arn).shard_id(shard);
        let request = request.shard_iterator_type(kind).set_sequence_number(after.map(ToOwned::to_owned));
        let iterator = request.send().await.with_context(|| format!("no place is told in {shard}"))?;
        iterator.shard_iterator.context("a shard without a place to read from")
    }
}
