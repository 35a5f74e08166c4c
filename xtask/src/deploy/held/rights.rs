//! Rights: what programs may do is what their sources ask for, and what AWS itself wants of whoever runs there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{found, set, sources, texts};
use crate::deploy::{stack_names, template::Template};

/// What the adapter asks of DynamoDB, and the right that it takes. `Put` and the like stand in transactions.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
const ASKED: [(&str, &str); 11] = [
    (".batch_get_item()", "BatchGetItem"),
    ("ConditionCheck::builder()", "ConditionCheckItem"),
    (".delete_item()", "DeleteItem"),
    ("Delete::builder()", "DeleteItem"),
    (".get_item()", "GetItem"),
    (".put_item()", "PutItem"),
    ("Put::builder()", "PutItem"),
    (".query()", "Query"),
    (".scan()", "Scan"),
    (".update_item()", "UpdateItem"),
    ("Update::builder()", "UpdateItem"),
];

/// What it asks besides: a transaction takes the rights of its parts.
const WITHOUT_RIGHTS: [&str; 1] = [".transact_write_items()"];

/// What makes the index anew reads all messages, and asks nothing else of the tables.
const ARCHIVE: [&str; 2] = ["dynamodb:Query", "dynamodb:Scan"];

/// What Lambda, ECS and App Runner do in a program's name, and KMS where somebody has a key.
const OF_THE_PLATFORM: [&str; 17] = [
    "aoss:APIAccessAll",
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:DescribeImages",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey*",
    "kms:ReEncrypt*",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
];

#[test]
fn nodes_pages_and_commands_may_ask_the_tables_what_the_adapter_asks() {
    let mut asked = asked();
    assert!(asked.remove("dynamodb:Scan"), "no path that a member triggers reads it all");

    for (template, role) in [("socket", "SocketRole"), ("web", "WebRole"), ("commands", "CommandsRole")] {
        assert_eq!(actions(&statement(template, role, "Store")), asked, "{role}");
    }
}

#[test]
fn the_search_reads_and_keeps_sessions_alive_and_writes_nothing_else() {
    let reads = actions(&statement("search", "SearchRole", "LookUp"));
    let extends = statement("search", "SearchRole", "Extend");

    assert!(reads.is_subset(&asked()), "{reads:?}");
    assert_eq!(reads, set(["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query"]));
    assert_eq!(actions(&extends), set(["dynamodb:UpdateItem"]));
    assert!(extends["Resource"]["Fn::Sub"].as_str().unwrap().ends_with(":table/${Prefix}-sessions"));
}

#[test]
fn who_makes_the_index_anew_reads_all_messages_and_nothing_else() {
    let reads = statement("commands", "IndexRole", "Archive");
    let others = sources(&["crates/backend-aws/src/dynamo/archive.rs"]);

    assert_eq!(actions(&reads), set(ARCHIVE));
    assert!(reads["Resource"]["Fn::Sub"].as_str().unwrap().ends_with(":table/${Prefix}-messages"));
    assert_eq!(
        found(r"self\.dynamo\.(\w+)\(", &others),
        set(["query_items", "scan"]),
        "it asks otherwise now"
    );
}

#[test]
fn every_table_that_a_program_may_ask_is_one_and_nodes_may_ask_all() {
    let tables: BTreeSet<_> = Template::read("tables")
        .unwrap()
        .resources()
        .map(|(_, it)| it["Properties"]["TableName"]["Fn::Sub"].as_str().unwrap().to_owned())
        .collect();
    let of = |statement: &Value| -> BTreeSet<String> {
        let arns = statement["Resource"].as_array().unwrap().iter().map(|it| it["Fn::Sub"].as_str().unwrap());
        arns.map(|it| it.split_once(":table/").unwrap().1.to_owned()).collect()
    };

    assert_eq!(of(&statement("socket", "SocketRole", "Store")), tables);
    assert_eq!(of(&statement("web", "WebRole", "Store")), tables);
    assert_eq!(of(&statement("commands", "CommandsRole", "Store")), tables);
    let read = ["accounts", "sessions", "rooms", "memberships", "messages", "changes"];
    let read: BTreeSet<_> = read.iter().map(|it| format!("${{Prefix}}-{it}")).collect();
    assert_eq!(of(&statement("search", "SearchRole", "LookUp")), read);
    assert!(read.is_subset(&tables));
}

