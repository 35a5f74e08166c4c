//! An index made anew while messages go on.

use chat::ports::{Entry, MessageIndex as _, Put};
use http::Method;
use protocol::Sequence;
use serde_json::Value;

use crate::{
    fixture::{Fixture, entry, fresh_room},
    node::ask,
};

#[tokio::test]
async fn what_happens_during_a_rebuild_is_found_after_it_and_nothing_deleted_comes_back() {
    let it = Fixture::fresh().await;
    let (room, other) = (fresh_room(), it.another());
    let before: Vec<Entry> = (1..=4).map(|at| entry(&room, at, "tea before")).collect();
    other.put(&before).await.unwrap();
    it.catch_up().await;

    let mut rebuild = it.index.begin_rebuild().await.unwrap();
    let edited = Entry { revision: Sequence(1), ..entry(&room, 2, "tea edited") };
    let during = [Entry::erased(&room, Sequence(1)), edited, entry(&room, 5, "tea during")];
    assert_eq!(other.put(&during).await.unwrap(), vec![Put::Taken; 3]);
    it.catch_up().await;
    assert_eq!(it.find("tea ", &room).await, [2, 3, 4, 5], "the old one is read meanwhile");
    assert_eq!(rebuild.put(&before).await.unwrap(), vec![Put::Taken; 4]);
    rebuild.finish().await.unwrap();

    it.catch_up().await;
    assert_eq!(it.find("tea ", &room).await, [2, 3, 4, 5]);
    assert_eq!(it.find("edited ", &room).await, [2]);
    assert_eq!(indexes(&it).await, [format!("{}-messages-2", it.prefix)]);
    // The other one has not heard of it yet, and must not bring the old one back.
    let after = [entry(&room, 6, "tea after")];
    assert_eq!(other.put(&after).await.unwrap(), [Put::Later]);
    assert_eq!(other.put(&after).await.unwrap(), [Put::Taken]);
    it.catch_up().await;
    assert_eq!(it.find("tea ", &room).await, [2, 3, 4, 5, 6]);
    assert_eq!(indexes(&it).await, [format!("{}-messages-2", it.prefix)]);
}

#[tokio::test]
async fn a_rebuild_that_was_left_is_dropped_by_the_next_and_cannot_end() {
    let it = Fixture::fresh().await;
    let room = fresh_room();
    it.index.put(&[entry(&room, 1, "tea")]).await.unwrap();
    let mut left = it.index.begin_rebuild().await.unwrap();

    let mut next = it.another().begin_rebuild().await.unwrap();

    assert_eq!(left.put(&[entry(&room, 1, "tea")]).await.unwrap(), [Put::Later]);
    left.finish().await.unwrap_err();
    next.put(&[entry(&room, 1, "tea")]).await.unwrap();
    next.finish().await.unwrap();
    it.catch_up().await;
    assert_eq!(it.find("tea ", &room).await, [1]);
    assert_eq!(indexes(&it).await, [format!("{}-messages-3", it.prefix)]);
}

#[tokio::test]
async fn an_index_that_was_replaced_and_could_not_be_dropped_is_dropped_when_the_end_is_tried_again() {
    let it = Fixture::fresh().await;
    let room = fresh_room();
    it.index.put(&[entry(&room, 1, "tea")]).await.unwrap();
    let mut rebuild = it.index.begin_rebuild().await.unwrap();
    it.gate.refuse_drops(1);

    rebuild.finish().await.unwrap_err();
    rebuild.finish().await.unwrap();

    assert_eq!(indexes(&it).await, [format!("{}-messages-2", it.prefix)]);
}

#[tokio::test]
async fn who_looks_again_writes_to_the_new_one_however_little_time_it_knows_of() {
    let it = Fixture::fresh().await;
    let (room, stopped) = (fresh_room(), it.another());
    stopped.put(&[entry(&room, 1, "tea")]).await.unwrap();
    let is_made = async {
        while indexes(&it).await.len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = it.index.begin_rebuild() => unreachable!("it waits for others to hear of it"),
        () = is_made => {}
    }

    stopped.look_again();
    stopped.put(&[entry(&room, 2, "tea")]).await.unwrap();

    let new = format!("/{}-messages-2/_doc/{room}:2", it.prefix);
    assert_eq!(ask(Method::GET, &new, Value::Null).await["found"], true);
}

async fn indexes(it: &Fixture) -> Vec<String> {
    let told = ask(Method::GET, &format!("/{}-*", it.prefix), Value::Null).await;
    told.as_object().unwrap().keys().cloned().collect()
}
