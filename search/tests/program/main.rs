//! The program as Lambda runs it, on DynamoDB Local.

#![expect(clippy::unwrap_used, reason = "the helpers of tests are tests too")]

#[path = "../../../indexer/tests/function/lambda.rs"]
mod lambda;

use std::process::Command;

use backend::{Config, StoreConfig};
use serde_json::{Value, json};

use self::lambda::{Function, Outcome};

const PROGRAM: &str = env!("CARGO_BIN_EXE_search");
const EVENT: &str = include_str!("../search/event.json");

#[tokio::test]
async fn it_answers_event_by_event_and_one_that_panics_fails_alone() {
    let prefix = format!("test-{}", engines::fresh());
    let endpoint = engines::told("HUBBUB_TEST_DYNAMODB");
    let settings = [
        ("HUBBUB_STORE", "dynamodb"),
        ("HUBBUB_DYNAMODB_ENDPOINT", endpoint.as_str()),
        ("HUBBUB_PREFIX", &prefix),
    ];
    make_tables(&settings).await;
    let mut function = Function::start(PROGRAM, &settings).await;
    let mut event: Value = serde_json::from_str(EVENT).unwrap();
    event["rawQueryString"] = json!("q=secretive");
    // No address has such a host, nor does an API Gateway.
    let mut panics = event.clone();
    panics["headers"]["host"] = json!("a b");

    let first = function.invoke(event.clone()).await;
    let (failed, _) = function.invoke(panics).await;
    let then = function.invoke(event).await;

    for (outcome, answer) in [first, then] {
        assert_eq!((outcome, &answer["statusCode"]), (Outcome::Answered, &json!(401)), "{answer}");
    }
    assert_eq!(failed, Outcome::Failed);
    let log = function.end().await;
    assert!(!log.contains("secretive"), "{log}");
}

#[test]
fn elsewhere_it_says_who_runs_it() {
    let help = Command::new(PROGRAM).arg("--help").output().unwrap();
    let alone = Command::new(PROGRAM).output().unwrap();

    let help = String::from_utf8(help.stdout).unwrap();
    assert!(
        ["HUBBUB_SEARCHES", "HUBBUB_INDEX", "HUBBUB_EDGE_SECRETS"].iter().all(|it| help.contains(it)),
        "{help}"
    );
    assert_eq!(String::from_utf8(alone.stderr).unwrap(), "search: only Lambda can run it: see --help\n");
}

async fn make_tables(settings: &[(&str, &str)]) {
    let get = |name: &str| settings.iter().find(|(it, _)| *it == name).map(|(_, value)| (*value).to_owned());
    let StoreConfig::Dynamo(tables) = Config::parse(get).unwrap().store else { unreachable!("it is set") };
    backend::create_tables(&tables).await.unwrap();
}
