//! Events, as Lambda gives them.

use backend_aws::{OpenSearchConfig, OpenSearchIndex, SqsLetters};
use chat::ports::{DeadLetters as _, Letter};
use indexer::{Batch, handle};
use protocol::Sequence;
use serde_json::{Value, json};

use crate::{
    aws::{Stream, documents, drop_index, indexes, n_in_queue},
    world::{World, batch, first_failed},
};

/// What Lambda gives, as its documentation shows it, with an item as the log writes it.
const EVENT: &str = include_str!("event.json");

#[tokio::test]
async fn an_event_as_it_is_documented_is_put_in_and_makes_the_index() {
    let world = World::begin().await;
    let event: Batch = serde_json::from_str(EVENT).unwrap();

    let done = handle(&world.index, &world.letters, event).await;

    assert_eq!(serde_json::to_string(&done).unwrap(), r#"{"batchItemFailures":[]}"#);
    let known: Vec<_> =
        documents(&world.prefix).await.into_iter().map(|(id, _, it)| (id, it["text"].clone())).collect();
    assert_eq!(known, [("lobby:7".to_owned(), json!("tea")), ("lobby:8".to_owned(), Value::Null)]);
    assert_eq!(n_in_queue(&world.queue).await, 0);
}

#[tokio::test]
async fn whatever_becomes_of_messages_the_index_is_as_the_table_and_stays_so_when_all_comes_again() {
    let world = World::begin().await;
    world.make_room("attic").await;
    for (name, text) in [("lobby", "one"), ("attic", "old"), ("lobby", "two"), ("lobby", "three")] {
        world.write(name, text).await;
    }
    world.follow().await;
    world.revise("lobby", Sequence(1), Some("uno")).await;
    world.revise("lobby", Sequence(2), None).await;
    world.revise("lobby", Sequence(1), Some("eins")).await;
    world.erase("attic").await;
    world.follow().await;

    world.check().await;

    // All of it again, from the beginning.
    let records = records_of(&world).await;
    let done = handle(&world.index, &world.letters, batch(&records)).await;
    assert_eq!(first_failed(&records, &done), None);
    world.check().await;
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_by_its_key_and_stands_in_nobodys_way() {
    let world = World::begin().await;
    let good: Value = serde_json::from_str(EVENT).unwrap();
    let good = good["Records"][1].clone();
    let mut no_image = good.clone();
    no_image["dynamodb"]["NewImage"] = json!({ "room": { "?": "a secret" } });
    let mut no_group = good.clone();
    no_group["dynamodb"]["NewImage"]["messages"] = json!({ "S": "a secret" });
    let mut removed = good.clone();
    removed["eventName"] = json!("REMOVE");
    removed["dynamodb"].as_object_mut().unwrap().remove("NewImage");

    let records = [no_image, json!(5), no_group, removed, good];
    let done = handle(&world.index, &world.letters, batch(&records)).await;

    assert_eq!(first_failed(&records, &done), None);
    assert_eq!(documents(&world.prefix).await.len(), 2);
    let mut letters = Vec::new();
    while letters.len() < 4 {
        letters.extend(world.letters.open().await.unwrap().into_iter().map(|it| it.letter.unwrap()));
    }
    let letter = |room: &str, at, why: &str| Letter {
        room: room.to_owned(),
        sequence: Sequence(at),
        why: why.to_owned(),
    };
    letters.sort_by(|a, b| (&a.room, &a.why).cmp(&(&b.room, &b.why)));
    assert_eq!(
        letters,
        [
            letter("", 0, "it came as no record of a stream"),
            letter("lobby", 7, "it has not the attributes of a group"),
            letter("lobby", 7, "it has not the attributes of a group"),
            letter("lobby", 7, "it was taken out of the table"),
        ]
    );
}

#[tokio::test]
async fn where_there_is_no_queue_what_cannot_be_read_comes_again() {
    let world = World::begin().await;
    let nowhere = format!("{}-nowhere", world.queue).parse().unwrap();
    let nowhere = SqsLetters::connect(&nowhere).await;
    let good: Value = serde_json::from_str(EVENT).unwrap();
    let mut bad = good["Records"][1].clone();
    bad["dynamodb"]["NewImage"]["n"] = json!({ "N": "25" });

    let records = [good["Records"][0].clone(), bad, good["Records"][1].clone()];
    let done = handle(&world.index, &nowhere, batch(&records)).await;

    let number = records[1]["dynamodb"]["SequenceNumber"].as_str();
    assert_eq!(done.batch_item_failures[0].item_identifier.as_deref(), number);
    // One that cannot be named brings all again.
    let done = handle(&world.index, &nowhere, batch(&[json!({})])).await;
    assert_eq!(serde_json::to_string(&done).unwrap(), r#"{"batchItemFailures":[{"itemIdentifier":null}]}"#);
}

#[tokio::test]
async fn while_the_index_is_gone_everything_comes_again_and_nothing_is_lost() {
    let world = World::begin().await;
    world.write("lobby", "one").await;
    world.follow().await;
    let name = indexes(&world.prefix).await.remove(0);
    drop_index(&name).await;
    let (records, nobody) = (records_of(&world).await, unreachable_index(&world).await);

    let done = handle(&nobody, &world.letters, batch(&records)).await;
    // By the one that has not heard that its index is gone.
    let unaware = handle(&world.index, &world.letters, batch(&records)).await;
    let then = handle(&world.index, &world.letters, batch(&records)).await;

    // The one that begins the room tells nothing.
    assert_eq!(first_failed(&records, &done), Some(1));
    assert_eq!(first_failed(&records, &unaware), Some(1));
    assert_eq!(first_failed(&records, &then), None);
    world.check().await;
}

async fn records_of(world: &World) -> Vec<Value> {
    Stream::of(format!("{}-messages", world.prefix)).next().await
}

/// An index where nobody answers.
async fn unreachable_index(world: &World) -> OpenSearchIndex {
    let url = "http://127.0.0.1:9".parse().unwrap();
    let config = OpenSearchConfig { url, prefix: world.prefix.clone() };
    OpenSearchIndex::connect(&config).await.unwrap()
}