#[test]
fn nobody_may_anything_else_and_everything_has_a_name() {
    let platform: BTreeSet<_> = OF_THE_PLATFORM.into_iter().map(str::to_owned).collect();
    let mut rights = asked();
    rights.extend(set(["secretsmanager:GetSecretValue"]));
    rights.extend(of_letters());
    rights.extend(platform);
    let mut used = BTreeSet::new();

    for (place, statement) in all() {
        let actions = actions(&statement);
        assert!(actions.is_subset(&rights), "{place} may {actions:?}");
        let is_everywhere = statement["Resource"] == "*";
        // That has no resource.
        // Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
        assert!(
            !is_everywhere || actions == set(["ecr:GetAuthorizationToken"]),
            "{place} may {actions:?} everywhere"
        );
        used.extend(actions);
    }

    assert_eq!(used, rights, "nobody needs the rest");
}

#[test]
fn dead_letters_are_sent_by_the_function_and_dealt_with_by_who_puts_them_in() {
    assert_eq!(actions(&statement("commands", "IndexRole", "Letters")), of_letters());
    assert_eq!(actions(&statement("search", "IndexerRole", "SetAside")), set(["sqs:SendMessage"]));
}

#[test]
fn who_makes_the_index_anew_takes_notices_and_puts_them_back_and_sends_none() {
    let mut deals_with = of_letters();
    assert!(deals_with.remove("sqs:SendMessage"));

    let notices = statement("commands", "IndexRole", "PassedOver");

    assert_eq!(actions(&notices), deals_with);
    assert_eq!(notices["Resource"], serde_json::json!({ "Ref": "PassedOverArn" }));
}

/// What the sources ask of DynamoDB. What makes tables is for this machine and for trials.
fn asked() -> BTreeSet<String> {
    let making = sources(&["crates/backend-aws/src/dynamo/create.rs"]);
    let text = sources(&["crates/backend-aws/src/dynamo"]).replace(&making, "");
    let all = found(
        r"(\.(?:batch_|transact_|write_|get_|put_|update_|delete_|execute_)*(?:items?|query|scan|statement)\(\))",
        &text,
    );
    for call in &all {
        let is_known = ASKED.iter().any(|(it, _)| it == call) || WITHOUT_RIGHTS.contains(&call.as_str());
        assert!(is_known, "nobody says what right {call} takes");
    }
    let asked = ASKED.iter().filter(|(call, _)| text.contains(call));
    asked.map(|(_, right)| format!("dynamodb:{right}")).collect()
}

/// What the sources ask of SQS.
fn of_letters() -> BTreeSet<String> {
    let calls = found(r"\.(\w+_message\w*)\(\)", &sources(&["crates/backend-aws/src/sqs.rs"]));
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    calls.iter().map(|call| format!("sqs:{}", call.split('_').map(capital).collect::<String>())).collect()
}

/// Every statement of every role and policy that is somebody's.
fn all() -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for name in stack_names().unwrap() {
        for (resource, it) in Template::read(&name).unwrap().resources() {
            let properties = &it["Properties"];
            let documents = match it["Type"].as_str().unwrap() {
                "AWS::IAM::Role" => properties["Policies"].as_array().cloned().unwrap_or_default(),
                "AWS::IAM::Policy" => vec![properties.clone()],
                _ => continue,
            };
            assert!(
                properties.get("ManagedPolicyArns").is_none(),
                "{name} {resource} has rights that others change"
            );
            for document in documents {
                for statement in document["PolicyDocument"]["Statement"].as_array().unwrap() {
                    all.push((format!("{name} {resource}"), statement.clone()));
                }
            }
        }
    }
    all
}

fn statement(template: &str, role: &str, name: &str) -> Value {
    let place = format!("{template} {role}");
    let found = all().into_iter().find(|(it, statement)| *it == place && statement["Sid"] == name);
    found.unwrap_or_else(|| panic!("{place} has no {name}")).1
}

fn actions(statement: &Value) -> BTreeSet<String> {
    texts(&statement["Action"])
}
