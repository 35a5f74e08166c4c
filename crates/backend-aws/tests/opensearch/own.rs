//! What is OpenSearch's own: what it keeps, its sizes, its refusals.

use std::time::Duration;

use chat::ports::{Entry, FindError, MessageIndex as _, Put};
use http::Method;
use protocol::{Sequence, limits};
use serde_json::{Value, json};

use crate::{
    fixture::{Fixture, entry, fresh_room, search},
    node::ask,
};

#[tokio::test]
async fn an_index_that_is_not_there_is_made_by_whoever_writes_even_by_two_at_once() {
    let it = Fixture::fresh().await;
    let (room, other) = (fresh_room(), it.another());
    assert!(matches!(it.index.find(&search("tea", &room)).await, Err(FindError::Unavailable(_))));

    let one = [entry(&room, 1, "tea")];
    let two = [entry(&room, 2, "tea")];
    let (one, two) = tokio::join!(it.index.put(&one), other.put(&two));

    assert_eq!((one.unwrap(), two.unwrap()), (vec![Put::Taken], vec![Put::Taken]));
    it.catch_up().await;
    assert_eq!(it.find("tea", &room).await, [1, 2]);
}

#[tokio::test]
async fn the_newest_stand_first_where_that_can_be_and_where_not_all_is_found() {
    for can_sort in [true, false] {
        let it = Fixture::fresh().await;
        if !can_sort {
            it.gate.refuse_sorting();
        }
        let room = fresh_room();

        let put = it.index.put(&[entry(&room, 1, "tea"), entry(&room, 2, "tea")]).await.unwrap();

        assert_eq!(put, [Put::Taken, Put::Taken]);
        it.catch_up().await;
        assert_eq!(it.find("tea", &room).await, [1, 2]);
        let settings = ask(Method::GET, &format!("/{}-messages/_settings", it.prefix), Value::Null).await;
        assert_eq!(
            settings.to_string().contains(r#""field":["at","room","sequence"]"#),
            can_sort,
            "{settings}"
        );
    }
}

#[tokio::test]
async fn what_is_known_of_a_message_can_be_compared_with_the_store() {
    let it = Fixture::shared().await;
    let room = fresh_room();
    let said = Entry { revision: Sequence(3), ..entry(&room, 1, "Tea & cake\n“now”") };

    it.index.put(&[said, Entry::erased(&room, Sequence(2))]).await.unwrap();

    let known = it.known(&room, 1).await;
    assert_eq!(known["_version"], 3);
    assert_eq!(
        known["_source"],
        json!({
            "room": room, "sequence": 1, "revision": 3, "gone": false, "author": "ada", "at": 1_795_694_400_001_u64,
            "private": false, "link": false, "text": "Tea & cake\n“now”",
        })
    );
    let gone = it.known(&room, 2).await;
    assert_eq!(gone["_version"], i64::MAX);
    let expected = json!({ "room": room, "sequence": 2, "revision": i64::MAX, "gone": true });
    assert_eq!(gone["_source"], expected);
}

#[tokio::test]
async fn what_is_erased_stays_so_however_often_and_late_it_comes_again() {
    let it = Fixture::shared().await;
    let room = fresh_room();
    let (said, erased) = (entry(&room, 1, "tea"), Entry::erased(&room, Sequence(1)));

    let put = it.index.put(&[said.clone(), erased.clone(), said.clone(), erased]).await.unwrap();
    it.index.put(&[said]).await.unwrap();

    assert_eq!(put, vec![Put::Taken; 4]);
    assert_eq!(it.known(&room, 1).await["_source"]["gone"], true);
}

#[tokio::test]
async fn a_beginning_is_found_however_many_words_begin_so_and_however_long_it_is() {
    let it = Fixture::shared().await;
    let room = fresh_room();
    // OpenSearch looks at no more than 1,024 words that begin so, and in phrases at 128.
    let long = "pneumonoultramicroscopic";
    let texts: Vec<Entry> = (1..=1_100).map(|n| entry(&room, n, &format!("they say {long}{n:04}"))).collect();
    it.index.put(&texts).await.unwrap();
    it.index
        .put(&[entry(&room, 2_000, "they say it"), entry(&room, 2_001, &format!("say: they {long}"))])
        .await
        .unwrap();
    it.catch_up().await;

    let all: Vec<u64> = (1..=1_100).collect();
    assert_eq!(it.find(&format!("\"they say {long}"), &room).await, all);
    assert_eq!(it.find("\"say pn", &room).await, all);
    assert_eq!(it.find(&format!("they -\"say they\" {long}"), &room).await, all);
}

#[tokio::test]
async fn many_entries_are_more_than_one_request() {
    let it = Fixture::shared().await;
    let room = fresh_room();
    let text = "😀".repeat(limits::TEXT_MAX);
    let entries: Vec<Entry> = (1..=150).map(|at| entry(&room, at, &text)).collect();
    it.index.put(&entries[..1]).await.unwrap();

    let before = it.gate.n_requests();
    let put = it.index.put(&entries).await.unwrap();

    assert_eq!(put, vec![Put::Taken; 150]);
    assert_eq!(it.gate.n_requests() - before, 2);
}

#[tokio::test]
async fn who_is_throttled_hears_so_and_the_same_is_taken_later() {
    let it = Fixture::shared().await;
    let room = fresh_room();
    let entries: Vec<Entry> = (1..=3).map(|at| entry(&room, at, "tea")).collect();
    it.index.put(&[entry(&room, 9, "coffee")]).await.unwrap();

    it.gate.refuse_requests(1);
    let all = it.index.put(&entries).await;
    it.gate.refuse_item(1);
    let some = it.index.put(&entries).await.unwrap();

    assert!(all.is_err());
    assert_eq!(some, [Put::Taken, Put::Later, Put::Taken]);
    assert_eq!(it.index.put(&entries).await.unwrap(), vec![Put::Taken; 3]);
    it.gate.refuse_requests(1);
    assert!(matches!(it.index.find(&search("tea", &room)).await, Err(FindError::Unavailable(_))));
}

#[tokio::test]
async fn what_can_never_be_taken_is_told_without_its_text_and_the_rest_is_taken() {
    let it = Fixture::fresh().await;
    let room = fresh_room();
    it.index.put(&[entry(&room, 1, "tea")]).await.unwrap();
    // No entry is so bad, so the index is: what it takes for an address is none.
    let index = format!("/{}-messages-1", it.prefix);
    let made = ask(Method::GET, &index, Value::Null).await;
    let made = &made[&index[1..]];
    let (mut mappings, aliases) = (made["mappings"].clone(), made["aliases"].clone());
    mappings["properties"]["text"] = json!({ "type": "ip" });
    let analysis = json!({ "analysis": made["settings"]["index"]["analysis"] });
    ask(Method::DELETE, &index, Value::Null).await;
    let body = json!({ "mappings": mappings, "aliases": aliases, "settings": analysis });
    ask(Method::PUT, &index, body).await;

    let put = it.index.put(&[entry(&room, 1, "a secret"), entry(&room, 2, "127.0.0.1")]).await.unwrap();

    assert_eq!(put, [Put::Never("400 mapper_parsing_exception".to_owned()), Put::Taken]);
}

#[tokio::test]
async fn a_collection_that_wakes_up_keeps_nobody_waiting_for_long() {
    let it = Fixture::shared().await;
    let room = fresh_room();
    it.index.put(&[entry(&room, 1, "tea")]).await.unwrap();
    it.catch_up().await;

    it.gate.sleep(Duration::from_secs(7));
    let search = search("tea", &room);
    let asked = tokio::time::timeout(Duration::from_secs(6), it.index.find(&search));

    let at_first = asked.await.expect("it is said in time");
    assert!(matches!(at_first, Err(FindError::Unavailable(_))), "{at_first:?}");
    assert_eq!(it.find("tea", &room).await, [1]);
}

#[tokio::test]
async fn what_is_shown_late_is_found_then() {
    let it = Fixture::fresh().await;
    let room = fresh_room();
    it.index.put(&[entry(&room, 1, "tea")]).await.unwrap();
    it.catch_up().await;
    // As a collection does; here for less long.
    let settings = json!({ "index": { "refresh_interval": "3s" } });
    ask(Method::PUT, &format!("/{}-messages-1/_settings", it.prefix), settings).await;

    it.index.put(&[entry(&room, 2, "tea")]).await.unwrap();

    let mut seen = vec![it.find("tea", &room).await];
    while seen.last().unwrap().len() < 2 {
        seen.push(it.find("tea", &room).await);
    }
    assert_eq!((&seen[0], seen.last().unwrap()), (&vec![1], &vec![1, 2]));
}
