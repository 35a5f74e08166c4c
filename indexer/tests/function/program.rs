//! The program: as a function, and as a command.

use std::process::Output;

use backend_aws::{Forgotten, SqsNotices};
use protocol::Timestamp;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{
    aws::{indexes, make_queue, n_in_queue, send},
    lambda::{Function, Outcome},
    world::World,
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_indexer");
const EVENT: &str = include_str!("event.json");

#[tokio::test]
async fn as_a_function_it_takes_batch_by_batch_and_one_that_is_none_fails_alone() {
    let world = World::begin().await;
    let settings = settings(&world);
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut function = Function::start(PROGRAM, &settings).await;
    let event: Value = serde_json::from_str(EVENT).unwrap();
    let mut bad = event.clone();
    bad["Records"][1]["dynamodb"]["NewImage"]["n"] = json!({ "S": "tea" });

    let put_in = function.invoke(event).await;
    let (failed, _) = function.invoke(json!({ "text": "tea" })).await;
    let set_aside = function.invoke(bad).await;

    let all = json!({ "batchItemFailures": [] });
    assert_eq!([put_in, set_aside], [(Outcome::Answered, all.clone()), (Outcome::Answered, all)]);
    assert_eq!(failed, Outcome::Failed);
    assert_eq!(n_in_queue(&world.queue).await, 1);
    let log = function.end().await;
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told = lines.iter().find(|line| line["message"] == "Put in what a batch told").unwrap();
    assert_eq!(
        (&told["n_records"], &told["n_taken"], &told["n_set_aside"]),
        (&json!(2), &json!(2), &json!(0))
    );
    assert!(!log.contains("tea"), "{log}");
}

#[tokio::test]
async fn as_a_command_it_makes_the_index_anew_and_puts_in_what_was_set_aside() {
    let world = World::begin().await;
    world.write("lobby", "one").await;
    world.write("lobby", "two").await;
    world.set_n(2, 7).await;

    let rebuilt = run(&world, &["rebuild"]).await;
    world.set_n(2, 1).await;
    let redriven = run(&world, &["redrive"]).await;

    assert_eq!(text(&rebuilt.stdout), "the new index is read: 1 messages, 1 set aside\n", "{rebuilt:?}");
    assert_eq!(text(&redriven.stdout), "1 letters are dealt with, 0 are left\n", "{redriven:?}");
    assert_eq!(indexes(&world.prefix).await, [format!("{}-messages-2", world.prefix)]);
    world.check().await;
}

#[tokio::test]
async fn a_new_index_throws_away_the_notices_of_what_was_passed_over_before() {
    let world = World::begin().await;
    world.write("lobby", "one").await;
    let queue = make_queue(&format!("{}-notices", world.prefix)).await;
    send(&queue, r#"{"DDBStreamBatchInfo":{"batchSize":1}}"#).await;

    let mut command = Command::new(PROGRAM);
    command.arg("rebuild").envs(settings(&world)).env("HUBBUB_PASSED_OVER", &queue);
    let rebuilt = command.output().await.unwrap();

    let said = "the new index is read: 1 messages, 0 set aside\n\
                1 notices of batches that were passed over are thrown away, 0 are left\n";
    assert_eq!(text(&rebuilt.stdout), said, "{rebuilt:?}");
    assert_eq!(n_in_queue(&queue).await, 0);
}

#[tokio::test]
async fn notices_of_what_was_passed_over_meanwhile_are_left() {
    let queue = make_queue(&engines::fresh()).await;
    let notices = SqsNotices::connect(&queue.parse().unwrap()).await;
    for _ in 0..12 {
        send(&queue, "{}").await;
    }

    let of_before = notices.forget(Timestamp(0)).await.unwrap();
    let n_left = n_in_queue(&queue).await;
    let all = notices.forget(Timestamp(u64::MAX)).await.unwrap();

    assert_eq!((of_before, n_left), (Forgotten { n_forgotten: 0, n_left: 12 }, 12));
    assert_eq!(all, Forgotten { n_forgotten: 12, n_left: 0 });
}

#[tokio::test]
async fn what_it_lacks_is_said() {
    let help = Command::new(PROGRAM).arg("--help").output().await.unwrap();
    let lacking =
        Command::new(PROGRAM).arg("rebuild").env("HUBBUB_STORE", "dynamodb").output().await.unwrap();

    for told in
        ["rebuild", "redrive", "HUBBUB_DEAD_LETTERS", "HUBBUB_PASSED_OVER", "HUBBUB_INDEX", "HUBBUB_LOG"]
    {
        assert!(text(&help.stdout).contains(told), "{help:?}");
    }
    assert_eq!(text(&lacking.stderr), "indexer: HUBBUB_INDEX names no OpenSearch\n");
    assert!(!lacking.status.success());
}

async fn run(world: &World, arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).envs(settings(world)).output().await.unwrap()
}

fn settings(world: &World) -> [(&'static str, String); 5] {
    [
        ("HUBBUB_STORE", "dynamodb".to_owned()),
        ("HUBBUB_DYNAMODB_ENDPOINT", engines::told("HUBBUB_TEST_DYNAMODB")),
        ("HUBBUB_INDEX", engines::told("HUBBUB_TEST_OPENSEARCH")),
        ("HUBBUB_PREFIX", world.prefix.clone()),
        ("HUBBUB_DEAD_LETTERS", world.queue.clone()),
    ]
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
