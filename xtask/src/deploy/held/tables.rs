//! Tables: those of the adapter's schema.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;
use serde_json::{Value, json};

use super::{resource, sources};
use crate::deploy::template::Template;

#[test]
fn tables_are_those_of_the_schema() {
    let schema = schema();
    assert_eq!(schema.len(), 9, "the schema reads otherwise now");
    assert_eq!(schema["sessions"].time_to_live.as_deref(), Some("gone_at"));
    assert_eq!(schema["messages"].keys, [("room".to_owned(), "S"), ("first".to_owned(), "N")]);

    let template = Template::read("tables").unwrap();
    let tables: BTreeMap<_, _> = template.resources().map(|(_, it)| (name(it), it)).collect();

    assert!(tables.keys().eq(schema.keys()), "{:?}", tables.keys());
    for (name, table) in &schema {
        let properties = &tables[name]["Properties"];
        let kinds = ["HASH", "RANGE"];
        let keys = table.keys.iter().zip(kinds);
        let keys: Value =
            keys.map(|((key, _), kind)| json!({ "AttributeName": key, "KeyType": kind })).collect();
        let attribute = |(key, kind): &(String, &str)| json!({ "AttributeName": key, "AttributeType": kind });
        let attributes: Value = table.keys.iter().map(attribute).collect();
        let lives = table.time_to_live.as_ref().map(|it| json!({ "AttributeName": it, "Enabled": true }));
        assert_eq!(properties["KeySchema"], keys, "{name}");
        assert_eq!(properties["AttributeDefinitions"], attributes, "{name}");
        assert_eq!(properties.get("TimeToLiveSpecification"), lives.as_ref(), "{name}");
        let stream = table.has_stream.then(|| json!({ "StreamViewType": "NEW_IMAGE" }));
        assert_eq!(properties.get("StreamSpecification"), stream.as_ref(), "{name}");
    }
}

#[test]
fn tables_are_kept_can_be_gone_back_in_and_cost_what_they_do() {
    for (name, table) in Template::read("tables").unwrap().resources() {
        assert_eq!(table["Type"], "AWS::DynamoDB::Table", "{name}");
        assert_eq!(table["DeletionPolicy"], "Retain", "{name}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{name}");
        let properties = &table["Properties"];
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{name}");
        let recovery = &properties["PointInTimeRecoverySpecification"];
        assert_eq!(recovery["PointInTimeRecoveryEnabled"], true, "{name}");
        assert_eq!(recovery["RecoveryPeriodInDays"], json!({ "Ref": "RecoveryDays" }), "{name}");
        assert_eq!(
            properties["DeletionProtectionEnabled"],
            json!({ "Fn::If": ["IsProtected", true, false] })
        );
    }
}

#[test]
fn of_each_table_somebody_hears_that_it_puts_requests_off() {
    let template = Template::read("tables").unwrap();
    let tables: BTreeSet<_> = template.resources().map(|(_, it)| name(it)).collect();

    for (alarm, metric) in [("WritesPutOff", "WriteThrottleEvents"), ("ReadsPutOff", "ReadThrottleEvents")] {
        let metrics = resource("operations", alarm)["Properties"]["Metrics"].clone();
        let metrics = metrics.as_array().unwrap().iter().map(|it| &it["MetricStat"]["Metric"]);
        let of_tables: Vec<_> = metrics.filter(|it| it["MetricName"] == metric).collect();
        let watched = of_tables.iter().map(|it| it["Dimensions"][0]["Value"]["Fn::Sub"].as_str().unwrap());
        let watched: BTreeSet<_> = watched.map(|it| it.replace("${Prefix}-", "")).collect();
        assert_eq!(watched, tables, "{alarm}");
        assert!(watched.len() <= 10, "an alarm may watch ten");
    }
}

#[derive(Debug)]
struct Table {
    keys: Vec<(String, &'static str)>,
    time_to_live: Option<String>,
    has_stream: bool,
}

/// The adapter's schema, as its source has it.
fn schema() -> BTreeMap<String, Table> {
    let text = sources(&["crates/backend-aws/src/dynamo/schema.rs"]);
    let (_, text) = text.split_once("pub const TABLES").unwrap();
    let (text, _) = text.split_once("\n];").unwrap();
    let part = |pattern: &str, text: &str| {
        let found = Regex::new(pattern).unwrap().captures(text)?;
        Some((found[1].to_owned(), found.get(2).map(|it| it.as_str().to_owned())))
    };
    let key = |pattern: &str, text: &str| {
        let (kind, name) = part(pattern, text)?;
        Some((name?, if kind == "number" { "N" } else { "S" }))
    };
    let table = |text: &str| {
        let (name, _) = part(r#"name: "([a-z]+)""#, text).unwrap();
        // What most tables have, which `PLAIN` says.
        let partition =
            key(r#"partition: (text|number)\("(\w+)"\)"#, text).unwrap_or(("part".to_owned(), "S"));
        let sort = key(r#"sort: Some\((text|number)\("(\w+)"\)"#, text);
        let time_to_live = part(r#"time_to_live: Some\("(\w+)"\)"#, text).map(|(it, _)| it);
        let keys = [partition].into_iter().chain(sort).collect();
        (name, Table { keys, time_to_live, has_stream: text.contains("has_stream: true") })
    };
    text.split("TableSchema {").skip(1).map(table).collect()
}

fn name(table: &Value) -> String {
    let name = table["Properties"]["TableName"]["Fn::Sub"].as_str().unwrap();
    name.strip_prefix("${Prefix}-").unwrap().to_owned()
}
