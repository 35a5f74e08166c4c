//! Indexes of their own, reached through gates of their own.

use std::sync::LazyLock;

use aws_config::{Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use backend_aws::{OpenSearchConfig, OpenSearchIndex};
use chat::{
    ports::{Entry, MessageIndex as _, Order, Search},
    search::Criteria,
};
use http::Method;
use protocol::{MemberId, Message, MessageText, Nonce, RoomId, Sequence, Timestamp, query::Query};
use serde_json::Value;

use crate::{
    gate::Gate,
    node::ask,
    signature::{KEY, REGION},
};

/// An index behind a gate.
pub(crate) struct Fixture {
    pub(crate) gate: Gate,
    pub(crate) index: OpenSearchIndex,
    pub(crate) prefix: String,
}

impl Fixture {
    /// An index that nobody else has, and which is not there yet.
    pub(crate) async fn fresh() -> Self {
        Self::of(format!("test-{}", engines::fresh())).await
    }

    /// An index that other tests of this process have, too.
    pub(crate) async fn shared() -> Self {
        static PREFIX: LazyLock<String> = LazyLock::new(|| format!("test-{}", engines::fresh()));
        Self::of(PREFIX.clone()).await
    }

    async fn of(prefix: String) -> Self {
        let gate = Gate::open().await;
        let index = connect(&gate, &prefix);
        Self { gate, index, prefix }
    }

    /// The same index, as another process has it.
    pub(crate) fn another(&self) -> OpenSearchIndex {
        connect(&self.gate, &self.prefix)
    }

    /// Has the node show what was put in, which a collection does by and by.
    pub(crate) async fn catch_up(&self) {
        ask(Method::POST, &format!("/{}-messages*/_refresh", self.prefix), Value::Null).await;
    }

    /// What the index knows of a message.
    pub(crate) async fn known(&self, room: &RoomId, at: u64) -> Value {
        ask(Method::GET, &format!("/{}-messages/_doc/{room}:{at}", self.prefix), Value::Null).await
    }

    /// What a query finds in a room, in order.
    pub(crate) async fn find(&self, query: &str, room: &RoomId) -> Vec<u64> {
        let mut search = search(query, room);
        let mut all = Vec::new();
        loop {
            let found = self.index.find(&search).await.unwrap();
            all.extend(found.hits.into_iter().map(|(_, sequence)| sequence.0));
            match found.next {
                Some(next) => search.after = Some(next),
                None => break,
            }
        }
        all.sort_unstable();
        all
    }
}

fn connect(gate: &Gate, prefix: &str) -> OpenSearchIndex {
    let keys = Credentials::new(KEY.0, KEY.1, None, None, "tests");
    let account = SdkConfig::builder()
        .region(Region::from_static(REGION))
        .credentials_provider(SharedCredentialsProvider::new(keys))
        .build();
    let url = format!("aoss+http://{}", gate.host).parse().unwrap();
    OpenSearchIndex::connect_as(&OpenSearchConfig { url, prefix: prefix.to_owned() }, &account).unwrap()
}

pub(crate) fn fresh_room() -> RoomId {
    RoomId::parse(&engines::fresh()).unwrap()
}

pub(crate) fn search(query: &str, room: &RoomId) -> Search {
    let criteria = Criteria::of(&Query::parse(query), 0, |_| None, |_| Vec::new());
    let criteria = Criteria { rooms: Some(vec![room.clone()]), ..criteria };
    Search { criteria, inside: Vec::new(), order: Order::Newest, after: None, n: 500 }
}

pub(crate) fn entry(room: &RoomId, at: u64, text: &str) -> Entry {
    let message = Message {
        sequence: Sequence(at),
        author: MemberId::parse("ada").unwrap(),
        nonce: Nonce::parse("n").unwrap(),
        at: Timestamp(1_795_694_400_000 + at),
        text: Some(MessageText::parse(text).unwrap()),
        revision: Sequence::ZERO,
        revised: None,
    };
    Entry::of(room, false, message)
}
