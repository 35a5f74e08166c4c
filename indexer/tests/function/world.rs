//! A chat on tables, an index and a queue that no other test has.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU64, Ordering},
};

use aws_lambda_events::streams::DynamoDbEventResponse;
use aws_sdk_dynamodb::types::AttributeValue;
use backend_aws::{
    Dynamo, DynamoArchive, DynamoConfig, DynamoErasures, DynamoLog, DynamoRooms, OpenSearchConfig,
    OpenSearchIndex, SqsLetters,
};
use chat::ports::{
    Actor, Archive as _, Deed, Draft, Entry, Erasures as _, Revision, RoomLog as _, Rooms as _,
};
use indexer::{Batch, handle};
use protocol::{MemberId, MessageText, Nonce, RoomId, RoomInfo, RoomName, Sequence, Timestamp, Topic};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::aws::{Stream, documents, dynamodb, make_queue};

const NOW: Timestamp = Timestamp(1_795_694_400_000);

pub(crate) struct World {
    pub(crate) prefix: String,
    pub(crate) queue: String,
    log: DynamoLog,
    pub(crate) archive: DynamoArchive,
    pub(crate) index: OpenSearchIndex,
    pub(crate) letters: SqsLetters,
    rooms: DynamoRooms,
    erasures: DynamoErasures,
    stream: Mutex<Stream>,
    n_written: AtomicU64,
}

impl World {
    /// With one public room, `lobby`.
    pub(crate) async fn begin() -> Self {
        let prefix = format!("test-{}", engines::fresh());
        let tables = DynamoConfig {
            prefix: format!("{prefix}-"),
            endpoint: Some(engines::told("HUBBUB_TEST_DYNAMODB")),
        };
        let dynamo = Dynamo::connect(&tables).await;
        dynamo.create_tables().await.unwrap();
        let queue = make_queue(&prefix).await;
        let world = Self {
            log: DynamoLog::new(&dynamo),
            archive: DynamoArchive::new(&dynamo),
            index: connect(&prefix).await,
            letters: SqsLetters::connect(&queue.parse().unwrap()).await,
            rooms: DynamoRooms::new(&dynamo),
            erasures: DynamoErasures::new(&dynamo),
            stream: Mutex::new(Stream::of(format!("{prefix}-messages"))),
            n_written: AtomicU64::default(),
            prefix,
            queue,
        };
        world.make_room("lobby").await;
        world
    }

    /// The index as another process has it.
    pub(crate) async fn another_index(&self) -> OpenSearchIndex {
        connect(&self.prefix).await
    }

    pub(crate) async fn make_room(&self, name: &str) {
        let (id, name) = (room(name), RoomName::parse(name).unwrap());
        let info = RoomInfo { id, name, topic: Topic::parse("").unwrap(), private: false };
        self.rooms.create(&info, NOW).await.unwrap();
    }

    /// Writes something, and tells where it is.
    pub(crate) async fn write(&self, name: &str, text: &str) -> Sequence {
        let n = self.n_written.fetch_add(1, Ordering::Relaxed);
        let (nonce, text) = (Nonce::parse(&format!("n{n}")).unwrap(), MessageText::parse(text).unwrap());
        let draft = Draft { author: ada(), nonce, text };
        self.log.seed(&room(name), vec![(NOW, draft)]).await.unwrap()
    }

    /// Edits or deletes.
    pub(crate) async fn revise(&self, name: &str, at: Sequence, text: Option<&str>) {
        let message = self.log.read(&room(name), at, 1).await.unwrap().remove(0);
        let since = self.log.heads(&room(name)).await.unwrap().changes;
        let revision = Revision {
            message: at,
            seen: message.revision,
            by: ada(),
            since,
            nonce: Nonce::parse(&format!("r{at}-{since}")).unwrap(),
            at: NOW,
            text: text.map(|text| MessageText::parse(text).unwrap()),
        };
        self.log.revise(&room(name), &revision).await.unwrap();
    }

    /// Has a group of the lobby say by hand that it has so many messages.
    pub(crate) async fn set_n(&self, first: u64, n: u64) {
        let number = |n: u64| AttributeValue::N(n.to_string());
        let update = dynamodb().update_item().table_name(format!("{}-messages", self.prefix));
        let update = update.key("room", AttributeValue::S("lobby".to_owned())).key("first", number(first));
        let update = update.update_expression("SET n = :n").expression_attribute_values(":n", number(n));
        update.send().await.unwrap();
    }

    pub(crate) async fn erase(&self, name: &str) {
        let deed = Deed { by: Actor::Operator, at: NOW };
        self.erasures.delete_room(&room(name), &deed).await.unwrap();
        while self.log.erase(&room(name), 10).await.unwrap() {}
    }

    /// Gives the function all that the stream has told since the last time, by Lambda's rules: what fails comes again.
    pub(crate) async fn follow(&self) {
        let mut stream = self.stream.lock().await;
        loop {
            let mut records = stream.next().await;
            if records.is_empty() {
                return;
            }
            while !records.is_empty() {
                self.index.look_again();
                let done = handle(&self.index, &self.letters, batch(&records)).await;
                records.drain(..first_failed(&records, &done).unwrap_or(records.len()));
            }
        }
    }

    /// Checks that the index is as the table: texts and revisions, and what is gone.
    pub(crate) async fn check(&self) {
        let (mut in_table, mut after) = (BTreeMap::new(), None);
        loop {
            let scanned = self.archive.scan(after.as_ref(), 100).await.unwrap();
            in_table.extend(scanned.entries.iter().map(known_of));
            after = scanned.next;
            if after.is_none() {
                break;
            }
        }
        let in_index = documents(&self.prefix).await.into_iter();
        let in_index: BTreeMap<_, _> = in_index
            .map(|(id, version, it)| (id, (version, it["text"].as_str().map(str::to_owned))))
            .collect();
        assert_eq!(in_index, in_table);
    }
}

/// A batch as Lambda gives it.
pub(crate) fn batch(records: &[Value]) -> Batch {
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

/// The place of the first record that comes again.
pub(crate) fn first_failed(records: &[Value], done: &DynamoDbEventResponse) -> Option<usize> {
    let failed = done.batch_item_failures.first()?.item_identifier.as_deref();
    Some(records.iter().position(|it| it["dynamodb"]["SequenceNumber"].as_str() == failed).unwrap_or(0))
}

fn known_of(entry: &Entry) -> (String, (u64, Option<String>)) {
    let text = entry.said.as_ref().map(|said| said.text.as_str().to_owned());
    (format!("{}:{}", entry.room, entry.sequence), (entry.revision.0, text))
}

async fn connect(prefix: &str) -> OpenSearchIndex {
    let url = engines::told("HUBBUB_TEST_OPENSEARCH").parse().unwrap();
    OpenSearchIndex::connect(&OpenSearchConfig { url, prefix: prefix.to_owned() }).await.unwrap()
}

pub(crate) fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

fn ada() -> MemberId {
    MemberId::parse("ada").unwrap()
}
