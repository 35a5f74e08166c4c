//! An index follows its store.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

use std::time::Duration;

use backend_local::{Database, SqliteFeed, SqliteIndex, SqliteLog, SqliteRooms};
use chat::{
    ports::{
        Draft, Feed as _, FollowingIndex as _, MessageIndex as _, Order, RoomLog as _, Rooms as _, Search,
    },
    search::Criteria,
};
use protocol::{MemberId, MessageText, Nonce, RoomId, RoomInfo, RoomName, Timestamp, Topic, query::Query};
use tokio::time::{sleep, timeout};

/// As fast as members are promised, on a machine that is busy.
const SOON: Duration = Duration::from_secs(10);

#[tokio::test]
async fn what_was_there_is_found_and_then_what_comes() {
    let (store, index) = (Store::fresh().await, fresh_index());
    store.write(1_100).await;
    store.feed.forget(store.feed.head().await.unwrap().1).await.unwrap();

    let followed = async {
        until_found(&index, 1_100).await;
        store.write(1).await;
        until_found(&index, 1_101).await;
    };
    following(&store, &index, followed).await;
}

#[tokio::test]
async fn it_goes_on_where_it_was() {
    let (store, index) = (Store::fresh().await, fresh_index());
    store.write(2).await;
    following(&store, &index, until_found(&index, 2)).await;
    let progress = index.progress().await.unwrap();
    // Nobody would put this in again.
    index.clear().await.unwrap();
    index.keep(&progress.unwrap()).await.unwrap();

    store.write(3).await;

    following(&store, &index, until_found(&index, 3)).await;
}

#[tokio::test]
async fn one_that_is_half_made_is_made_to_the_end() {
    let (store, index) = (Store::fresh().await, fresh_index());
    store.write(3).await;
    let (feed, from) = store.feed.head().await.unwrap();
    let half =
        format!(r#"{{"feed":"{}","stage":{{"Scanning":{{"from":{},"after":"3 1"}}}}}}"#, feed.0, from.0);
    index.keep(&half).await.unwrap();
    store.write(1).await;

    following(&store, &index, until_found(&index, 3)).await;
}

#[tokio::test]
async fn one_of_another_store_is_made_anew() {
    let (store, other, index) = (Store::fresh().await, Store::fresh().await, fresh_index());
    other.write(5).await;
    following(&other, &index, until_found(&index, 5)).await;
    store.write(2).await;

    following(&store, &index, until_found(&index, 2)).await;
}

#[tokio::test]
async fn one_that_is_ahead_of_its_store_is_made_anew() {
    let (store, index) = (Store::fresh().await, fresh_index());
    store.write(2).await;
    following(&store, &index, until_found(&index, 2)).await;
    let (feed, upto) = store.feed.head().await.unwrap();
    let ahead = format!(r#"{{"feed":"{}","stage":{{"Following":{{"upto":{}}}}}}}"#, feed.0, upto.0 + 1);
    index.clear().await.unwrap();
    index.keep(&ahead).await.unwrap();

    following(&store, &index, until_found(&index, 2)).await;
}

#[tokio::test]
async fn one_that_does_not_say_how_far_it_is_is_made_anew() {
    let (store, index) = (Store::fresh().await, fresh_index());
    store.write(2).await;
    following(&store, &index, until_found(&index, 2)).await;
    index.clear().await.unwrap();
    index.keep("as another version says it").await.unwrap();

    following(&store, &index, until_found(&index, 2)).await;
}

#[tokio::test]
async fn what_a_server_leaves_is_all_in_it() {
    let (store, index) = (Store::fresh().await, fresh_index());
    store.write(3).await;
    indexer::catch_up(&store.feed, &index).await.unwrap();
    store.write(1_500).await;

    indexer::catch_up(&store.feed, &index).await.unwrap();

    timeout(SOON, until_found(&index, 1_503)).await.unwrap();
}

struct Store {
    feed: SqliteFeed,
    log: SqliteLog,
}

impl Store {
    async fn fresh() -> Self {
        let database = Database::in_memory();
        let rooms = SqliteRooms::new(&database);
        for name in ["attic", "cellar", "lobby"] {
            let (id, name) = (RoomId::parse(name).unwrap(), RoomName::parse(name).unwrap());
            let info = RoomInfo { id, name, topic: Topic::parse("").unwrap(), private: false };
            rooms.create(&info, Timestamp(1)).await.unwrap();
        }
        Self { feed: SqliteFeed::new(&database), log: SqliteLog::new(&database) }
    }

    async fn write(&self, n_messages: usize) {
        let head = self.log.heads(&lobby()).await.unwrap().messages;
        let draft = |at: u64| {
            let (author, nonce) = (MemberId::parse("ada").unwrap(), Nonce::parse(&format!("n{at}")).unwrap());
            (Timestamp(at), Draft { author, nonce, text: MessageText::parse("word").unwrap() })
        };
        let drafts = (1..=n_messages as u64).map(|n| draft(head.0 + n)).collect();
        self.log.seed(&lobby(), drafts).await.unwrap();
    }
}

fn fresh_index() -> SqliteIndex {
    SqliteIndex::new(&Database::index_in_memory())
}

/// Lets the index follow while something goes on.
async fn following(store: &Store, index: &SqliteIndex, goes_on: impl Future<Output = ()>) {
    tokio::select! {
        () = indexer::follow(&store.feed, index) => unreachable!("it goes on for ever"),
        done = timeout(SOON, goes_on) => done.unwrap(),
    }
}

/// Waits until exactly so many are found.
async fn until_found(index: &SqliteIndex, n_messages: usize) {
    let criteria = Criteria::of(&Query::parse("word "), 0, |_| None, |_| Vec::new());
    let search = Search { criteria, inside: Vec::new(), order: Order::Newest, after: None, n: 10_000 };
    while index.find(&search).await.unwrap().hits.len() != n_messages {
        sleep(Duration::from_millis(5)).await;
    }
}

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}
